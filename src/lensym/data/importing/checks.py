"""What an image must be to be taken, the narrowest dtype that holds it, and what it shares with its mirror images."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
from jaxtyping import Num

from lensym.errors import InputError

DTYPES = ("uint16", "float32", "float64")
"""What images are stored as; each holds all values of the one before."""

_WHOLE = {"uint16": (0, 2**16 - 1), "float32": (-(2**24), 2**24), "float64": (-(2**53), 2**53)}
"""Between which each of them holds every whole number."""

Range = tuple[np.number[Any], np.number[Any]]
"""Smallest and largest value."""


def require_image(pixels: Num[np.ndarray, "c h w"]) -> Range:
    """The range of an image; refuse what no network could learn from, and what a data set cannot hold.

    Raises
    ------
    InputError
        If the image is not square, constant, or has a pixel that is not finite.
    """
    height, width = pixels.shape[1:]
    if height != width:
        raise InputError("an image as high as wide", f"{height} x {width} pixels", "cut it to a square")
    low, high = pixels.min(), pixels.max()
    if not (math.isfinite(low) and math.isfinite(high)):
        bad = int((~np.isfinite(pixels)).sum())
        raise InputError("an image of finite numbers", f"{bad} pixels that are none", "mend or leave it out")
    if low == high:
        raise InputError("an image that is not constant", f"{low:g} everywhere", "leave it out")
    return low, high


def narrowest_dtype(pixels: Num[np.ndarray, "c h w"], value_range: Range | None = None) -> str:
    """The first of `DTYPES` that holds every value as it is; ``value_range`` where it is known.

    >>> [narrowest_dtype(np.full((1, 1, 1), value)) for value in (65535, 65536, 0.5, 0.1)]
    ['uint16', 'float32', 'float32', 'float64']
    """
    if pixels.dtype.kind in "iu":
        low, high = value_range or (pixels.min(), pixels.max())
        for name, (lowest, highest) in _WHOLE.items():
            if lowest <= low and high <= highest:
                return name
    for name in DTYPES:
        if _holds(name, pixels):
            return name
    raise InputError("numbers that float64 holds exactly", f"larger {pixels.dtype} ones", "convert them")


def _holds(dtype: str, pixels: Num[np.ndarray, "c h w"]) -> bool:
    """Whether each value is the same number in ``dtype``; back again too, where a comparison itself would round."""
    with np.errstate(all="ignore"):  # a value that does not fit shows in the comparison
        cast = pixels.astype(dtype)
        return np.array_equal(cast, pixels) and np.array_equal(cast.astype(pixels.dtype), pixels)


def canonical_digest(pixels: Num[np.ndarray, "c h w"], dtype: str) -> str:
    """sha256 of the smallest of the image's eight turned and mirrored copies: they all have the same.

    The smallest is the first by the bytes of its pixels, channel by channel and row by row, as ``dtype``.
    """
    return hashlib.sha256(smallest_copy(pixels, dtype)).hexdigest()


def smallest_copy(pixels: Num[np.ndarray, "c h w"], dtype: str) -> bytes:
    """The bytes of the smallest copy; only those whose first row is the smallest are made."""
    plain = np.ascontiguousarray(pixels, dtype)
    if plain.dtype.kind == "f":
        plain = plain + np.zeros((), dtype)  # turns -0 into 0, which equals it
    first = plain[0]
    edges = {False: (first[0], first[-1]), True: (first[:, 0], first[:, -1])}
    rows = {
        (turned, far, backwards): (edge[::-1] if backwards else edge).tobytes()
        for turned, pair in edges.items()
        for far, edge in enumerate(pair)
        for backwards in (False, True)
    }
    smallest = min(rows.values())
    return min(_copy(plain, *which).tobytes() for which, row in rows.items() if row == smallest)


def _copy(plain: Num[np.ndarray, "c h w"], turned: bool, far: int, backwards: bool) -> Num[np.ndarray, "c h w"]:
    """The copy whose first row is an edge: a row or column, the near or far one, as it is or backwards."""
    upright = plain.transpose(0, 2, 1) if turned else plain
    return upright[:, :: -1 if far else 1, :: -1 if backwards else 1]
