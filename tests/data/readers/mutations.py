"""Read mutations of genuine object arrays: python mutations.py COUNT SEED.

Prints how many were refused. Any other ending than a refusal or numbers, text and arrays of them is an error.
"""

import functools
import sys
import tarfile
from pathlib import Path

import numpy as np

from lensym.data.readers.npy_header import read_npy_header
from lensym.data.readers.object_array import read_object_array
from lensym.data.readers.program import UnreadableError

LEAST = 60
"""Byte from which a file is changed: within the header."""


@functools.cache
def files():
    """Every genuine file, by name."""
    with tarfile.open(Path(__file__).with_name("object_arrays.tar.xz")) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}


def read(content):
    """Elements of a .npy file."""
    header = read_npy_header(content[:200], len(content))
    return read_object_array(content[header.offset :], header.shape)


def refused(count, seed):
    """How many of so many mutations are refused."""
    rng = np.random.default_rng(seed)
    contents = [files()[name] for name in sorted(files())]
    return sum(is_refused(mutated(contents[rng.integers(len(contents))], rng)) for _ in range(count))


def is_refused(content):
    """Whether there is no answer; the answer must be well typed."""
    try:
        elements = read(content)
    except (UnreadableError, ValueError, EOFError):
        return True
    for element in elements:
        if isinstance(element, np.ndarray):
            assert element.dtype.kind in "biufU"
        else:
            assert isinstance(element, np.generic | float | int | str)
    return False


def mutated(content, rng):
    """Some bytes changed, removed or repeated, in up to three places."""
    content = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        place = rng.integers(LEAST, len(content))
        match rng.integers(4):
            case 0:
                content[place] = rng.integers(256)
            case 1:
                content[place] ^= 1 << rng.integers(8)
            case 2:
                del content[place : place + rng.integers(1, 5)]
            case 3:
                content[place:place] = content[place : place + rng.integers(1, 20)]
    return bytes(content)


if __name__ == "__main__":
    print(refused(int(sys.argv[1]), int(sys.argv[2])))
