"""Scenes turned by any angle agree with the exact turns of the pixel grid, come back, and fill a data set."""

import json
import math

import numpy as np
import pytest

from lensym.errors import InputError, UsageError
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render
from lensym.simulation.run import simulate_to_folder
from lensym.simulation.scene import draw_scene
from lensym.simulation.turned import angle_of, turn_data_set, turned, turned_block, turned_images
from lensym.store import DatasetFolder
from lensym.store.manifest import MANIFEST_NAME, read_manifest, write_manifest

RECIPE = load_recipe("model_1", changes=["image.size=40", "lens.ellipticity.e2=0.05", "lens.shear.gamma2=0.03"])
PHYSICAL = load_recipe("model_2", "physical", ["image.size=32", "lens.a3=0.02", "lens.a4=0.02"])


@pytest.mark.parametrize("recipe", [RECIPE, PHYSICAL], ids=["published", "physical"])
@pytest.mark.parametrize("class_name", ["no_sub", "cdm", "axion"])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_is_that_of_the_pixels(recipe, class_name, quarters):
    scene = draw_scene(recipe, class_name, "test", 0, seed=6)
    image = render(recipe, scene)
    found = render(recipe, turned(scene, quarters * math.pi / 2))
    assert np.abs(found - np.rot90(image, k=-quarters, axes=(-2, -1))).max() < 1e-6 * image.max()
    assert np.abs(found - image).max() > 1e-3 * image.max()


@pytest.mark.parametrize("recipe", [RECIPE, PHYSICAL], ids=["published", "physical"])
@pytest.mark.parametrize("angle", [0.3, 1.0, math.pi / 4, 2.5])
def test_turns_add_up(recipe, angle):
    scene = draw_scene(recipe, "cdm", "test", 1, seed=6)
    twice = render(recipe, turned(turned(scene, angle), math.pi / 2 - angle))
    once = render(recipe, turned(scene, math.pi / 2))
    assert np.abs(twice - once).max() < 1e-6 * once.max()
    assert np.abs(render(recipe, turned(scene, angle)) - once).max() > 1e-3 * once.max()


def test_a_round_lens_with_multipoles_has_no_direction_to_turn():
    changes = ["image.size=32", "lens.a3=0.02", "lens.ellipticity={e1: 0, e2: 0}"]
    scene = draw_scene(load_recipe("model_2", "physical", changes), "no_sub", "test", 0, seed=6)
    with pytest.raises(UsageError, match=r"a lens with a major axis.*; got a round one with multipoles"):
        turned(scene, 0.3)


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


def test_angles_fill_the_circle_and_belong_to_their_place():
    angles = np.array([angle_of(0, "test", i, 6) for i in range(4000)])
    assert np.histogram(angles, 8, (0, 2 * math.pi))[0].min() > 400
    assert angle_of(0, "test", 0, 6) == angles[0]
    assert len({*angles.tolist(), angle_of(1, "test", 0, 6), angle_of(0, "val", 0, 6)}) == 4002


@pytest.fixture(scope="module")
def upright(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "upright"
    simulate_to_folder(RECIPE, folder, 4, {"test": 1.0}, seed=6, workers=1)
    return folder


def test_a_turned_data_set_holds_the_same_scenes_turned(upright, tmp_path):
    manifest = turn_data_set(upright, tmp_path / "turned", workers=1, shard_images=3)
    assert manifest.variant == "published, turned"
    assert manifest.splits == read_manifest(upright).splits
    before, after = (DatasetFolder.open(folder).split("test") for folder in (upright, tmp_path / "turned"))
    assert np.array_equal(after.labels, before.labels)
    assert np.array_equal(after.truth["theta_E"], before.truth["theta_E"])
    for label, name in enumerate(RECIPE.classes):
        angles = np.array([angle_of(label, "test", i, 6) for i in range(4)])
        rows = after.labels == label
        assert np.allclose(after.truth["turned_by"][rows], np.degrees(angles))
        assert np.array_equal(after.images(rows), turned_block(RECIPE, name, "test", 0, 4, 6).images)
    assert not np.array_equal(after.images(slice(None)), before.images(slice(None)))


def test_a_turned_data_set_goes_on_to_the_same_bytes(upright, tmp_path):
    whole = turn_data_set(upright, tmp_path / "whole", workers=1, shard_images=2)

    def stopped(make, tasks):
        yield make(tasks[0])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        turn_data_set(upright, tmp_path / "again", shard_images=2, executor=stopped)
    assert not (tmp_path / "again" / MANIFEST_NAME).exists()
    assert turn_data_set(upright, tmp_path / "again", workers=1, shard_images=2) == whole


def test_images_from_elsewhere_cannot_be_simulated_anew(upright, tmp_path):
    raw = json.loads(json.dumps(read_manifest(upright).to_dict())) | {"seed": None, "shards": [], "splits": {}}
    write_manifest(tmp_path, type(read_manifest(upright)).from_dict(raw))
    with pytest.raises(InputError, match="a simulated data set; got"):
        turn_data_set(tmp_path, tmp_path / "out")
