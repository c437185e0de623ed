"""Scenes turned by any angle agree with the exact turns of the pixel grid, and come back."""

import math

import numpy as np
import pytest

from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import draw_scene
from turned import turned, turned_images

RECIPE = load_recipe("model_1", changes=["image.size=40", "lens.ellipticity.e2=0.05", "lens.shear.gamma2=0.03"])


@pytest.mark.parametrize("class_name", ["no_sub", "cdm", "axion"])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_is_that_of_the_pixels(class_name, quarters):
    scene = draw_scene(RECIPE, class_name, "test", 0, seed=6)
    image = render(RECIPE, scene)
    found = render(RECIPE, turned(scene, quarters * math.pi / 2))
    assert np.abs(found - np.rot90(image, k=-quarters, axes=(-2, -1))).max() < 1e-6 * image.max()
    assert np.abs(found - image).max() > 1e-3 * image.max()


@pytest.mark.parametrize("angle", [0.3, 1.0, math.pi / 4])
def test_turns_add_up(angle):
    scene = draw_scene(RECIPE, "cdm", "test", 1, seed=6)
    twice = render(RECIPE, turned(turned(scene, angle), math.pi / 2 - angle))
    once = render(RECIPE, turned(scene, math.pi / 2))
    assert np.abs(twice - once).max() < 1e-6 * once.max()
    assert np.abs(render(RECIPE, turned(scene, angle)) - once).max() > 1e-3 * once.max()


def test_without_a_turn_and_with_the_noise_of_its_place_the_image_is_the_stored_one():
    angles = [np.zeros(2) for _ in RECIPE.classes]
    found = turned_images(RECIPE, "test", 6, angles, noise_seed=6)
    wanted = [simulate_block(RECIPE, name, "test", 0, 2, seed=6).images for name in RECIPE.classes]
    assert np.array_equal(found, np.concatenate(wanted))
    assert not np.array_equal(found, turned_images(RECIPE, "test", 6, angles, noise_seed=7))


def test_without_noise_the_images_are_what_noise_scatters_about():
    angles = [np.full(1, 0.7) for _ in RECIPE.classes]
    plain = turned_images(RECIPE, "test", 6, angles, noise_seed=None)
    noisy = np.stack([turned_images(RECIPE, "test", 6, angles, noise_seed=seed) for seed in range(60)])
    bright = plain > 100
    assert np.abs(noisy.mean(0)[bright] / plain[bright] - 1).mean() < 0.03
