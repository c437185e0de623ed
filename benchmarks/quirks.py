"""What each quirk of the published generators does: a figure with it and without, and the baseline's AUC.

    python benchmarks/quirks.py [RECIPE ...] [--json benchmarks/results/quirks.json]

A recipe's images are simulated as published, and again with one quirk left out by ``--set``, from the same seed. The
AUC is that of the radial-profile baseline by five-fold cross-fitting: how far the classes can be told apart without
looking at the lens's structure. Quirks that no value of the recipe takes away have no figures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.evaluation.baseline import cross_fit, radial_profile
from lensym.evaluation.intervals import delong
from lensym.simulation.images import Block, simulate_block
from lensym.simulation.recipe import Recipe, load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import Scene, draw_scene
from machine import processor, versions

PACKAGES = ("lensym", "numpy", "scikit-learn")
COUNTS = {"model_4": 200}
"""Images of each class where they are not 1000."""

FEW = 100
"""Scenes of a class for figures that are drawn or rendered anew."""

FOLDS, SEED = 5, 0


class Sample:
    """Images of every class of a recipe, and what is measured in them."""

    def __init__(self, recipe: Recipe, count: int) -> None:
        self.recipe, self.count = recipe, count
        self.blocks: dict[str, Block] = {c: simulate_block(recipe, c, "train", 0, count, SEED) for c in recipe.classes}

    def baseline(self) -> dict[str, Any]:
        """Macro AUC of the radial profile, with its interval."""
        profiles = np.concatenate([radial_profile(block.images) for block in self.blocks.values()])
        labels = np.repeat(np.arange(len(self.blocks)), self.count)
        macro = delong(cross_fit(profiles, labels, FOLDS), labels).macro
        return {"macro_auc": macro.value, "macro_auc_ci": list(macro.interval())}

    def truth(self, class_name: str, column: str) -> NDArray[np.float64]:
        """A column of a class."""
        return np.asarray(self.blocks[class_name].truth[column], float)

    def everywhere(self, column: str) -> NDArray[np.float64]:
        """A column of all classes, one after the other."""
        return np.concatenate([self.truth(name, column) for name in self.blocks])

    @cached_property
    def scenes(self) -> dict[str, list[Scene]]:
        """The first scenes of each class."""
        count = min(FEW, self.count)
        return {c: [draw_scene(self.recipe, c, "train", k, SEED) for k in range(count)] for c in self.blocks}

    def models(self, class_name: str) -> NDArray[np.float64]:
        """The first images of a class without noise."""
        return np.stack([render(self.recipe, scene) for scene in self.scenes[class_name]])


def einstein_radius(sample: Sample) -> float:
    """mean Einstein radius (arcsec)"""
    return float(sample.everywhere("theta_E").mean())


def einstein_radius_spread(sample: Sample) -> float:
    """standard deviation of the Einstein radius (arcsec)"""
    return float(sample.everywhere("theta_E").std())


def einstein_radius_ratio(sample: Sample) -> float:
    """mean Einstein radius of `no_sub` over that of `cdm`"""
    return float(sample.truth("no_sub", "theta_E").mean() / sample.truth("cdm", "theta_E").mean())


def shear_angle(sample: Sample) -> float:
    """mean distance of the shear's position angle from its mean (degrees; 45 if all are equally likely)"""
    twice = sample.everywhere("gamma1") + 1j * sample.everywhere("gamma2")
    turned = twice / np.abs(twice) * np.exp(-1j * np.angle(twice.mean()))
    return float(np.rad2deg(np.abs(np.angle(turned)) / 2).mean())


def subhalo_number(sample: Sample) -> float:
    """standard deviation of the number of subhalos"""
    return float(np.isfinite(sample.truth("cdm", "subhalo_mass")).sum(axis=1).std())


def subhalo_mass(sample: Sample) -> float:
    """mean mass of an image's subhalos together (solar masses)"""
    return float(np.nansum(sample.truth("cdm", "subhalo_mass"), axis=1).mean())


