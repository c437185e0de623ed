"""Header of a .npy file, as numpy writes it and in no other spelling.

numpy's own reader evaluates the header as Python, which can take long and much memory; it accepts far more than it
writes. Format: ``numpy.lib.format``.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from lensym.data.readers.cursor import Cursor

MAGIC = b"\x93NUMPY"
LONGEST = 10_000
"""Bytes of a header; numpy refuses longer ones too."""
BEGINNING = LONGEST + 12
"""Bytes of a file that hold any header."""
MOST_AXES = 32

_LENGTH_BYTES = {b"\x01\x00": 2, b"\x02\x00": 4, b"\x03\x00": 4}
"""Bytes of the header's length, by version."""
_HEADER = re.compile(
    rb"\{'descr': '([<>|=]?[a-zA-Z][0-9]*)', 'fortran_order': (True|False), 'shape': \(([0-9L, ]*)\), \} *\n"
)
_SHAPE = re.compile(rb"(?:[0-9]{1,19}L?, ?)*(?:[0-9]{1,19}L?)?")


@dataclass(frozen=True)
class NpyHeader:
    """What a .npy file holds and where: values of ``dtype`` from byte ``offset`` to the end, at byte ``size``."""

    dtype: np.dtype[Any]
    fortran: bool
    shape: tuple[int, ...]
    offset: int
    size: int

    @property
    def count(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


def read_npy_header(start: bytes, size: int) -> NpyHeader:
    """Header of an array of numbers or objects in a file of ``size`` bytes that begins with ``start``.

    Raises
    ------
    ValueError
        If it is none that numpy writes for such an array, or the file ends before its last number.
    EOFError
        If the file ends within the header.
    """
    cursor = Cursor(start)
    if cursor.take(len(MAGIC)) != MAGIC:
        raise ValueError("it does not begin as one")
    version = cursor.take(2)
    if version not in _LENGTH_BYTES:
        raise ValueError(f"it is of version {version[0]}.{version[1]}")
    length = int.from_bytes(cursor.take(_LENGTH_BYTES[version]), "little")
    if length > LONGEST:
        raise ValueError(f"its header has {length} bytes")
    dtype, fortran, shape = _parse(cursor.take(length))
    header = NpyHeader(dtype, fortran, shape, cursor.place, size)
    _require_values(header)
    return header


@functools.lru_cache(maxsize=64)  # the files of a data set share their header
def _parse(header: bytes) -> tuple[np.dtype[Any], bool, tuple[int, ...]]:
    """Kind, order and shape."""
    found = _HEADER.fullmatch(header)
    if found is None or not _SHAPE.fullmatch(found[3]):
        raise ValueError("its header is none that numpy writes for an array of numbers")
    return np.dtype(found[1].decode()), found[2] == b"True", _shape(found[3])


def _shape(text: bytes) -> tuple[int, ...]:
    shape = tuple(int(number.strip(b" L")) for number in text.split(b",") if number.strip())
    if len(shape) > MOST_AXES:
        raise ValueError(f"it has {len(shape)} axes")
    return shape


def _require_values(header: NpyHeader) -> None:
    needed, there = header.count * header.dtype.itemsize, header.size - header.offset
    if not header.dtype.hasobject and there != needed:
        raise ValueError(f"its header speaks of {needed} bytes of values, it holds {there}")
