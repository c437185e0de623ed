"""Read mutations of genuine archives: python -m tests.data.importing.mutations COUNT SEED.

Prints how many were refused. Any other ending than a refusal, or members that are whole and stay in the archive, is an
error.
"""

import functools
import io
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from lensym.data.importing.arrays import opened_arrays
from lensym.data.importing.source import open_source
from lensym.errors import InputError

from .hostile_archives import npy, tar_of

MEMBERS = [(f"Model_I/cdm/{k}.npy", npy(k)) for k in range(3)]


def zip_of(members, method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def npz():
    buffer = io.BytesIO()
    np.savez_compressed(buffer, cdm=np.arange(128).reshape(2, 8, 8), mass=np.ones(2, "f4"))
    return buffer.getvalue()


@functools.cache
def archives():
    """Genuine archives."""
    return {
        "stored.zip": zip_of(MEMBERS, zipfile.ZIP_STORED),
        "deflated.zip": zip_of(MEMBERS, zipfile.ZIP_DEFLATED),
        "plain.tar": tar_of(MEMBERS),
        "packed.tgz": tar_of(MEMBERS, "w:gz"),
        "arrays.npz": npz(),
    }


def refused(count, seed):
    """How many of so many mutations are refused, by the front or in one of their members."""
    rng = np.random.default_rng(seed)
    names = sorted(archives())
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            name = names[rng.integers(len(names))]
            path = Path(folder, name)
            path.write_bytes(mutated(archives()[name], rng))
            total += is_refused(path)
        assert {path.name for path in Path(folder).iterdir()} <= set(names)
    return total


def is_refused(path):
    """Whether there is no answer; the answer must be whole files with safe names, or arrays of numbers."""
    try:
        if path.suffix == ".npz":
            with opened_arrays(path) as arrays:
                assert all(array.dtype.kind in "iuf" for array in arrays.values())
        source = open_source(path)
        for file in source.files:
            assert ".." not in file.split("/")
            assert not file.startswith("/")
            with source.local(file) as member:
                assert len(member.read_bytes()) == source.size(file)
    except InputError as error:
        if "\n" in str(error):
            raise AssertionError("a refusal of several lines") from error
        return True
    return False


def mutated(content, rng):
    """Some bytes changed, removed or repeated, in up to three places, more often near the ends, where the names are."""
    content = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        near = min(len(content), 600)
        place = int(rng.choice([rng.integers(near), len(content) - 1 - rng.integers(near), rng.integers(len(content))]))
        match rng.integers(5):
            case 0:
                content[place] = rng.integers(256)
            case 1:
                content[place] ^= 1 << rng.integers(8)
            case 2:
                del content[place : place + rng.integers(1, 5)]
            case 3:
                content[place:place] = content[place : place + rng.integers(1, 20)]
            case 4:
                content[place : place + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"../.", b"7777"])
    return bytes(content)


if __name__ == "__main__":
    print(refused(int(sys.argv[1]), int(sys.argv[2])))
