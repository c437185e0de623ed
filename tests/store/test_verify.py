import dataclasses
import hashlib

import pytest

from lensym.errors import IntegrityError
from lensym.store import DatasetFolder, manifest_digest, read_manifest, verify, write_manifest


def flip_a_bit(path, byte):
    content = bytearray(path.read_bytes())
    content[byte] ^= 4
    path.write_bytes(content)


def test_whole_data_set(dataset):
    report = verify(dataset)
    assert (report.images, report.shards) == (14, 4)
    assert report.size == sum(path.stat().st_size for path in dataset.glob("*.h5"))
    assert report.sha256 == manifest_digest(dataset)


@pytest.mark.parametrize("byte", [0, 2048, -1])
def test_a_flipped_bit_anywhere_is_found_and_its_shard_named(dataset, byte):
    flip_a_bit(dataset / "train-cdm-000000.h5", byte)
    DatasetFolder.open(dataset)
    with pytest.raises(IntegrityError, match=r"train-cdm-000000\.h5', which was changed: .*; run the command") as error:
        verify(dataset)
    assert "\n" not in str(error.value)


def test_several_damaged_shards_are_counted(dataset):
    for path in sorted(dataset.glob("*.h5"))[:3]:
        flip_a_bit(path, 0)
    with pytest.raises(IntegrityError, match=r"and 2 more"):
        verify(dataset)


def test_missing_and_truncated_shards(dataset):
    (dataset / "test-no_sub-000000.h5").unlink()
    with pytest.raises(IntegrityError, match=r"test-no_sub-000000\.h5', which cannot be read"):
        verify(dataset)


def test_another_file_of_the_data_set_is_verified_too(dataset):
    (dataset / "sources.csv").write_bytes(b"split,file\n")
    files = {"sources.csv": hashlib.sha256(b"split,file\n").hexdigest()}
    write_manifest(dataset, dataclasses.replace(read_manifest(dataset), files=files))
    verify(dataset)
    flip_a_bit(dataset / "sources.csv", 3)
    with pytest.raises(IntegrityError, match=r"sources\.csv', which was changed"):
        verify(dataset)


def test_a_file_elsewhere_is_none_of_the_data_set(dataset):
    with pytest.raises(ValueError, match="is not a plain file name"):
        dataclasses.replace(read_manifest(dataset), files={"../sources.csv": "0" * 64})
