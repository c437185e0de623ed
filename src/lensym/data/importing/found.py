"""The arrays of a source's files, before anything of their images is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from lensym.data.importing.arrays import Array, array_kind, opened_arrays
from lensym.data.importing.names import Named, named
from lensym.data.importing.raw import RAW_NUMBER
from lensym.data.importing.source import Source
from lensym.data.readers.choose import is_companion
from lensym.errors import LensymError


@dataclass(frozen=True)
class Found:
    """An array of a file.

    Parameters
    ----------
    array
        Its name, where the file has several.
    name
        What its name says.
    shape
        Of numbers without a header: their bytes alone.
    values
        Of an array that has one number for each image.
    raw
        Whether it has no header.
    unreadable
        Whether it is no array of numbers: damaged, or an array of objects.
    """

    file: str
    array: str
    name: Named
    shape: tuple[int, ...]
    values: NDArray[np.generic] | None = None
    raw: bool = False
    unreadable: bool = False

    @property
    def full(self) -> str:
        """Names of file and array."""
        return f"{self.file}/{self.array}" if self.array else self.file

    @property
    def place(self) -> str:
        """Where it is, its own name left out."""
        return str(PurePosixPath(self.full).parent)


def look(source: Source, file: str) -> list[Found]:
    """The arrays of a file that may be images, or numbers beside them."""
    try:
        with source.local(file) as path:
            if array_kind(path) == "raw":
                return [_raw(file, path)]
            with opened_arrays(path) as arrays:
                return list(_found(file, arrays))
    except (LensymError, OSError):
        return [Found(file, "", named(file), (), unreadable=True)]


def _raw(file: str, path: Path) -> Found:
    name = named(file)
    values = np.fromfile(path, RAW_NUMBER) if name.kind == "mass" else None
    return Found(file, "", name, (path.stat().st_size,), values, raw=True)


def _found(file: str, arrays: Mapping[str, Array]) -> Iterator[Found]:
    least_axes = 3 if any(len(array.shape) > 2 for array in arrays.values()) else 2
    for array_name, array in arrays.items():
        found = Found(file, array_name, named(f"{file}/{array_name}" if array_name else file), array.shape)
        if _is_column(found):
            yield replace(found, values=np.array(array[()]).reshape(-1))
        elif not array_name or (len(array.shape) >= least_axes and not is_companion(array_name)):
            yield found


def _is_column(found: Found) -> bool:
    """Whether it has a number for each image; an array by itself must be called so."""
    flat = len(found.shape) == 1 or (len(found.shape) == 2 and found.shape[1] == 1)
    return flat and (bool(found.array) or found.name.kind in ("mass", "label"))
