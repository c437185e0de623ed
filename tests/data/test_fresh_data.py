from itertools import islice

import numpy as np
import pytest
import torch

from lensym.data import fresh_data
from lensym.data.fresh import FreshImages
from lensym.data.fresh_data import FreshData
from lensym.errors import InputError, UsageError
from lensym.simulation.recipe import load_recipe, parse_recipe
from lensym.store import DatasetFolder

OPTIONS = {"images": 70, "val_images": 32, "epochs": 3, "batch_size": 10, "seed": 5}


@pytest.fixture(scope="module")
def recipe(small_recipe):
    return load_recipe(small_recipe)


@pytest.fixture(scope="module")
def data(recipe):
    data = FreshData(recipe, **OPTIONS)
    data.setup("fit")
    return data


def epoch(data, number):
    loader = data.train_dataloader()
    loader.sampler.set_epoch(number)
    assert len(loader) == 2
    return list(loader)


def assert_same(batches, others):
    for (images, labels), (other_images, other_labels) in zip(batches, others, strict=True):
        assert torch.equal(images, other_images)
        assert torch.equal(labels, other_labels)


def test_the_epochs_are_the_sequence_of_fresh_images(data, recipe):
    sequence = list(islice(FreshImages(recipe, batch_size=10, seed=5), 6))
    for number in (0, 2, 1):
        assert_same(epoch(data, number), sequence[2 * number : 2 * number + 2])
    with pytest.raises(AssertionError):
        assert_same(epoch(data, 1), sequence[:2])


def test_workers_change_nothing_in_the_batches(data, recipe):
    loader = FreshData(recipe, **OPTIONS, workers=1).train_dataloader()
    for number in (1, 0):  # they live from epoch to epoch
        loader.sampler.set_epoch(number)
        assert_same(list(loader), epoch(data, number))


def test_a_batch_is_named_by_its_places_in_the_sequence(data, recipe):
    rows = data.train_rows(2, 1)
    assert rows.tolist() == list(range(50, 60))
    position = FreshImages(recipe, batch_size=10, seed=5, position=int(rows[0]))
    assert_same([next(iter(position))], epoch(data, 2)[1:])


def test_validation_images_are_those_of_a_data_set_with_the_same_seed(data, data_set):
    images, labels = (torch.cat(part) for part in zip(*data.val_dataloader(), strict=True))
    stored = DatasetFolder.open(data_set).split("val")
    assert labels.tolist() == stored.labels.tolist()
    np.testing.assert_array_equal(images.numpy(), stored.images(slice(None)))


def test_the_sample_has_every_class_and_is_of_the_training_images(data, data_set):
    images, labels = (torch.cat(part) for part in zip(*data.train_sample(28), strict=True))
    stored = DatasetFolder.open(data_set).split("train")
    assert torch.bincount(labels).tolist() == [10, 10, 10]
    for label in range(3):
        ours, theirs = images[labels == label], stored.images(stored.labels == label)[:10]
        np.testing.assert_array_equal(ours.numpy(), theirs)
    assert sum(len(labels) for _, labels in data.train_sample(10**6)) == 60


def test_the_unit_is_that_of_training_images(data):
    images = torch.cat([images for images, _ in data.train_sample(60)]).double()
    assert data.rms() == pytest.approx(float(images.square().mean().sqrt()), rel=1e-12)


def test_the_facts_count_what_is_shown(data, recipe):
    shown = torch.cat([labels for number in range(3) for _, labels in epoch(data, number)])
    counts = dict(zip(recipe.classes, torch.bincount(shown).tolist(), strict=True))
    assert data.manifest.splits == {"train": counts, "val": dict.fromkeys(recipe.classes, 10)}
    assert (data.manifest.recipe, data.manifest.seed, data.pixel_scale) == ("model_1", 5, 0.2)


def test_the_digest_stands_for_the_parameters(data, recipe, small_recipe):
    assert data.sha256 == load_recipe(small_recipe).digest() == recipe.digest()
    assert load_recipe(small_recipe, changes=["lens.mass=2.0e+12"]).digest() != recipe.digest()
    reordered = load_recipe(small_recipe).to_dict()
    reordered["classes"] = dict(reversed(reordered["classes"].items()))
    assert parse_recipe(reordered, "reordered").digest() != recipe.digest()


def test_what_stops_a_simulation_comes_out_whole(data):
    error = InputError("a galaxy file", "none", "find it")
    with pytest.raises(InputError, match="a galaxy file; got none; find it"):
        data.on_before_batch_transfer(error, 0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"images": 29}, r"--images of at least 30, a batch of 10 for each epoch; got 29; mend"),
        ({"val_images": 2}, r"--val-images for each class of the recipe; got 2; give more"),
        ({"seed": -1}, r"a seed from 0"),
        ({"seed": None}, r"a whole number as a seed .*; got None"),
        ({"batch_size": 0}, r"batch_size must be a whole number above 0; got 0"),
        ({"val_images": 10**9}, r"--val-images that fit into the memory; got 1000000000 \(2.0e\+12 bytes\); give less"),
    ],
)
def test_impossible_numbers_are_refused(recipe, wrong, message, unchecked):
    with unchecked(), pytest.raises(UsageError, match=message):
        FreshData(recipe, **(OPTIONS | wrong))


def test_one_class_alone_is_refused():
    stress = load_recipe("model_1", "stress")
    with pytest.raises(
        UsageError, match=r"two classes or more, to tell them apart; got model_1 \(stress\) with 'no_sub'"
    ):
        FreshData(stress, **OPTIONS)


def test_nothing_is_simulated_before_the_training(recipe, monkeypatch):
    monkeypatch.setattr(fresh_data, "simulate_block", lambda *arguments: pytest.fail("simulated"))
    FreshData(recipe, **OPTIONS)
