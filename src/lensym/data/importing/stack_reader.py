"""Images of arrays, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from lensym.data.importing.arrays import Array, array_kind, opened_arrays, raw_numbers
from lensym.data.importing.item import Item, Loaded, Read
from lensym.data.importing.raw import RAW_IMAGE
from lensym.data.importing.read import read_one
from lensym.data.readers.frame import axes_first
from lensym.errors import InputError


@dataclass(frozen=True)
class StackReader:
    """Opens files of arrays.

    Parameters
    ----------
    raw
        Shapes of the files without a header.
    single
        Files that are no stacks.
    """

    raw: Mapping[str, tuple[int, int, int]]
    single: frozenset[str]

    @contextmanager
    def __call__(self, file: str, path: Path, content: bytes | None) -> Iterator[Read]:
        """A file whose images are read as they are asked for."""
        if file in self.single and array_kind(path) == "npy":
            yield partial(read_one, path, content)
        elif file in self.raw:
            yield partial(_read, path, {"": raw_numbers(path, RAW_IMAGE, self.raw[file])})
        else:
            with opened_arrays(path) as arrays:
                yield partial(_read, path, arrays)


def _read(path: Path, arrays: Mapping[str, Array], item: Item) -> Loaded:
    try:
        values = arrays[item.array]
        pixels = np.array(values[()] if item.index is None else values[item.index])
    except (KeyError, IndexError, OSError) as error:
        got = f"'{path}' without it: {' '.join(str(error).split())}"
        raise InputError("a file that holds every image of its arrays", got, "get it again") from None
    return Loaded(axes_first(pixels, f"'{path}'"), item.truth)
