import numpy as np
import pytest

from lensym.errors import UsageError
from lensym.physics.cosmology import einstein_radius
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import SPLITS, draw_scene

RECIPE = load_recipe("model_1")
SCENES = 4000


@pytest.fixture(scope="module")
def drawn(unchecked):
    """Columns of the truth of many scenes of each class, and what follows from them."""
    columns = {}
    with unchecked():
        for name in RECIPE.classes:
            rows = [draw_scene(RECIPE, name, "train", index, seed=11).truth for index in range(SCENES)]
            columns[name] = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    cdm = columns["cdm"]
    cdm["log10_subhalo_mass"] = np.log10(cdm["subhalo_mass"])
    cdm["subhalo_radius"] = np.hypot(cdm["subhalo_x"], cdm["subhalo_y"])
    return columns


def test_there_are_always_25_subhalos_and_no_other_parameters(drawn):
    assert drawn["cdm"]["subhalo_mass"].shape == (SCENES, 25)
    columns = {name: set(simulate_block(RECIPE, name, "test", 0, 1, 0).truth) for name in RECIPE.classes}
    assert {name: found - columns["no_sub"] for name, found in columns.items()} == {
        "no_sub": set(),
        "cdm": {"subhalo_mass", "subhalo_x", "subhalo_y"},
        "axion": {"log10_axion_mass", "vortex_angle", "vortex_half_length", "vortex_mass"},
    }


def test_vortex_points_lie_evenly_on_a_centred_segment_of_the_stated_length_and_mass():
    for index in range(20):
        scene = draw_scene(RECIPE, "axion", "train", index, seed=11)
        (points,) = scene.perturbers
        x, y, truth = points.x, points.y, scene.truth
        half_length = 0.03 * 1e-22 / 10 ** truth["log10_axion_mass"]
        assert truth["vortex_half_length"] == pytest.approx(half_length)
        assert np.hypot(x[[0, -1]], y[[0, -1]]) == pytest.approx(half_length)
        assert np.hypot(np.diff(x), np.diff(y)) == pytest.approx(2 * half_length / 99)
        assert [x.mean(), y.mean()] == pytest.approx([0, 0], abs=1e-12)
        assert np.arctan2(y[-1], x[-1]) % (2 * np.pi) == pytest.approx(np.deg2rad(truth["vortex_angle"]))
        unit = einstein_radius(1.0, 0.5, 1.0, distance="luminosity")
        assert np.sum((points.theta_E / unit) ** 2) == pytest.approx(3e10) == truth["vortex_mass"]


def test_parameters_are_independent_of_one_another_and_of_other_images(drawn, unchecked):
    def correlation(a, b):
        return abs(np.corrcoef(a, b)[0, 1]) * np.sqrt(SCENES)

    no_sub, cdm, axion = (drawn[name] for name in RECIPE.classes)
    x = no_sub["source_x"]
    with unchecked():
        elsewhere = [
            np.array([draw_scene(RECIPE, "no_sub", split, i, seed).truth["source_x"] for i in range(SCENES)])
            for split, seed in (("val", 11), ("train", 12))
        ]
    others = [no_sub["source_y"], no_sub["exposure"], cdm["source_x"], axion["source_x"], np.roll(x, 1), *elsewhere]
    assert max(correlation(x, other) for other in others) < 4
    assert correlation(cdm["log10_subhalo_mass"][:, 0], cdm["subhalo_radius"][:, 0]) < 4
    assert correlation(cdm["log10_subhalo_mass"][:, 0], cdm["log10_subhalo_mass"][:, 1]) < 4


@pytest.mark.parametrize("class_name", RECIPE.classes)
def test_an_image_is_the_same_in_whatever_block(class_name):
    whole = simulate_block(RECIPE, class_name, "val", 3, 5, seed=1)
    parts = [simulate_block(RECIPE, class_name, "val", start, count, seed=1) for start, count in ((3, 2), (5, 3))]
    np.testing.assert_array_equal(whole.images, np.concatenate([part.images for part in parts]))
    for key, column in whole.truth.items():
        np.testing.assert_array_equal(column, np.concatenate([part.truth[key] for part in parts]))


def test_split_seed_class_and_index_each_give_other_noise():
    blank = [
        simulate_block(RECIPE, name, split, index, 1, seed).images[0, 0, :20, :20].ravel().astype(float)
        for name, split, index, seed in (
            ("no_sub", "train", 0, 0),
            ("cdm", "train", 0, 0),
            ("no_sub", "train", 1, 0),
            ("no_sub", "train", 0, 1),
            ("no_sub", "train", 0, 2**32),
            *(("no_sub", split, 0, 0) for split in SPLITS[1:]),
        )
    ]
    correlations = np.corrcoef(blank)[np.triu_indices(len(blank), 1)]
    assert np.abs(correlations).max() < 4.5 / np.sqrt(400)


def test_noise_is_applied_twice_as_published():
    """Where the rate stays well above zero: mean t m, variance t m (shot) + t^2 b^2 (background) + t m (Poisson)."""
    residuals, once = [], []
    for index in range(40):
        scene = draw_scene(RECIPE, "no_sub", "test", index, seed=3)
        (model,), t = render(RECIPE, scene), scene.exposure
        counts = simulate_block(RECIPE, "no_sub", "test", index, 1, seed=3).images[0, 0]
        bright = t * model > 8 * np.sqrt(t * model + (0.01 * t) ** 2)
        difference = (counts - t * model)[bright]
        background = (0.01 * t) ** 2
        residuals.append(difference / np.sqrt(2 * t * model[bright] + background))
        once.append(difference / np.sqrt(t * model[bright] + background))
    residuals, once = np.concatenate(residuals), np.concatenate(once)
    error = 1 / np.sqrt(len(residuals))
    assert abs(residuals.mean()) < 4 * error
    assert abs(residuals.std() - 1) < 4 * error
    assert abs(once.std() - 1) > 20 * error


def test_wrong_class_split_and_seed_are_refused():
    for wrong, message in (
        (("dark", "train", 0, 1, 0), "did you mean|choose one of these"),
        (("cdm", "tset", 0, 1, 0), "did you mean 'test'"),
        (("cdm", "test", 0, 1, -1), "a seed from 0"),
    ):
        with pytest.raises(UsageError, match=message):
            simulate_block(RECIPE, *wrong)