def mass_ratio(sample: Sample) -> float:
    """mean mass of the subhalos over that of the vortex"""
    return subhalo_mass(sample) / float(sample.truth("axion", "vortex_mass").mean())


def mass_fraction(sample: Sample) -> float:
    """mass of the substructure over the lens's (%)"""
    shares = [
        sum(float(np.square(points.theta_E).sum()) for points in scene.perturbers) / scene.lens.theta_E**2
        for name in ("cdm", "axion")
        for scene in sample.scenes[name]
    ]
    return 100 * float(np.mean(shares))


def vortex_offset(sample: Sample) -> float:
    """mean distance of the vortex's middle from the lens's centre (arcsec)"""
    offsets = [
        np.hypot(np.mean(part.x) - scene.lens.x, np.mean(part.y) - scene.lens.y)
        for scene in sample.scenes["axion"]
        for part in scene.perturbers
    ]
    return float(np.mean(offsets))


def noise_variance(sample: Sample) -> float:
    """variance of the bright pixels over that of one Poisson number of image and background"""
    models = sample.models("no_sub")[:, 0]
    exposures = sample.truth("no_sub", "exposure")[: len(models), None, None]
    images = sample.blocks["no_sub"].images[: len(models), 0]
    if sample.recipe.dtype == "uint16":
        images = images / exposures
    expected = models / exposures + 0.01**2
    bright = models > 0.5 * models.max(axis=(1, 2), keepdims=True)
    return float((np.square(images - models)[bright] / expected[bright]).mean())


def flux(sample: Sample) -> float:
    """flux of an image over the scene's"""
    models = sample.models("no_sub")
    return float(sample.blocks["no_sub"].images[: len(models)].sum() / models.sum())


def brightest(sample: Sample) -> float:
    """mean of an image's brightest pixel"""
    return float(np.mean([block.images.max(axis=(1, 2, 3)).mean() for block in sample.blocks.values()]))


@dataclass(frozen=True)
class Quirk:
    """A sentence of a recipe's ``quirks`` by its beginning; what it changes; the values that leave it out."""

    begins: str
    measure: Callable[[Sample], float] | None = None
    without: tuple[str, ...] = ()


LUMINOSITY = Quirk("Einstein radii follow", einstein_radius, ("cosmology.distance=angular",))
SAME_LENS = Quirk(
    "The lens always has the same shape",
    shear_angle,
    (
        "lens.ellipticity={e1: {normal: [0, 0.1]}, e2: {normal: [0, 0.1]}}",
        "lens.shear={gamma1: {normal: [0, 0.05]}, gamma2: {normal: [0, 0.05]}}",
    ),
)
ALWAYS_25 = Quirk("There are always 25", subhalo_number, ("classes.cdm.count={poisson: 25}",))
MASS_FUNCTION = Quirk(
    "The subhalo masses follow", subhalo_mass, ("classes.cdm.mass={power_law: [1.0e+6, 1.0e+10, -1.9]}",)
)


def line(mass_fraction: float) -> str:
    """A vortex of the published lengths and mass, its middle anywhere inside the Einstein radius."""
    return (
        f"classes.axion={{kind: line, mass_fraction: {mass_fraction}, "
        "log10_axion_mass: {uniform: [-24, -22]}, angle: {uniform: [0, 360]}}"
    )


SECOND_PLANE = Quirk("The strengths are taken", einstein_radius, ("lens.z_source_convention=null",))
PYLENSING = (
    Quirk(
        "Position angles of the shear",
        shear_angle,
        (
            "lens.shear.angle={uniform: [0, 180]}",
            "source.ellipticity.angle={uniform: [0, 180]}",
            "lens_light={amplitude: 480, R_sersic: 0.5, n_sersic: 2.5, ellipticity: {q: {uniform: [0.5, 1]}, "
            "angle: {uniform: [0, 180]}}}",
        ),
    ),
    Quirk("The vortex starts half its length", vortex_offset, ("classes.axion.layout=centred",)),
    Quirk("The first row of the generator's images"),
)
SIMULATION_API = (
    LUMINOSITY,
    SAME_LENS,
    ALWAYS_25,
    MASS_FUNCTION,
    Quirk("The vortex is always centred", vortex_offset, (line(0.0237),)),
    SECOND_PLANE,
)

