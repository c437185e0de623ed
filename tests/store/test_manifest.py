import json

import pytest

from lensym.errors import InputError, IntegrityError
from lensym.store import Manifest, manifest_digest, read_manifest


def edit(dataset, **changes):
    """Write other values, without the file's own sha256, as by a program that does not know it."""
    path = dataset / "manifest.json"
    plain = json.loads(path.read_text()) | changes
    del plain["manifest_sha256"]
    path.write_text(json.dumps(plain))


def test_round_trip_through_the_file(dataset):
    manifest = read_manifest(dataset)
    assert Manifest.from_dict(manifest.to_dict()) == manifest
    assert manifest.classes == ("no_sub", "cdm")
    assert manifest.shards[0].file == "train-cdm-000004.h5"


def test_digest_changes_with_any_byte(dataset):
    before = manifest_digest(dataset)
    edit(dataset, seed=4)
    assert manifest_digest(dataset) != before


def test_a_flipped_bit_of_any_byte_is_noticed(dataset):
    path = dataset / "manifest.json"
    content = path.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises((IntegrityError, InputError), match=r"manifest\.json'"):
            read_manifest(dataset)


def test_a_manifest_without_a_sha256_of_its_own_is_taken(dataset):
    before = read_manifest(dataset)
    edit(dataset)
    assert read_manifest(dataset) == before


def test_unknown_format_is_refused_with_its_number(dataset):
    edit(dataset, format=99)
    with pytest.raises(InputError, match=r"manifest\.json' must be of format 1; got format 99; update lensym"):
        read_manifest(dataset)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"format": 1}', b"\xff\xfe", b'{"format": 1, "shards": [{"file": "a"}], "classes": []}'],
)
def test_damaged_manifest_is_named_in_one_line(dataset, content):
    (dataset / "manifest.json").write_bytes(content)
    with pytest.raises(IntegrityError, match=r"manifest\.json' must be a manifest") as error:
        read_manifest(dataset)
    assert "\n" not in str(error.value)


def test_shards_that_do_not_add_up_to_the_splits_are_refused(dataset):
    edit(dataset, splits={"train": {"no_sub": 6, "cdm": 7}, "test": {"no_sub": 2}})
    with pytest.raises(IntegrityError, match="the splits announce"):
        read_manifest(dataset)


def test_a_shard_outside_the_folder_is_refused(dataset):
    shards = json.loads((dataset / "manifest.json").read_text())["shards"]
    edit(dataset, shards=[shards[0] | {"file": "../other.h5"}, *shards[1:]])
    with pytest.raises(IntegrityError, match=r"'\.\./other\.h5' is not a plain file name"):
        read_manifest(dataset)


def test_missing_folder_and_folder_without_manifest(tmp_path):
    with pytest.raises(InputError, match=r"no such folder.*lensym simulate"):
        read_manifest(tmp_path / "absent")
    with pytest.raises(InputError, match=r"a finished data set.*lensym simulate"):
        read_manifest(tmp_path)


def test_unfinished_data_set_says_how_to_go_on(dataset):
    (dataset / "manifest.json").unlink()
    (dataset / "progress.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match="not finished; run the command that makes it again: it goes on"):
        read_manifest(dataset)
