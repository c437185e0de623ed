from collections import Counter

import pytest

from lensym.data.importing.draft import Taken
from lensym.data.importing.item import Item
from lensym.data.importing.split import LEAK, divide

FRACTIONS = {"train": 0.8, "val": 0.1, "test": 0.1}


def image(number, class_name="cdm", split=None, digest=None):
    item = Item(f"{class_name}/{split}/{number}.npy", class_name, split)
    return Taken(item, (1, 8, 8), "uint16", digest or f"{class_name}{number}", "f" * 64, {}, "", None)


def sizes(divided):
    return Counter((image.item.split, image.item.class_name) for image in divided.taken)


def members(divided):
    return {image.item.file: image.item.split for image in divided.taken}


def test_shares_are_exact_in_each_class():
    images = [image(k, name) for name, count in (("cdm", 50), ("axion", 20)) for k in range(count)]
    assert sizes(divide(images, FRACTIONS, 0, asked=False)) == {
        ("train", "cdm"): 40,
        ("val", "cdm"): 5,
        ("test", "cdm"): 5,
        ("train", "axion"): 16,
        ("val", "axion"): 2,
        ("test", "axion"): 2,
    }


def test_the_seed_alone_decides_whatever_the_order():
    images = [image(k) for k in range(40)]
    first = members(divide(images, FRACTIONS, 1, asked=True))
    assert members(divide(images[::-1], FRACTIONS, 1, asked=True)) == first
    assert members(divide(images, FRACTIONS, 2, asked=True)) != first


@pytest.mark.parametrize("seed", range(5))
def test_copies_stay_together_across_classes_too(seed):
    images = [image(k, name, digest=f"{k // 3}") for name in ("cdm", "axion") for k in range(60)]
    divided = divide(images, FRACTIONS, seed, asked=True)
    splits = {}
    for taken in divided.taken:
        assert splits.setdefault(taken.digest, taken.item.split) == taken.item.split
    assert len(divided.taken) == 120
    assert set(splits.values()) == {"train", "val", "test"}


def test_without_copies_they_would_have_been_torn():
    divided = divide([image(k) for k in range(60)], FRACTIONS, 0, asked=True)
    triples = [{members(divided)[f"cdm/None/{k + j}.npy"] for j in range(3)} for k in range(0, 60, 3)]
    assert any(len(triple) > 1 for triple in triples)


def test_the_layouts_own_splits_stay():
    images = [image(k, split="val" if k < 4 else "train") for k in range(20)]
    divided = divide(images, FRACTIONS, 0, asked=False)
    assert divided.taken == tuple(images)


def test_images_beside_a_test_folder_are_for_training():
    images = [image(k, split="test" if k < 4 else None) for k in range(20)]
    assert sizes(divide(images, FRACTIONS, 0, asked=False)) == {("test", "cdm"): 4, ("train", "cdm"): 16}


def test_a_division_that_is_asked_for_leaves_the_published_test_alone():
    images = [image(k, split="test" if k < 4 else None) for k in range(22)]
    divided = divide(images, FRACTIONS, 0, asked=True)
    assert sizes(divided) == {("test", "cdm"): 4, ("train", "cdm"): 16, ("val", "cdm"): 2}
    assert {name for name, split in members(divided).items() if split == "test"} == {i.item.file for i in images[:4]}


def test_a_copy_of_a_test_image_is_no_training_image():
    images = [image(0, split="train", digest="x"), image(1, split="train"), image(2, split="test", digest="x")]
    divided = divide(images, FRACTIONS, 0, asked=False)
    assert [taken.item.file for taken in divided.taken] == ["cdm/train/1.npy", "cdm/test/2.npy"]
    (refused,) = divided.refused
    assert (refused.item.file, refused.reason) == ("cdm/train/0.npy", LEAK)
    assert "'cdm/test/2.npy' of test" in refused.example