QUIRKS: dict[str, tuple[Quirk, ...]] = {
    "model_1": (
        LUMINOSITY,
        SAME_LENS,
        ALWAYS_25,
        MASS_FUNCTION,
        Quirk("The vortex is always centred", vortex_offset, (line(0.015),)),
        Quirk("The vortex always has 3e10", mass_ratio, ("classes.cdm.mass_fraction=0.03",)),
        Quirk(
            "Shot noise and background",
            noise_variance,
            ("observation.noise={kind: poisson, exposure: {log10_uniform: [3, 3.5]}, sky: 0.18}",),
        ),
    ),
    "model_2": (
        *SIMULATION_API,
        Quirk("The saved image is twice", flux, ("observation={instrument: euclid_vis_2022}",)),
    ),
    "model_3": (
        *SIMULATION_API,
        Quirk("The saved image is twice", flux, ("observation={instrument: hst_wfc3_f160w}",)),
        Quirk("The public code cannot run"),
    ),
    "model_4": (
        Quirk("The smooth lens of no_sub", einstein_radius_ratio, ("lens_of_class={}",)),
        Quirk("All three bands"),
        Quirk(
            "Strengths are stated",
            einstein_radius,
            ("lens.z_source_convention=null", "lens_of_class.no_sub.z_source_convention=null"),
        ),
        Quirk("Each image is clipped", brightest, ("observation.scaled=false",)),
        Quirk("The generator takes 47 spirals"),
        Quirk("The generator takes its halos"),
    ),
    "model_a": (
        Quirk(
            "Each of the 25 point masses",
            mass_fraction,
            ("classes.cdm.theta_E=0.024", "classes.axion.theta_E=0.024"),
        ),
        *PYLENSING,
        Quirk("The generator combines five draws"),
    ),
    "model_b": (
        Quirk(
            "The lens's strength does not follow",
            einstein_radius_spread,
            ("lens.theta_E=null", "lens.velocity_dispersion=311.7"),
        ),
        *PYLENSING,
    ),
}


def measure(name: str) -> dict[str, Any]:
    """All quirks of a recipe, in its order."""
    recipe, count = load_recipe(name), COUNTS.get(name, 1000)
    published = Sample(recipe, count)
    rows = []
    for sentence in recipe.quirks:
        quirk = next(quirk for quirk in QUIRKS[name] if sentence.startswith(quirk.begins))
        row: dict[str, Any] = {"quirk": sentence, "set": list(quirk.without)}
        if quirk.measure:
            changed = Sample(load_recipe(name, changes=quirk.without), count)
            row |= {"what": quirk.measure.__doc__, "published": quirk.measure(published)}
            row |= {"without": quirk.measure(changed), **changed.baseline()}
        rows.append(row)
        print(name, {key: value for key, value in row.items() if key != "set"}, flush=True)
    return {"count": count, **published.baseline(), "quirks": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", help="some of the recipes; all without")
    parser.add_argument("--json", type=Path, help="where the figures go; those of other recipes stay there")
    options = parser.parse_args()
    about = {"seed": SEED, "folds": FOLDS, "cpu": processor(), "versions": versions(PACKAGES)}
    found = json.loads(options.json.read_text())["recipes"] if options.json and options.json.exists() else {}
    for name in options.recipes or QUIRKS:
        found[name] = measure(name)
        if options.json:
            options.json.write_text(json.dumps({**about, "recipes": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
