"""One image and what was stored beside it, from the object arrays that data sets of the lens community consist of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.data.readers.object_array import Element


@dataclass(frozen=True)
class Sample:
    """An image, and the numbers and words that were stored with it: an axion's mass, a label."""

    pixels: NDArray[Any]
    beside: tuple[Element, ...]


def sample_of(elements: Sequence[Element]) -> Sample:
    """Image of an object array, in one of the forms that were met.

    Those are: an image of rows and columns with numbers or words; its rows, one after the other; the pixels of a square
    image in a row, with a label behind them; such a row as an array, with a label.

    Raises
    ------
    ValueError
        For anything else.
    """
    arrays = [value for value in elements if isinstance(value, np.ndarray)]
    beside = tuple(value for value in elements if not isinstance(value, np.ndarray))
    if len(arrays) == 1:
        return Sample(arrays[0] if arrays[0].ndim > 1 else _square(arrays[0]), beside)
    if arrays and not beside:
        return Sample(_rows(arrays), ())
    if not arrays:
        return _pixel_by_pixel(beside)
    raise ValueError(f"{len(arrays)} arrays and {len(beside)} other things: it is not clear which is the image")


def _rows(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if any((row.shape, row.dtype) != (arrays[0].shape, arrays[0].dtype) or row.ndim != 1 for row in arrays):
        raise ValueError(f"{len(arrays)} arrays that are not the rows of one image")
    return np.stack(arrays)


def _pixel_by_pixel(values: Sequence[Element]) -> Sample:
    side = math.isqrt(len(values))
    pixels, rest = values[: side**2], values[side**2 :]
    if side < 2 or len(rest) > 1 or any(isinstance(value, str) for value in pixels):
        raise ValueError(f"{len(values)} values that are no square image with a label")
    return Sample(np.array(pixels).reshape(side, side), tuple(rest))


def _square(row: NDArray[Any]) -> NDArray[Any]:
    side = math.isqrt(row.size)
    if row.ndim != 1 or side < 2 or side**2 != row.size:
        raise ValueError(f"an array of shape {row.shape}, which is no square image")
    return row.reshape(side, side)
