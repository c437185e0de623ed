"""numpy's .npy: one array, no pixel scale. A plain array, or an object array that holds one image and no more code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from lensym.data.readers.frame import ArrayEntry, reading
from lensym.data.readers.npy_header import BEGINNING, NpyHeader, read_npy_header
from lensym.data.readers.object_array import read_object_array
from lensym.data.readers.program import UnreadableError
from lensym.data.readers.sample import Sample, sample_of
from lensym.errors import InputError

LARGEST = 2**26
"""Bytes that an object array may have: it is read at once."""


def entries(path: Path) -> list[ArrayEntry]:
    """The file's one array."""
    array = read_sample(path).pixels
    return [ArrayEntry("", array.shape, str(array.dtype))]


def arrays(path: Path, wanted: Sequence[ArrayEntry]) -> list[NDArray[Any]]:
    """Its values."""
    pixels = np.asarray(read_sample(path).pixels)
    return [pixels.reshape(entry.shape) for entry in wanted]


def read_sample(path: Path) -> Sample:
    """The array of a file, mapped into memory if it is a plain one, and what an object array has beside it.

    Raises
    ------
    InputError
        If the file is damaged, or holds anything but numbers, or an object array with anything that would run.
    """
    with reading(".npy", path), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        header = read_npy_header(file.read(BEGINNING), size)
        found = _of_objects(file, header, path) if header.dtype.hasobject else Sample(_mapped(path, header), ())
    if found.pixels.dtype.kind not in "iuf":
        raise InputError("an array of numbers", f"'{path}' with dtype {found.pixels.dtype}", "save real numbers")
    return found


def _mapped(path: Path, header: NpyHeader) -> NDArray[Any]:
    order: Literal["C", "F"] = "F" if header.fortran else "C"
    if not header.count:
        return np.empty(header.shape, header.dtype, order)
    return np.memmap(path, header.dtype, "r", header.offset, header.shape, order)


def _of_objects(file: BinaryIO, header: NpyHeader, path: Path) -> Sample:
    try:
        if header.size > LARGEST:
            raise UnreadableError(f"{header.size} bytes; it may have {LARGEST}")
        file.seek(header.offset)
        return sample_of(read_object_array(file.read(), header.shape))
    except (UnreadableError, ValueError) as error:
        raise InputError(
            "an object array of numbers and one image",
            f"'{path}' with {error}",
            "load it where you trust it and save its image with np.save(name, image.astype(float))",
        ) from None
