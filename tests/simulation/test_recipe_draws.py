"""Every drawn parameter of every recipe against the numbers of the published generators and of the physical scene.

A continuous parameter is held against its distribution by Kolmogorov and Smirnov's test and by its extremes, a count by
chi-squared, a constant exactly; Holm's correction covers all of them. The control multiplies what was drawn by 1.03, or
by what so few scenes can show of a count and of a normal spread, and must be refused for every one.
"""

import numpy as np
import pytest

from lensym.simulation.recipe import load_recipe
from lensym.simulation.scene import draw_scene

from .expected import EXPECTED, PowerLaw, log_uniform, normal, uniform
from .judge import p_value, planted, refused
from .observed import observed

SCENES = 1200
CASES = [(*key, name) for key in EXPECTED for name in ("no_sub", "cdm", "axion")]


@pytest.fixture(scope="module")
def columns(unchecked):
    """(case, column) to what was drawn and what is expected of it."""
    found = {}
    with unchecked(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "lensym.simulation.brightness.spiral_galaxy", lambda size, rng: np.ones((8, 8))
        )  # slow, and no matter
        for name, variant, class_name in CASES:
            drawn, expected = observed(name, variant, class_name, SCENES), EXPECTED[name, variant][class_name]
            assert set(drawn) == set(expected), (name, variant, class_name)
            found |= {(name, variant, class_name, key): (drawn[key], expected[key]) for key in expected}
    return found


def names_of(columns, fallen):
    return [" ".join(key) for key, falls in zip(columns, fallen, strict=True) if falls]


def test_every_parameter_has_its_distribution(columns):
    fallen = refused([p_value(*column) for column in columns.values()])
    assert names_of(columns, fallen) == []


@pytest.mark.parametrize("direction", [1, -1])
def test_a_planted_error_shows_in_every_parameter(columns, direction):
    tested = {key: column for key, column in columns.items() if not is_zero(column[1])}
    p = [p_value(values, e, planted(e, SCENES) ** direction) for values, e in tested.values()]
    assert names_of(tested, ~refused(p)) == []


def is_zero(expected):
    """Of nought, 3 % are nought."""
    return isinstance(expected, float | int) and expected == 0


def test_the_masses_of_model_b_before_they_are_scaled_to_their_fraction(unchecked):
    recipe = load_recipe("model_b", changes=["classes.cdm.mass_fraction=null"])
    with unchecked():
        scenes = [draw_scene(recipe, "cdm", "train", index, seed=17) for index in range(SCENES)]
    mass = np.concatenate([scene.truth["subhalo_mass"] for scene in scenes])
    assert p_value(mass, PowerLaw(1e6, 1e10, -1.9)) > 1e-3
    assert p_value(mass, PowerLaw(1e6, 1e10, -1.9), 1.03) < 1e-6
    assert p_value(mass, PowerLaw(1e6, 1e10, -0.9)) < 1e-6


def test_a_changed_number_is_drawn_as_it_is_stated(unchecked):
    changes = ["source.center.x={normal: [0.1, 0.2]}", "source.R_sersic={log_uniform: [0.1, 0.5]}", "z_lens=0.4"]
    recipe = load_recipe("model_1", changes=changes)
    with unchecked():
        truths = [draw_scene(recipe, "no_sub", "train", index, seed=17).truth for index in range(SCENES)]
    for key, expected in {
        "source_x": normal(0.1, 0.2),
        "source_R_sersic": log_uniform(0.1, 0.5),
        "z_lens": 0.4,
    }.items():
        values = np.array([truth[key] for truth in truths])
        assert p_value(values, expected) > 1e-3
        assert p_value(values, expected, planted(expected, SCENES)) < 1e-4


# the physical recipes differ from the first of them in a few keys

OTHERS = {
    "model_2": {"lens.center.x": 0.101, "lens.center.y": 0.101, "image": (64, 0.101, 3, 1), "instrument": "euclid_vis"},
    "model_3": {
        "lens.center.x": 0.08,
        "lens.center.y": 0.08,
        "image": (64, 0.08, 3, 1),
        "instrument": "hst_wfc3_f160w",
    },
    "model_a": {},
    "model_b": {},
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_physical_recipes_draw_the_same_in_another_format(name):
    first, other = (load_recipe(n, "physical") for n in ("model_1", name))
    stated = {"lens.center.x": 0.05, "lens.center.y": 0.05, "image": (150, 0.05, 2, 1), "instrument": "hst_acs_f814w"}
    stated |= OTHERS[name]
    for axis_name in ("x", "y"):
        pixel = getattr(other.lens.center, axis_name)
        assert (pixel.kind, pixel.values) == ("normal", (0.0, stated[f"lens.center.{axis_name}"]))
    image = other.image
    assert (image.size, image.pixel_scale, image.supersampling, image.bands) == stated["image"]
    assert other.observation.instrument == stated["instrument"]
    plain = first.to_dict(), other.to_dict()
    for recipe in plain:
        recipe["lens"].pop("center")
        for key in ("name", "title", "image", "observation"):
            recipe.pop(key)
    assert plain[0] == plain[1]


def test_model_4s_physical_recipe_has_magnitudes_for_each_band(unchecked):
    recipe = load_recipe("model_4", "physical")
    with unchecked(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("lensym.simulation.brightness.spiral_galaxy", lambda size, rng: np.ones((8, 8)))
        scenes = [draw_scene(recipe, "no_sub", "train", index, seed=17) for index in range(SCENES)]
    truth = {key: np.array([scene.truth[key] for scene in scenes]) for key in scenes[0].truth}
    expected = {"source_angle": uniform(-180, 180), "lens_x": normal(0, 0.101), "lens_y": normal(0, 0.101)}
    for k, (source, light) in enumerate(zip((21.5, 21, 20.5), (19.5, 18.5, 18), strict=True)):
        band = f"_{k + 1}" if k else ""
        expected[f"source_magnitude{band}"] = uniform(source, source + 2)
        expected[f"light_magnitude{band}"] = uniform(light, light + 2)
    assert not refused([p_value(truth[key], value) for key, value in expected.items()]).any()
    assert refused([p_value(truth[key], value, planted(value, SCENES)) for key, value in expected.items()]).all()
