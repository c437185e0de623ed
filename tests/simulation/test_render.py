"""The fast way of every recipe against its plain twin."""

import dataclasses

import numpy as np
import pytest

from lensym.physics.perturbers import TruncatedHalos
from lensym.simulation.recipe import available_recipes, load_recipe
from lensym.simulation.render import render, render_plain
from lensym.simulation.scene import draw_scene

SMALL = {"published": 40, "physical": 24}
"""Pixels a side: the plain way of a few hundred halos takes its time."""


def small_recipe(name, variant):
    plain = load_recipe(name, variant)
    size = SMALL[variant]
    scale = plain.pixel_scale * plain.image_size / size
    return load_recipe(name, variant, [f"image.size={size}", f"image.pixel_scale={scale}"])


@pytest.mark.parametrize("variant", SMALL)
@pytest.mark.parametrize("name", available_recipes())
@pytest.mark.parametrize("class_name", ["no_sub", "cdm", "axion"])
def test_the_fast_image_is_the_plain_one_and_three_percent_would_show(name, variant, class_name):
    recipe = small_recipe(name, variant)
    scene = draw_scene(recipe, class_name, "test", 2, seed=5)
    fast, plain = render(recipe, scene), render_plain(recipe, scene)
    assert fast.shape == (recipe.channels, recipe.image_size, recipe.image_size)
    halos = any(isinstance(p, TruncatedHalos) for p in scene.perturbers)  # the fast way interpolates far ones
    assert np.abs(fast - plain).max() < (1e-5 if halos else 1e-7) * plain.max()
    heavier = dataclasses.replace(scene, lens=dataclasses.replace(scene.lens, theta_E=1.015 * scene.lens.theta_E))
    assert np.abs(render(recipe, heavier) - plain).max() > 1e-4 * plain.max()


def test_multipoles_are_in_the_fast_image_too():
    recipe = small_recipe("model_2", "physical")
    scene = draw_scene(recipe, "axion", "test", 0, seed=5)
    bulged = dataclasses.replace(scene, lens=dataclasses.replace(scene.lens, a3=0.02, a4=-0.02))
    plain = render_plain(recipe, bulged)
    assert np.abs(render(recipe, bulged) - plain).max() < 1e-7 * plain.max()
    assert np.abs(render(recipe, scene) - plain).max() > 1e-3 * plain.max()


@pytest.mark.parametrize("psf", ["{fwhm: 0.3, beta: 3.0}", "{fwhm: 0.3}"])
def test_any_psf_keeps_the_light(psf):
    changes = [f"observation.psf={psf}", "lens.theta_E=0.001", "lens.mass=null", "source.center={x: 0, y: 0}"]
    blurred = load_recipe("model_1", "published", changes)
    sharp = load_recipe("model_1", "published", [*changes, "observation.psf={fwhm: 0.01}"])
    images = [render(r, draw_scene(r, "no_sub", "test", 0, seed=1)) for r in (blurred, sharp)]
    assert images[0].sum() == pytest.approx(images[1].sum(), rel=2e-3)
    assert images[0].max() < 0.95 * images[1].max()
