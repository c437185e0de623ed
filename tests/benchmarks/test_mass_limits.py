"""The bound on how well a mass can be known."""

import math

import numpy as np
import pytest

from lensym.simulation.recipe import load_recipe
from lensym.simulation.scene import draw_scene
from mass_limits import CLASS, RECIPE, TARGET, bounds, deviation


def test_a_number_alone_is_known_as_well_as_its_slope_says():
    assert deviation(np.array([[3.0, 4.0]])) == pytest.approx(0.2)


def test_what_another_number_explains_does_not_count():
    assert deviation(np.array([[3.0, 4.0], [0.0, 2e6]])) == pytest.approx(1 / 3)


def test_the_inverse_of_the_fisher_information_says_the_same():
    slopes = np.random.default_rng(1).normal(size=(4, 50))
    assert deviation(slopes) == pytest.approx(math.sqrt(np.linalg.inv(slopes @ slopes.T)[0, 0]))


def test_long_vortices_are_known_and_short_ones_are_not():
    recipe = load_recipe(RECIPE)
    scenes = [draw_scene(recipe, CLASS, "test", index, 1) for index in range(40)]
    long, short = (pick(scenes, key=lambda scene: scene.truth[TARGET]) for pick in (min, max))
    known, unknown = bounds(recipe, long), bounds(recipe, short)
    assert known[0] < 0.02
    assert unknown[0] > unknown[1] > 1
