"""numpy's .npy: one array, no pixel scale. A plain array, or an object array that holds one image and no more code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lensym.data.readers.frame import ArrayEntry, Contents, Pick, reading
from lensym.data.readers.npy_header import BEGINNING, NpyHeader, read_npy_header
from lensym.data.readers.object_array import read_object_array
from lensym.data.readers.program import UnreadableError
from lensym.data.readers.sample import Sample, sample_of
from lensym.errors import InputError

LARGEST = 2**26
"""Bytes of a file that is read at once; larger ones are mapped into memory, and hold no object array."""


def entries(path: Path) -> list[ArrayEntry]:
    """The file's one array."""
    return [_entry(read_sample(path).pixels)]


def read(path: Path, pick: Pick) -> Contents:
    """Its values."""
    pixels = np.asarray(read_sample(path).pixels)
    found = [_entry(pixels)]
    wanted = pick(found)
    return Contents(found, wanted, [pixels.reshape(entry.shape) for entry in wanted])


def _entry(pixels: NDArray[Any]) -> ArrayEntry:
    return ArrayEntry("", pixels.shape, str(pixels.dtype))


def read_sample(path: Path) -> Sample:
    """The array of a file, mapped into memory if it is a large plain one, and what an object array has beside it.

    Raises
    ------
    InputError
        If the file is damaged, or holds anything but numbers, or an object array with anything that would run.
    """
    with reading(".npy", path), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= LARGEST:
            return parse_sample(file.read(), path)
        header = read_npy_header(file.read(BEGINNING), size)
        if header.dtype.hasobject:
            raise _no_sample(path, f"{size} bytes; it may have {LARGEST}")
        return _of_numbers(Sample(_mapped(path, header), ()), path)


def parse_sample(content: bytes, path: Path) -> Sample:
    """As `read_sample`, of a file that was read already; ``path`` is its name in errors."""
    with reading(".npy", path):
        header = read_npy_header(content[:BEGINNING], len(content))
        if header.dtype.hasobject:
            return _of_numbers(_of_objects(content, header, path), path)
        order: Literal["C", "F"] = "F" if header.fortran else "C"
        values = np.frombuffer(content, header.dtype, header.count, header.offset)
        return _of_numbers(Sample(values.reshape(header.shape, order=order), ()), path)


def _of_numbers(found: Sample, path: Path) -> Sample:
    if found.pixels.dtype.kind not in "iuf":
        raise InputError("an array of numbers", f"'{path}' with dtype {found.pixels.dtype}", "save real numbers")
    return found


def _mapped(path: Path, header: NpyHeader) -> NDArray[Any]:
    order: Literal["C", "F"] = "F" if header.fortran else "C"
    return np.memmap(path, header.dtype, "r", header.offset, header.shape, order)


def _of_objects(content: bytes, header: NpyHeader, path: Path) -> Sample:
    try:
        return sample_of(read_object_array(content, header.shape, header.offset))
    except (UnreadableError, ValueError) as error:
        raise _no_sample(path, str(error)) from None


def _no_sample(path: Path, got: str) -> InputError:
    return InputError(
        "an object array of numbers and one image",
        f"'{path}' with {got}",
        "load it where you trust it and save its image with np.save(name, image.astype(float))",
    )
