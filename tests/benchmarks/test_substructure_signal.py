"""What images hold of substructure."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lensym.conventions import SMOOTH
from lensym.simulation.recipe import load_recipe
from lensym.simulation.scene import draw_scene
from named import recipe_of
from substructure_signal import (
    Number,
    always_the_same,
    changed,
    figures,
    known_numbers,
    numbers_of,
    signal,
    smoothed,
)
from vortex_limits import counts, own_changes, shared_changes, unexplained, with_vortex

RECIPE = load_recipe("model_1")
SAME = always_the_same(RECIPE)
STEP = 1e-4


def test_published_images_share_lens_and_shape_of_the_source_and_physical_ones_that_clumps_are_round():
    assert {number.name for number in SAME if number.part == "lens"} >= {"theta_E", "gamma1", "e1", "slope", "x"}
    assert Number("source", 0, "R_sersic") in SAME
    assert not SAME & {Number("source", 0, "center_x"), Number("source", 0, "amplitude")}
    shared = always_the_same(recipe_of("model_1 physical"))
    assert {number.part for number in shared} == {"source"}
    assert all(number.light > 0 and number.name in ("n_sersic", "e1", "e2") for number in shared)


def test_a_number_changes_by_a_step_and_a_size_by_a_factor():
    scene = draw_scene(RECIPE, SMOOTH, "test", 0, 1)
    numbers = (Number("lens", 0, "e1"), Number("source", 0, "R_sersic"))
    found = changed(scene, numbers, np.array([0.1, math.log(2)]))
    assert found.lens.e1 == pytest.approx(scene.lens.e1 + 0.1)
    assert found.source[0][0].R_sersic == pytest.approx(2 * scene.source[0][0].R_sersic)
    assert replace(found, lens=scene.lens, source=scene.source) == scene


@pytest.mark.parametrize("observer", ["unknown", "known"])
def test_a_smooth_scene_has_no_signal(observer):
    scene = draw_scene(RECIPE, SMOOTH, "test", 0, 1)
    assert signal(RECIPE, scene, known_numbers(SAME, observer)) < 1e-3


def test_who_knows_the_lens_sees_more_and_more_mass_is_seen_better():
    scene = draw_scene(RECIPE, "cdm", "test", 0, 1)
    (points,) = scene.perturbers
    lighter = replace(scene, perturbers=(replace(points, theta_E=points.theta_E / 3),))
    unknown, known = (known_numbers(SAME, observer) for observer in ("unknown", "known"))
    assert signal(RECIPE, scene, known) > signal(RECIPE, scene, unknown) > 3 * signal(RECIPE, lighter, unknown) > 0.1


def test_a_weak_vortex_has_the_signal_of_the_linear_twin():
    scene = with_vortex(RECIPE, draw_scene(RECIPE, "axion", "test", 0, 1), -23.3, 30.0)
    here, rms = counts(RECIPE, smoothed(scene))
    changes = [*own_changes(smoothed(scene)), *shared_changes(smoothed(scene))]
    slopes = np.array([(counts(RECIPE, one(STEP))[0] - counts(RECIPE, one(-STEP))[0]) / rms for one in changes])
    linear = np.linalg.norm(unexplained(((counts(RECIPE, scene)[0] - here) / rms)[None], slopes))
    assert signal(RECIPE, scene, known_numbers(SAME, "unknown")) == pytest.approx(linear, rel=0.1)


def test_every_part_of_a_clumpy_source_is_free():
    scene = draw_scene(recipe_of("model_1 physical"), SMOOTH, "test", 0, 1)
    lights = {number.light for number in numbers_of(scene) if number.part == "source"}
    assert lights == set(range(len(scene.source[0])))


def test_no_signal_is_a_guess_and_a_high_one_is_certain():
    assert figures([0.0, 0.0])["auc"][0] == pytest.approx(0.5)
    found = figures([0.0, 30.0])
    assert found["auc"][0] == pytest.approx(0.75)
    assert found["clear"][0] == 0.5
