from itertools import islice

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from lensym.data import fresh
from lensym.data.fresh import FreshImages
from lensym.errors import InputError, UsageError
from lensym.simulation.images import Block
from lensym.simulation.recipe import load_recipe
from lensym.store import DatasetFolder


@pytest.fixture(scope="module")
def recipe(small_recipe):
    return load_recipe(small_recipe)


def stream(recipe, batches, **options):
    """Images and labels of the first batches, one after the other."""
    images, labels = zip(*islice(FreshImages(recipe, **options), batches), strict=True)
    return torch.cat(images), torch.cat(labels)


def assert_same(ours, theirs):
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other, rtol=0, atol=0)


def test_batches_are_those_of_training(recipe):
    images, labels = next(iter(FreshImages(recipe, batch_size=6)))
    assert (images.shape, images.dtype, labels.shape, labels.dtype) == ((6, 1, 32, 32), torch.float32, (6,), torch.long)


def test_content_and_order_depend_on_the_position_alone(recipe):
    whole = stream(recipe, 6, batch_size=10, seed=2)
    assert_same(stream(recipe, 6, batch_size=10, seed=2, workers=2), whole)
    assert_same(stream(recipe, 4, batch_size=15, seed=2), whole)
    assert_same(stream(recipe, 3, batch_size=10, seed=2, position=30), [part[30:] for part in whole])
    other_images, other_labels = stream(recipe, 6, batch_size=10, seed=3)
    assert (other_images != whole[0]).any(dim=(1, 2, 3)).all()
    assert (other_labels != whole[1]).any()


def test_position_says_where_to_go_on(recipe):
    first = FreshImages(recipe, batch_size=4)
    list(islice(first, 3))
    assert first.position == 12
    assert_same(next(iter(first)), next(iter(FreshImages(recipe, batch_size=4, position=12))))


def test_images_are_those_of_the_training_split_and_of_no_other(recipe, data_set):
    images, labels = stream(recipe, 1, batch_size=50, seed=5)
    folder = DatasetFolder.open(data_set)
    train = folder.split("train")
    for label in range(3):
        ours, theirs = images[labels == label].numpy(), train.images(train.labels == label)
        shared = min(len(ours), len(theirs))
        assert shared > 10
        np.testing.assert_array_equal(ours[:shared], theirs[:shared])
    for name in ("val", "test"):
        others = folder.split(name).images(slice(None))
        assert not (images.numpy()[:, None] == others).all(axis=(2, 3, 4)).any()


@pytest.fixture
def numbered(monkeypatch):
    """Images whose pixels are their class and number, so that thousands take no time."""

    def block(recipe, name, split, start, count, seed):
        images = np.zeros((count, 1, recipe.image_size, recipe.image_size))
        images[:, 0, 0, 0], images[:, 0, 0, 1] = recipe.classes.index(name), np.arange(start, start + count)
        return Block(images, {})

    monkeypatch.setattr(fresh, "simulate_block", block)


@pytest.mark.parametrize("position", [0, 700])
def test_every_image_once_and_the_classes_balanced_and_shuffled(numbered, recipe, position):
    images, labels = stream(recipe, 24, batch_size=96, position=position)
    assert torch.equal(images[:, 0, 0, 0].long(), labels)
    for label in range(3):
        numbers = images[labels == label, 0, 0, 1]
        assert torch.equal(numbers, numbers[0] + torch.arange(len(numbers)))
    if position == 0:
        runs = labels.reshape(-1, 3 * 256)
        assert all(torch.bincount(run).tolist() == [256] * 3 for run in runs)
        assert (runs[0] != runs[1]).any()
    same = (labels[1:] == labels[:-1]).float().mean()
    assert abs(same - 1 / 3) < 4 * (2 / 9 / len(labels)) ** 0.5


def test_some_classes(numbered, recipe):
    data = FreshImages(recipe, batch_size=8, classes=["axion", "no"])
    assert data.classes == ("no_sub", "axion")
    images, labels = next(iter(data))
    assert torch.equal(images[:, 0, 0, 0].long(), torch.tensor([0, 2])[labels])


def test_a_loader_with_workers_is_refused(recipe):
    data = FreshImages(recipe, batch_size=2)
    assert len(next(iter(DataLoader(data, batch_size=None)))[1]) == 2
    with pytest.raises(Exception, match="a loader without workers: FreshImages has its own"):
        next(iter(DataLoader(data, batch_size=None, num_workers=1)))


def test_an_error_of_a_worker_comes_out_whole(recipe, monkeypatch):
    def refuse(*arguments):
        raise InputError("a galaxy file", "none", "find it")

    monkeypatch.setattr(fresh, "simulate_block", refuse)
    with pytest.raises(InputError) as error:
        next(iter(FreshImages(recipe, batch_size=2, workers=1)))
    assert (error.value.needed, error.value.got, error.value.remedy) == ("a galaxy file", "none", "find it")


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"seed": -1}, {"workers": -1}, {"position": -1}])
def test_wrong_arguments(recipe, wrong):
    with pytest.raises(UsageError):
        FreshImages(recipe, **({"batch_size": 2} | wrong))
