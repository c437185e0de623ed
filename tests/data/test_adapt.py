"""Two data sets side by side: the second one's order and content say nothing of its labels; what does not fit."""

import dataclasses
import shutil

import numpy as np
import pytest
import torch
import yaml

from lensym.data import module
from lensym.data.adapt import LEAST, AdaptData, UnlabelledImages
from lensym.data.module import LensData
from lensym.errors import InputError
from lensym.simulation.recipe import load_recipe
from lensym.simulation.run import simulate_to_folder
from lensym.store import DatasetFolder, write_manifest

BATCH = 16


@pytest.fixture(scope="module")
def other(small_recipe, tmp_path_factory):
    """10 images a class in each split, fewer than the data set has."""
    folder = tmp_path_factory.mktemp("other") / "data"
    split = {"train": 0.5, "val": 0.5}
    simulate_to_folder(load_recipe(small_recipe), folder, 20, split, seed=9, workers=1)
    return folder


@pytest.fixture
def pairs(data_set, other):
    return AdaptData(data_set, other, BATCH, seed=4)


def epoch(data, number):
    data.begin_at(number)
    return list(data.train_dataloader())


def pixels(images):
    return [image.numpy().tobytes() for image in images]


def test_the_images_with_labels_are_those_of_any_training(pairs, data_set):
    alone = LensData(data_set, BATCH, seed=4)
    alone.begin_at(1)
    for (images, labels, _), (expected, answers) in zip(epoch(pairs, 1), alone.train_dataloader(), strict=True):
        assert torch.equal(images, expected)
        assert torch.equal(labels, answers)
    assert np.array_equal(pairs.train_rows(1, 2), alone.train_rows(1, 2))


def test_those_without_come_pass_after_pass(pairs, other):
    shown = [image for k in range(5) for _, _, images in epoch(pairs, k) for image in pixels(images)]
    assert len(shown) == 5 * 3 * BATCH
    every = sorted(pixels(pairs.unlabelled.__getitems__(range(30))))
    for start in range(0, len(shown) - 30, 30):
        assert sorted(shown[start : start + 30]) == every
    assert shown[:30] != shown[30:60]


def test_what_is_shown_depends_on_seed_and_epoch_alone(pairs, data_set, other):
    first, again = epoch(pairs, 2), epoch(AdaptData(data_set, other, BATCH, seed=4), 2)
    assert all(torch.equal(a, b) for one, two in zip(first, again, strict=True) for a, b in zip(one, two, strict=True))
    seeded = epoch(AdaptData(data_set, other, BATCH, seed=5), 2)
    assert not torch.equal(first[0][2], seeded[0][2])
    assert not torch.equal(first[0][2], epoch(pairs, 3)[0][2])


def test_numbers_of_shown_images_are_those_of_their_splits(pairs, data_set, other):
    batches = epoch(pairs, 1)
    for k, (images, _, others) in enumerate(batches):
        for shown, folder, (rows, _) in zip((images, others), (data_set, other), pairs.shown(1, k), strict=True):
            stored = DatasetFolder.open(folder).split("train").images(rows)
            assert np.array_equal(shown.numpy(), stored)


def test_validation_images_are_of_both_sets(pairs, other):
    with_labels, without = pairs.val_dataloader()
    assert sum(len(labels) for _, labels in with_labels) == 30
    found = [image for images in without for image in pixels(images)]
    stored = DatasetFolder.open(other).split("val").images(slice(None)).astype(np.float32)
    assert sorted(found) == sorted(image.tobytes() for image in stored)
    assert len(list(pairs.unlabelled_sample(20))) == 2


def test_the_order_is_made_from_pixels(other):
    images = UnlabelledImages(DatasetFolder.open(other).split("train"))
    labels = DatasetFolder.open(other).split("train").labels[images.rows]
    assert not np.array_equal(labels, np.sort(labels))
    assert torch.equal(images[3], images.__getitems__([5, 3])[1])


def test_images_are_the_same_from_memory_and_from_disk(other, monkeypatch):
    kept, read = (UnlabelledImages(DatasetFolder.open(other).split("train")) for _ in range(2))
    kept.keep_in_memory()
    monkeypatch.setattr(module, "MEMORY_SHARE", 0.0)
    read.keep_in_memory()
    assert (kept.in_memory, read.in_memory) == (True, False)
    assert torch.equal(kept.__getitems__([4, 0]), read.__getitems__([4, 0]))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ({"size": 40, "pixel_scale": 0.2}, "1 channel of 32 x 32 pixels of 0.2 arcsec; got .*40 x 40 pixels of 0.2"),
        ({"size": 32, "pixel_scale": 0.1}, "1 channel of 32 x 32 pixels of 0.2 arcsec; got .*32 x 32 pixels of 0.1"),
    ],
)
def test_images_of_another_kind_are_refused_with_both_named(image, message, data_set, small_recipe, tmp_path):
    plain = yaml.safe_load(small_recipe.read_text()) | {"image": image}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(plain))
    recipe, split = load_recipe(tmp_path / "recipe.yaml"), {"train": 0.5, "val": 0.5}
    simulate_to_folder(recipe, tmp_path / "data", 8, split, seed=1, workers=1)
    with pytest.raises(InputError, match=f"like those of '{data_set}', {message} arcsec in '{tmp_path / 'data'}'"):
        AdaptData(data_set, tmp_path / "data", BATCH, 0)


def changed(folder, out, **changes):
    shutil.copytree(folder, out)
    manifest = DatasetFolder.open(out).manifest
    write_manifest(out, dataclasses.replace(manifest, **changes))
    return out


def test_a_set_of_unknown_scale_is_refused(data_set, other, tmp_path):
    unknown = changed(other, tmp_path / "unknown", pixel_scale=None)
    with pytest.raises(InputError, match="got 1 channel of 32 x 32 pixels of unknown size in"):
        AdaptData(data_set, unknown, BATCH, 0)


def test_other_classes_are_refused_but_one_for_all_and_another_order_are_not(data_set, small_recipe, tmp_path):
    recipe, split = load_recipe(small_recipe), {"train": 0.5, "val": 0.5}
    for classes in (("no_sub", "axion"), ("axion",), ("axion", "cdm", "no_sub")):
        folder = tmp_path / "_".join(classes)
        simulate_to_folder(recipe, folder, 20, split, seed=1, workers=1, classes=classes)
        if len(classes) == 2:
            with pytest.raises(InputError, match=f"classes of '{data_set}', no_sub, cdm, axion, or .*; got no_sub"):
                AdaptData(data_set, folder, BATCH, 0)
        else:
            assert AdaptData(data_set, folder, BATCH, 0).classes == ("no_sub", "cdm", "axion")
    with pytest.raises(InputError, match="a data set of two classes or more"):
        AdaptData(tmp_path / "axion", data_set, BATCH, 0)


def test_a_set_without_the_splits_is_refused(data_set, small_recipe, tmp_path):
    simulate_to_folder(load_recipe(small_recipe), tmp_path / "data", 10, {"train": 1.0}, seed=1, workers=1)
    with pytest.raises(InputError, match=f"{LEAST} or more images in each of the splits train and val; got 0 in val"):
        AdaptData(data_set, tmp_path / "data", BATCH, 0)
