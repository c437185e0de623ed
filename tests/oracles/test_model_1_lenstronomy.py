"""Model I against lenstronomy, rendered from the truth table alone."""

import dataclasses
import functools
import importlib.util

import numpy as np
import pytest

from lensym.physics.raytrace import PointMasses
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import draw_scene

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        importlib.util.find_spec("lenstronomy") is None,
        reason="lenstronomy is not installed: pip install 'lensym[oracle]'",
    ),
]
RECIPE = load_recipe("model_1")
TOLERANCE = 1e-4
"""Of the image's peak."""


@functools.lru_cache
def scenes_and_images(class_name):
    """Fifty scenes of a class and lenstronomy's noise-free images of them."""
    from lenstronomy_model_1 import LenstronomyModel1

    oracle = LenstronomyModel1(class_name)
    scenes = [draw_scene(RECIPE, class_name, "test", index, seed=20) for index in range(50)]
    return scenes, [oracle.image(scene.truth) for scene in scenes]


def errors(recipe, scenes, images):
    """Largest difference of any pixel of each scene, relative to the image's peak."""
    rendered = (render(recipe, scene)[0] for scene in scenes)
    return np.array([np.abs(r - i).max() / i.max() for r, i in zip(rendered, images, strict=True)])


def heavier_lens(scene):
    return dataclasses.replace(scene, lens=dataclasses.replace(scene.lens, theta_E=scene.lens.theta_E * 1.03**0.5))


def heavier_perturbers(scene):
    (p,) = scene.perturbers
    return dataclasses.replace(scene, perturbers=(PointMasses(p.x, p.y, p.theta_E * 1.03**0.5),))


@pytest.mark.parametrize("class_name", RECIPE.classes)
def test_every_noise_free_image_is_lenstronomys(class_name):
    found = errors(RECIPE, *scenes_and_images(class_name))
    print(f"{class_name}: largest error {found.max():.1e} of the peak")
    assert (found < TOLERANCE).all()


@pytest.mark.parametrize("class_name", RECIPE.classes)
def test_three_percent_more_halo_mass_would_show_in_every_image(class_name):
    scenes, images = scenes_and_images(class_name)
    assert (errors(RECIPE, [heavier_lens(scene) for scene in scenes], images) > TOLERANCE).all()


@pytest.mark.parametrize("class_name", ["cdm", "axion"])
def test_three_percent_more_perturber_mass_would_show_in_every_image(class_name):
    scenes, images = scenes_and_images(class_name)
    assert (errors(RECIPE, [heavier_perturbers(scene) for scene in scenes], images) > TOLERANCE).all()
