"""HDF5 in lenstronomy's layout: ``image_data`` beside ``transform_pix2angle``, and any other array by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from lensym.data.readers.frame import LARGEST_UNPACKED, ArrayEntry, Contents, Pick, reading, square_pixel_scale
from lensym.errors import InputError

_TRANSFORM = "transform_pix2angle"
"""Matrix (2, 2) from a pixel's column and row to arcsec on the sky (lenstronomy's ``ImageData``)."""


def entries(path: Path) -> list[ArrayEntry]:
    """List the arrays of numbers with at least two axes, in all groups, the transformation itself left out."""
    found: list[ArrayEntry] = []

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and _is_pixels(name, item):
            scale, fault = _pixel_scale(item.parent)
            found.append(ArrayEntry(name, item.shape, str(item.dtype), pixel_scale=scale, scale_fault=fault))

    with _opened(path) as file:
        file.visititems(visit)
    return found


def read(path: Path, pick: Pick) -> Contents:
    """Values of the data sets that are picked."""
    found = entries(path)
    wanted = pick(found)
    with _opened(path) as file:
        return Contents(found, wanted, [np.asarray(_checked(file[entry.name], path)[()]) for entry in wanted])


def _checked(data: h5py.Dataset, path: Path) -> h5py.Dataset:
    """Refuse pixels that lie in other files, and many that hardly any bytes stand for."""
    require_own_pixels(data, path)
    if data.nbytes > LARGEST_UNPACKED and data.nbytes > data.id.get_storage_size():
        got = f"{_place(data, path)}, {data.nbytes / 2**20:.0f} MiB unpacked"
        raise InputError(
            f"no more than {LARGEST_UNPACKED // 2**20} MiB in compressed form", got, "save it uncompressed"
        )
    return data


def require_own_pixels(data: h5py.Dataset, path: Path) -> None:
    """Refuse a data set that takes its pixels from other files.

    Raises
    ------
    InputError
        Naming it.
    """
    if data.is_virtual or data.external:
        got = f"{_place(data, path)}, whose pixels are in others"
        raise InputError("pixels in the file itself", got, "copy them into one file")


def _place(data: h5py.Dataset, path: Path) -> str:
    return f"'{data.name[1:]}' of '{path}'"


def _is_pixels(name: str, data: h5py.Dataset) -> bool:
    return data.ndim >= 2 and data.dtype.kind in "iuf" and name.rpartition("/")[2] != _TRANSFORM


def _pixel_scale(group: h5py.Group) -> tuple[float | None, str]:
    """Lengths of the transformation's columns: the sides of a pixel."""
    transform = group.get(_TRANSFORM)
    if not isinstance(transform, h5py.Dataset) or transform.shape != (2, 2):
        return None, ""
    return square_pixel_scale(np.hypot(*np.asarray(transform[()], np.float64)))


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    with reading("HDF5", path), h5py.File(path, "r") as file:
        yield file
