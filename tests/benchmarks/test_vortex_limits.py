"""The ideal observers of a vortex."""

import numpy as np
import pytest

from lensym.simulation.recipe import load_recipe
from lensym.simulation.scene import draw_scene
from vortex_limits import (
    ANGLES,
    CLASS,
    MASSES,
    RECIPE,
    in_ranges,
    medians,
    middle_angles,
    observed,
    shares,
    unexplained,
)

CELLS = len(MASSES) * len(ANGLES)


def test_an_observer_to_whom_all_images_are_alike_says_the_middle_of_all_masses():
    left = shares(np.zeros((CELLS, 4)), np.zeros((1, 4)))
    assert medians(left.sum(2)) == pytest.approx(-23)


def test_an_observer_finds_the_vortex_whose_image_is_like_none_other():
    means = np.eye(CELLS) * 30
    left = shares(means, means[[5 * len(ANGLES) + 7]])
    assert medians(left.sum(2)) == pytest.approx(MASSES[5], abs=0.026)
    assert middle_angles(left.sum(1)) == ANGLES[7]


def test_the_answer_to_an_angle_lies_between_two_that_are_near_each_other_over_the_end():
    of_angle = np.zeros((1, len(ANGLES)))
    of_angle[0, [0, 1, -1]] = 1 / 3
    assert middle_angles(of_angle) == ANGLES[0]


def test_what_the_other_numbers_explain_is_no_sign_of_the_mass():
    rng = np.random.default_rng(1)
    slopes, means = rng.normal(size=(3, 50)), rng.normal(size=(6, 50))
    left = unexplained(means, slopes)
    assert np.abs(left @ slopes.T).max() < 1e-12
    assert unexplained(means + rng.normal(size=(6, 3)) @ slopes, slopes) == pytest.approx(left)


def test_long_vortices_are_known_and_short_ones_are_not():
    recipe = load_recipe(RECIPE)
    found = observed(recipe, draw_scene(recipe, CLASS, "test", 0, 1), np.random.default_rng(2))
    long, *_, short = in_ranges(MASSES)
    for observer in ("unknown", "known"):
        assert found[observer][long].mean() < 0.1 < 0.3 < found[observer][short].mean()
        assert found[f"{observer} angle"][long].max() < 8 < found[f"{observer} angle"][short].max()
    assert found["signal"][long].min() > 4 > 0.1 > found["signal"][short].max()
