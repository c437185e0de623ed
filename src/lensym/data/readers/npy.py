"""numpy's .npy: one plain array, no pixel scale. Python objects inside are never loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from lensym.data.readers.frame import ArrayEntry, reading
from lensym.errors import InputError


def entries(path: Path) -> list[ArrayEntry]:
    """The file's one array."""
    array = _mapped(path)
    return [ArrayEntry("", array.shape, str(array.dtype))]


def pixels(path: Path, entry: ArrayEntry) -> NDArray[Any]:
    """Its values."""
    return np.asarray(_mapped(path)).reshape(entry.shape)


def _mapped(path: Path) -> NDArray[Any]:
    """Map the array into memory: the header is read, and checked against the file's size, before any pixel."""
    with reading(".npy", path), np.errstate(over="raise"):
        array = _open(path)
    if array.dtype.kind not in "iuf":
        raise InputError("an array of numbers", f"'{path}' with dtype {array.dtype}", "save real numbers")
    return array


def _open(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = npy_format.open_memmap(path, mode="r")
    except ValueError as error:
        raise (_object_error(path) if "Python objects" in str(error) else error) from None
    return array


def _object_error(path: Path) -> InputError:
    return InputError(
        "an array of numbers",
        f"'{path}', an object array: reading it would run code that the file brings along",
        "load it where you trust it and save its image with np.save(name, image.astype(float))",
    )
