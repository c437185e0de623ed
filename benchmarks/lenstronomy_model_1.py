"""Model I as lenstronomy renders it: the oracle of the parity test and the rival of the benchmark.

It takes a row of the truth table and nothing else of lensym, so every constant and formula between the drawn
parameters and the image is checked against another hand's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from astropy import constants, units
from astropy.cosmology import FlatLambdaCDM
from lenstronomy.Data.pixel_grid import PixelGrid
from lenstronomy.Data.psf import PSF
from lenstronomy.ImSim.image_model import ImageModel
from lenstronomy.LensModel.lens_model import LensModel
from lenstronomy.LightModel.light_model import LightModel
from lenstronomy.Util import image_util
from numpy.typing import NDArray

SIZE, SCALE = 150, 0.05
POINTS = {"no_sub": 0, "cdm": 25, "axion": 100}


def einstein_radius(mass: float) -> float:
    """Einstein radius in arcsec of a mass in solar masses, with the published generator's luminosity distances."""
    d_lens, d_source = FlatLambdaCDM(H0=70, Om0=0.3, Ob0=0.05).luminosity_distance([0.5, 1.0])
    squared = 4 * constants.G * mass * units.Msun / constants.c**2 * (d_source - d_lens) / (d_lens * d_source)
    return math.sqrt(squared.to_value("")) * 206265


UNIT_RADIUS = einstein_radius(1.0)


class LenstronomyModel1:
    """One class of Model I, with all of lenstronomy's objects built once."""

    def __init__(self, class_name: str) -> None:
        self.class_name = class_name
        first = -(SIZE - 1) / 2 * SCALE
        grid = PixelGrid(SIZE, SIZE, np.diag([SCALE, SCALE]), first, first)
        psf = PSF("GAUSSIAN", fwhm=0.087, pixel_size=SCALE, truncation=3)
        lens = LensModel(["SIE", "SHEAR"] + ["POINT_MASS"] * POINTS[class_name])
        self.model = ImageModel(grid, psf, lens, LightModel(["SERSIC_ELLIPSE"]))

    def image(self, truth: Mapping[str, Any]) -> NDArray[np.float64]:
        """Noise-free image (150, 150) in flux per pixel of one row of the truth table."""
        macro = [
            {"theta_E": UNIT_RADIUS * 1e6, "e1": 0.1, "e2": 0.0, "center_x": 0.0, "center_y": 0.0},
            {"gamma1": 0.05, "gamma2": 0.0},
        ]
        source = {
            "amp": 20.0,
            "R_sersic": 0.25,
            "n_sersic": 1.0,
            "e1": -0.1,
            "e2": 0.1,
            "center_x": truth["source_x"],
            "center_y": truth["source_y"],
        }
        image: NDArray[np.float64] = self.model.image(macro + perturbers(self.class_name, truth), [source])
        return image

    def counts(self, truth: Mapping[str, Any], rng: np.random.Generator) -> NDArray[np.int64]:
        """Image of one row of the truth table with the published noise, in counts."""
        model, exposure = self.image(truth), truth["exposure"]
        noisy = model + image_util.add_poisson(model, exposure) + image_util.add_background(model, 0.01)
        return rng.poisson(np.clip(exposure * noisy, 0, None))


def perturbers(class_name: str, truth: Mapping[str, Any]) -> list[dict[str, float]]:
    """Point masses of one row of the truth table, as lenstronomy names their parameters."""
    if class_name == "no_sub":
        return []
    if class_name == "cdm":
        x, y, mass = truth["subhalo_x"], truth["subhalo_y"], truth["subhalo_mass"]
    else:
        half_length = 0.06 / 2 * 1e-22 / 10 ** truth["log10_axion_mass"]
        along = np.linspace(-half_length, half_length, 100)
        angle = math.radians(truth["vortex_angle"])
        x, y, mass = along * math.cos(angle), along * math.sin(angle), np.full(100, 3e10 / 100)
    return [
        {"theta_E": UNIT_RADIUS * math.sqrt(m), "center_x": p, "center_y": q}
        for p, q, m in zip(x, y, mass, strict=True)
    ]
