import dataclasses
import shutil

import numpy as np
import pytest
import torch

from lensym.conventions import CLASSES
from lensym.data import module
from lensym.data.module import EpochSampler, LensData, SplitImages
from lensym.errors import InputError, UsageError
from lensym.simulation.recipe import load_recipe
from lensym.simulation.run import simulate_to_folder
from lensym.store import DatasetFolder, write_manifest

BATCH = 16


@pytest.fixture(scope="module")
def data(data_set):
    return LensData(data_set, BATCH, seed=4)


def without(data_set, folder, lost, **changes):
    """A copy of the data set without the images of some (split, class), and with other facts."""
    shutil.copytree(data_set, folder)
    manifest = DatasetFolder.open(folder).manifest
    splits = {
        split: {name: 0 if (split, name) in lost else count for name, count in counts.items()}
        for split, counts in manifest.splits.items()
    }
    shards = tuple(shard for shard in manifest.shards if (shard.split, shard.class_name) not in lost)
    write_manifest(folder, dataclasses.replace(manifest, splits=splits, shards=shards, **changes))
    return folder


def test_an_epoch_takes_every_training_image_but_the_rest_in_whole_batches(data, data_set):
    batches = list(data.train_dataloader())
    assert [len(labels) for _, labels in batches] == [BATCH] * 3
    stored = DatasetFolder.open(data_set).split("train")
    every = {image.tobytes(): label for image, label in zip(stored.images(slice(None)), stored.labels, strict=True)}
    images, labels = (torch.cat(part) for part in zip(*batches, strict=True))
    assert images.dtype == torch.float32
    found = [image.numpy().astype(np.uint16).tobytes() for image in images]
    assert len(set(found)) == 3 * BATCH
    assert [every[image] for image in found] == labels.tolist()


def test_validation_images_come_whole_and_in_order(data, data_set):
    images, labels = (torch.cat(part) for part in zip(*data.val_dataloader(), strict=True))
    stored = DatasetFolder.open(data_set).split("val")
    assert labels.tolist() == stored.labels.tolist()
    np.testing.assert_array_equal(images.numpy(), stored.images(slice(None)))


def test_images_are_the_same_from_memory_and_from_disk(data_set, monkeypatch):
    view = DatasetFolder.open(data_set).split("train")
    kept, read = SplitImages(view).keep_in_memory(), SplitImages(view)
    monkeypatch.setattr(module, "MEMORY_SHARE", 0.0)
    assert read.keep_in_memory()._kept is None
    assert kept._kept is not None
    rows = [5, 0, 59]
    for a, b in zip(kept.__getitems__(rows), read.__getitems__(rows), strict=True):
        assert torch.equal(a, b)
    assert torch.equal(kept[7][0], read[7][0])


def test_a_memory_that_the_system_does_not_tell_is_taken_as_small(monkeypatch):
    def refuse(path):
        raise FileNotFoundError(path)

    assert module.free_memory() > 1e6
    monkeypatch.setattr(module.Path, "read_text", refuse)
    assert module.free_memory() == 2e9


def test_the_order_is_a_function_of_seed_and_epoch():
    def order(seed, epoch):
        sampler = EpochSampler(20, seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert sorted(order(1, 0)) == list(range(20))
    assert order(1, 3) == order(1, 3)
    assert len({tuple(order(seed, epoch)) for seed in range(3) for epoch in range(3)}) == 9


def test_fewer_images_than_a_batch_make_one_batch(data_set):
    assert [len(labels) for _, labels in LensData(data_set, 500, 0).train_dataloader()] == [60]


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        (
            [("val", "cdm")],
            "images of every class in the splits train and val; got no 'cdm' in val of .*; simulate more",
        ),
        ([("train", "axion")], "got no 'axion' in train"),
        ([("val", name) for name in CLASSES], "got no 'no_sub' in val"),
    ],
)
def test_a_class_without_images_is_refused(data_set, tmp_path, lost, message):
    with pytest.raises(InputError, match=message):
        LensData(without(data_set, tmp_path / "set", lost), BATCH, 0)


def test_a_data_set_of_one_class_is_refused(small_recipe, tmp_path):
    simulate_to_folder(
        load_recipe(small_recipe), tmp_path, 4, {"train": 0.5, "val": 0.5}, workers=1, classes=["no_sub"]
    )
    with pytest.raises(InputError, match=r"two classes or more, to tell them apart; got .* with 'no_sub' alone"):
        LensData(tmp_path, BATCH, 0)


def test_a_data_set_without_pixel_scale_is_refused(data_set, tmp_path):
    folder = without(data_set, tmp_path / "set", [], pixel_scale=None)
    with pytest.raises(
        InputError, match=r"a data set with a pixel scale; got .* without one; import it with --pixel-sc"
    ):
        LensData(folder, BATCH, 0)


def test_worker_processes_change_nothing_in_the_batches(data_set, monkeypatch):
    plain = list(LensData(data_set, BATCH, seed=4).train_dataloader())
    data = LensData(data_set, BATCH, seed=4, workers=1)
    for (images, labels), (other, others) in zip(plain, data.train_dataloader(), strict=True):
        assert torch.equal(images, other)
        assert torch.equal(labels, others)


def test_the_rows_of_a_batch_are_those_of_its_images(data, data_set):
    data.train_dataloader().sampler.set_epoch(3)
    batches = list(data.train_dataloader())
    stored = DatasetFolder.open(data_set).split("train")
    for number, (images, _) in enumerate(batches):
        np.testing.assert_array_equal(images.numpy(), stored.images(data.train_rows(3, number)))
    assert data.train_rows(2, 0).tolist() != data.train_rows(3, 0).tolist()


def test_a_batch_has_images(data_set):
    with pytest.raises(UsageError, match="batch_size must be a whole number above 0; got 0"):
        LensData(data_set, 0, seed=4)
