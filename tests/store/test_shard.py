import errno
import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np
import pytest

from lensym.errors import IntegrityError, OutputError, UsageError
from lensym.store.shard import image_offset, read_rows, read_truth, shard_name, write_shard

IMAGES = np.arange(3 * 2 * 4 * 4, dtype=np.uint16).reshape(3, 2, 4, 4)
LABELS = np.array([1, 1, 1])
TRUTH = {"x": np.array([0.5, 0.25, 0.125]), "masses": np.ones((3, 5))}


@pytest.fixture
def shard(tmp_path):
    write_shard(tmp_path / "s.h5", IMAGES, LABELS, TRUTH)
    return tmp_path / "s.h5"


def test_plain_h5py_reads_it(shard):
    with h5py.File(shard) as file:
        np.testing.assert_array_equal(file["images"], IMAGES)
        np.testing.assert_array_equal(file["labels"], LABELS)
        np.testing.assert_array_equal(file["truth/masses"], TRUTH["masses"])


def test_rows_come_in_the_asked_order(shard):
    out = np.empty((3, 2, 4, 4), np.uint16)
    read_rows(shard, image_offset(shard, IMAGES.shape, IMAGES.dtype), [2, 0, 2], out)
    np.testing.assert_array_equal(out, IMAGES[[2, 0, 2]])


def test_sha256_is_that_of_the_file(tmp_path):
    assert (
        write_shard(tmp_path / "s", IMAGES, LABELS, TRUTH) == hashlib.sha256((tmp_path / "s").read_bytes()).hexdigest()
    )


def test_several_threads_at_a_time(tmp_path, shard):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda k: write_shard(tmp_path / str(k), IMAGES, LABELS, TRUTH), range(100)))
    assert {(tmp_path / str(k)).read_bytes() for k in range(100)} == {shard.read_bytes()}


def test_bytes_depend_on_the_content_alone(tmp_path, shard):
    reordered = dict(reversed(TRUTH.items()))
    big_endian = IMAGES.astype(">u2")
    write_shard(tmp_path / "other.h5", big_endian, LABELS, reordered)
    script = f"""
import numpy as np
from lensym.store import write_shard
from pathlib import Path
junk = [np.random.default_rng().bytes(10_000) for _ in range(100)]
del junk
images = np.arange(96, dtype=np.uint16).reshape(3, 2, 4, 4)
truth = {{"x": np.array([0.5, 0.25, 0.125]), "masses": np.ones((3, 5))}}
write_shard(Path({str(tmp_path)!r}) / "process.h5", images, np.array([1, 1, 1]), truth)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    for name in ("other.h5", "process.h5"):
        assert (tmp_path / name).read_bytes() == shard.read_bytes()


def test_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match=r"room on the disk for '.*s\.h5'"):
        write_shard(tmp_path / "s.h5", IMAGES, LABELS, TRUTH)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("column", [np.zeros(2), np.array(["a", "b", "c"])])
def test_a_column_that_does_not_fit_the_images_is_a_programming_error(tmp_path, column):
    with pytest.raises((ValueError, TypeError), match="bad"):
        write_shard(tmp_path / "s.h5", IMAGES, LABELS, {"bad": column})


def test_truncated_header_and_wrong_shape_name_the_shard(shard):
    with pytest.raises(IntegrityError, match=r"s\.h5', which cannot be read \(its images are uint16 \(3, 2, 4, 4\)"):
        image_offset(shard, (4, 2, 4, 4), IMAGES.dtype)
    shard.write_bytes(shard.read_bytes()[:100])
    with pytest.raises(IntegrityError, match=r"s\.h5', which cannot be read"):
        read_truth(shard)


def test_shard_that_ends_early_while_being_read(shard):
    offset = image_offset(shard, IMAGES.shape, IMAGES.dtype)
    shard.write_bytes(shard.read_bytes()[: offset + 70])
    with pytest.raises(IntegrityError, match=r"s\.h5', which ends early"):
        read_rows(shard, offset, [0, 1], np.empty((2, 2, 4, 4), np.uint16))


@pytest.mark.parametrize("name", ["../x", "", "a b", ".hidden", "a/b"])
def test_names_that_no_file_should_bear(name):
    with pytest.raises(UsageError, match="names of splits and classes"):
        shard_name(name, "cdm", 0)
