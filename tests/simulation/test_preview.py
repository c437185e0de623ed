import dataclasses
import shutil

import numpy as np
import pytest
from scipy import stats

from lensym.errors import UsageError
from lensym.simulation.images import simulate_block
from lensym.simulation.preview import View, preview_data_set, preview_recipe, smooth_scene
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import draw_scene
from lensym.simulation.sheet import contact_sheet
from lensym.store import read_manifest, write_manifest


def panels(figure):
    """What each panel shows, row by row."""
    columns = len({round(ax.get_position().x0, 3) for ax in figure.axes})
    shown = [ax.images[0] for ax in figure.axes]
    rows = len(shown) // columns
    return [[shown[column * rows + row] for column in range(columns)] for row in range(rows)]


def words(figure):
    return [text.get_text() for text in (*figure.texts, *(text for ax in figure.axes for text in ax.texts))]


def test_sheet_of_a_recipe(tiny):
    figure = preview_recipe(tiny, seed=3)
    without, stored, change = panels(figure)
    assert len(without) == len(stored) == len(change) == 6
    for image in (*without, *stored):
        assert (image.get_array().min(), image.get_array().max()) == (0, 1)
    for image in change:
        assert image.norm.vmin == -image.norm.vmax < 0
    assert [np.any(image.get_array()) for image in change] == [False, False, True, True, True, True]
    said = words(figure)
    assert "model_1, published: 16 px of 0.45″, seed 3" in said
    assert {"no substructure", "CDM subhalos", "axion vortex", "2″"} <= set(said)
    assert said.count("none") == 2


def test_images_are_the_first_that_would_be_simulated(tiny):
    stored = panels(preview_recipe(tiny, seed=3, each=1, classes=["cdm"]))[1][0].get_array()
    counts = simulate_block(tiny, "cdm", "train", 0, 1, 3).images[0, 0]
    ranks = stats.spearmanr(stored.ravel(), counts.ravel()).statistic
    other = simulate_block(tiny, "cdm", "train", 1, 1, 3).images[0, 0]
    assert ranks > 0.99 > 0.9 > stats.spearmanr(stored.ravel(), other.ravel()).statistic


def test_sheet_of_a_data_set_is_that_of_its_recipe(data_set, small_recipe):
    of_data, of_recipe = preview_data_set(data_set), preview_recipe(load_recipe(small_recipe), seed=5)
    for ours, theirs in zip(of_data.axes, of_recipe.axes, strict=True):
        np.testing.assert_array_equal(ours.images[0].get_array(), theirs.images[0].get_array())
    assert "small: model_1, published, split train" in words(of_data)


@pytest.mark.parametrize(
    "change",
    [{"seed": None}, {"seed": 6}, {"parameters": {"of": "another version"}}, {"recipe": "folder", "parameters": {}}],
    ids=str,
)
def test_what_was_not_simulated_so_is_shown_as_stored(data_set, tmp_path, change):
    shutil.copytree(data_set, tmp_path / "data")
    write_manifest(tmp_path / "data", dataclasses.replace(read_manifest(data_set), **change))
    (stored,) = panels(preview_data_set(tmp_path / "data"))
    for ours, theirs in zip(stored, panels(preview_data_set(data_set))[1], strict=True):
        np.testing.assert_array_equal(ours.get_array(), theirs.get_array())


def test_the_smooth_lens_of_a_compensated_scene_keeps_its_mass():
    changes = [
        "image={size: 32, pixel_scale: 0.2}",
        "lens_light=[]",
        "neighbours=null",
        "classes.axion.mass_fraction=0.03",
    ]
    recipe = load_recipe("model_1", "physical", changes)
    right, wrong = [], []
    for k in range(30):
        place = ("axion", "train", k, 0)
        scene = draw_scene(recipe, *place)
        smooth = smooth_scene(recipe, place)
        assert smooth.perturbers == ()
        assert smooth.lens.theta_E >= scene.lens.theta_E
        assert smooth.source == scene.source
        image = render(recipe, scene)
        right.append(np.square(image - render(recipe, smooth)).sum() / np.square(image).sum())
        lighter = dataclasses.replace(smooth, lens=scene.lens)
        wrong.append(np.square(image - render(recipe, lighter)).sum() / np.square(image).sum())
    assert np.mean(right) < 0.7 * np.mean(wrong)


def test_several_bands_make_a_colour():
    red_last = np.zeros((3, 4, 4))
    red_last[2, 0, 0], red_last[0, 3, 3] = 1, 1
    (image,) = contact_sheet([View("cdm", red_last)], "title", 4, None).axes[0].images
    assert image.get_array()[0, 0].tolist() == [1, 0, 0]
    assert image.get_array()[3, 3].tolist() == [0, 0, 1]


def test_no_image_is_refused(tiny):
    with pytest.raises(UsageError, match="each must be a whole number above 0"):
        preview_recipe(tiny, each=0)
