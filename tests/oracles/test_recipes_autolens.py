"""Models A and B against PyAutoLens, from the truth table alone.

PyAutoLens asks for Python 3.12 or holds its last release for 3.11, and pulls half a hundred packages, so it is not one
of the extra ``oracle``. To run this file, in an environment of its own::

    pip install -e . pytest hypothesis beartype && pip install autolens==2026.7.29.1
    pytest -m oracle tests/oracles/test_recipes_autolens.py
"""

import functools
import importlib.util
import math
import os
from dataclasses import replace

import numpy as np
import pytest

from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render, render_plain
from lensym.simulation.scene import draw_scene

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        importlib.util.find_spec("autolens") is None,
        reason="PyAutoLens is not installed: see this file's first lines",
    ),
    pytest.mark.filterwarnings("ignore:PyAuto. running on Python"),  # said at its import
    pytest.mark.filterwarnings("ignore:No blurring_image"),  # it pads the image instead
]
os.environ.setdefault("PYAUTO_SKIP_WORKSPACE_VERSION_CHECK", "1")  # this folder is none of its workspaces
PLAIN, FAST = 1e-5, 1e-4
"""Of the image's peak."""
SCENES = 10
SCALE = 0.05
MARGIN = 5
"""Pixels from the edge within which the blur meets what lies outside, which only PyAutoLens renders."""


def tracer_image(truth, theta_E, places):
    """Noise-free image (150, 150), first row lowest, of a row of the truth table and of point masses at (y, x)."""
    import autolens as al

    def ellipticity(name):
        e1, e2 = truth[f"{name}_e1"], truth[f"{name}_e2"]
        modulus, angle = math.hypot(e1, e2), math.degrees(math.atan2(e2, e1) / 2)
        return al.convert.ell_comps_from(axis_ratio=(1 - modulus) / (1 + modulus), angle=angle)

    def sersic(name, n):
        return al.lp.Sersic(
            centre=(truth[f"{name}_y"], truth[f"{name}_x"]),
            ell_comps=ellipticity(name),
            intensity=truth[f"{name}_amplitude"] * SCALE**2,
            effective_radius=truth[f"{name}_R_sersic"],
            sersic_index=n,
        )

    radii = np.broadcast_to(theta_E, len(places))
    points = {
        f"point{k}": al.mp.PointMass(tuple(p), float(r)) for k, (p, r) in enumerate(zip(places, radii, strict=True))
    }
    shear = al.mp.ExternalShear(truth["gamma1"], truth["gamma2"])
    halo = al.mp.IsothermalSph((0.0, 0.0), einstein_radius=1.2)
    lens = al.Galaxy(redshift=truth["z_lens"], light=sersic("light", 2.5), halo=halo, shear=shear, **points)
    source = al.Galaxy(redshift=truth["z_source"], light=sersic("source", 1.5))
    grid = al.Grid2D.uniform(shape_native=(150, 150), pixel_scales=SCALE, over_sample_size=2)
    psf = al.Convolver.from_gaussian(shape_native=(11, 11), sigma=0.1, pixel_scales=SCALE, normalize=True)
    simulator = al.SimulatorImaging(
        exposure_time=300.0, psf=psf, add_poisson_noise_to_data=False, include_poisson_noise_in_noise_map=False
    )
    data = simulator.via_tracer_from(tracer=al.Tracer(galaxies=[lens, source]), grid=grid).data
    return np.asarray(data.native.array)[::-1]


def point_masses(name, class_name, truth):
    """Einstein radii and places (y, x) of the substructure, by the generator's formulas."""
    if class_name == "no_sub":
        return 0.0, np.zeros((0, 2))
    if class_name == "cdm":
        places = np.stack([truth["subhalo_y"], truth["subhalo_x"]], axis=1)
        return (0.1 / 25 * 1.2 if name == "model_a" else radii_of(truth["subhalo_mass"], truth)), places
    angle, length = math.radians(90 - truth["vortex_angle"]) % (2 * math.pi), 2 * truth["vortex_half_length"]
    start = -length / 2 * np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    step = length / 25 * np.array([math.cos(angle), math.sin(angle)])
    places = start + np.arange(25)[:, None] * step
    return (0.1 / 25 * 1.2 if name == "model_a" else radii_of(truth["vortex_mass"] / 25, truth)), places


def radii_of(mass, truth):
    """Einstein radii in arcsec of masses in solar masses."""
    from astropy.constants import GM_sun, c
    from astropy.cosmology import FlatLambdaCDM

    cosmology = FlatLambdaCDM(H0=70, Om0=0.3)
    lens, source = cosmology.comoving_distance([truth["z_lens"], truth["z_source"]])
    distance = (source - lens) / (lens * source) * (1 + truth["z_lens"])
    return np.degrees(np.sqrt((4 * GM_sun / c**2 * distance).to_value("") * mass)) * 3600


@functools.lru_cache
def drawn(name, class_name):
    recipe = load_recipe(name)
    scenes = [draw_scene(recipe, class_name, "test", index, seed=3) for index in range(SCENES)]
    return recipe, scenes, [tracer_image(s.truth, *point_masses(name, class_name, s.truth)) for s in scenes]


def errors(draw, recipe, scenes, images):
    inner = slice(MARGIN, -MARGIN)
    pairs = ((draw(recipe, scene)[0], image) for scene, image in zip(scenes, images, strict=True))
    return np.array([np.abs(r - i)[inner, inner].max() / i.max() for r, i in pairs])


def heavier_lens(scene):
    return replace(scene, lens=replace(scene.lens, theta_E=1.03 * scene.lens.theta_E))


def heavier_perturbers(scene):
    return replace(scene, perturbers=tuple(replace(p, theta_E=1.03**0.5 * p.theta_E) for p in scene.perturbers))


CASES = [(name, c) for name in ("model_a", "model_b") for c in ("no_sub", "cdm", "axion")]


@pytest.mark.parametrize(("name", "class_name"), CASES)
def test_models_a_and_b_are_pyautolenss(name, class_name):
    recipe, scenes, images = drawn(name, class_name)
    plain, fast = (errors(draw, recipe, scenes, images) for draw in (render_plain, render))
    print(f"{name} {class_name}: {plain.max():.1e} of the peak plain, {fast.max():.1e} fast")
    assert (plain < PLAIN).all()
    assert (fast < FAST).all()
    assert (errors(render, recipe, [heavier_lens(scene) for scene in scenes], images) > FAST).all()


def test_three_percent_of_the_substructure_would_show():
    """Of Model A's 0.04 % of the halo three per cent are a hundred-thousandth: only of Model B's."""
    for class_name in ("cdm", "axion"):
        recipe, scenes, images = drawn("model_b", class_name)
        assert (errors(render, recipe, [heavier_perturbers(s) for s in scenes], images) > FAST).all()
