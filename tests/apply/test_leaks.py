"""Canaries: images of the test set that are elsewhere too, as after an augmentation before the split."""

import dataclasses

import numpy as np
import pytest

from lensym.apply.assess import evaluate
from lensym.apply.leaks import find_leaks
from lensym.apply.predictor import load
from lensym.errors import InputError
from lensym.store import DatasetFolder, Manifest, ShardRecord, manifest_digest, write_manifest, write_shard

from .conftest import SCALE, rings, save

EACH = 4


def copies(images):
    """Each image in one of its eight positions."""
    turned = [np.rot90(image[:, :: -1 if k % 2 else 1], k, axes=(1, 2)) for k, image in enumerate(images)]
    return np.ascontiguousarray(np.stack(turned))


@pytest.fixture(scope="module")
def pools():
    return rings(3 * EACH, 20), rings(3 * EACH, 21)


def leaks(predictor, folder, trained_on=None, **config):
    opened = DatasetFolder.open(folder)
    return find_leaks(dataclasses.replace(predictor.config, **config), opened, opened.split("test"), trained_on)


def test_images_apart_raise_no_alarm(predictor, pools, tmp_path):
    assert leaks(predictor, save(tmp_path / "data", 1, train=pools[0], test=pools[1])) == []


def test_turned_and_mirrored_copies_across_the_split_are_flagged_first(folder, pools, tmp_path):
    train, test = pools[0], pools[1].copy()
    test[3:8] = copies(train)[3:8]
    data = save(tmp_path / "data", 1, train=train, test=test)
    results = evaluate(load(folder), data, tmp_path / "out", symmetry=False)
    assert results["flags"][0] == "5 of 12 tested images are in the split 'train' too, as they are, turned or mirrored."
    html = (tmp_path / "out" / "report.html").read_text()
    assert html.index("5 of 12 tested images") < html.index("Class by class")


def test_the_same_pixels_in_another_order_are_no_copy(predictor, pools, tmp_path):
    shuffled = np.random.default_rng(0).permuted(pools[0].reshape(12, -1), axis=1).reshape(pools[0].shape)
    assert leaks(predictor, save(tmp_path / "data", 1, train=pools[0], test=shuffled)) == []


def test_copies_within_the_tested_split_are_counted(predictor, pools, tmp_path):
    test = pools[0].copy()
    test[6:9] = copies(test[:3])
    (found,) = leaks(predictor, save(tmp_path / "data", 1, test=test))
    assert found.startswith("3 of 12 tested images are copies of others among them")


def test_a_training_set_of_ones_own_is_looked_through_whatever_its_numbers_are(predictor, pools, tmp_path):
    train = save(tmp_path / "there", train=pools[0].astype(np.float32), val=pools[1].astype(np.float32))
    data = save(tmp_path / "data", test=copies(pools[0]))
    digest = {"manifest_sha256": manifest_digest(train)}
    expected = "12 of 12 tested images are in the split 'train' of 'there' too, as they are, turned or mirrored."
    assert leaks(predictor, data, train, data=digest) == [expected]
    doubt, found = leaks(predictor, data, train, data={"manifest_sha256": "0"})
    assert doubt == "The model says that it was trained on another data set than 'there'."
    assert found == expected


def test_files_from_elsewhere_without_their_training_set_are_doubted(predictor, pools, tmp_path):
    data = save(tmp_path / "data", test=pools[0])
    (doubt,) = leaks(predictor, data, data={"seed": None, "manifest_sha256": "0"})
    assert doubt.endswith("whether tested ones are among them is not known (--trained-on).")
    assert leaks(predictor, data, data={"seed": None, "manifest_sha256": manifest_digest(data)}) == []
    assert leaks(predictor, data, data={"seed": 3, "manifest_sha256": "0"}) == []


def test_a_training_set_of_other_images_is_refused(predictor, pools, tmp_path, data_set):
    data = save(tmp_path / "data", 1, test=pools[0])
    with pytest.raises(InputError, match="a finished data set"):
        leaks(predictor, data, tmp_path / "none")
    small = tmp_path / "small"
    with pytest.raises(InputError, match=r"a training set of images \(1, 32, 32\); got \(1, 16, 16\)"):
        leaks(predictor, data, save_small(small))


def save_small(folder):
    folder.mkdir()
    images = rings(EACH, 1, 16)
    digest = write_shard(folder / "a.h5", images, np.zeros(EACH, np.uint8), {"x": np.zeros(EACH)})
    record = ShardRecord("a.h5", "train", "cdm", 0, EACH, (folder / "a.h5").stat().st_size, digest)
    counts = {"train": {"cdm": EACH}}
    write_manifest(folder, Manifest("e", "x", ("cdm",), 1, 16, SCALE, "uint16", 1, counts, {}, "0", (record,)))
    return folder
