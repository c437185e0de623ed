"""Numbers in a file without a header, as ``numpy.memmap`` leaves them: the size says what the file does not."""

from __future__ import annotations

import math
from collections.abc import Iterable

from lensym.errors import InputError

RAW_IMAGE, RAW_NUMBER = "<i2", "<f4"
"""Kinds of the numbers: of images, and of masses beside them."""

_PIXEL = 2
"""Bytes of a pixel."""


def shapes_of_raw(files: Iterable[tuple[str, int, int | None]]) -> dict[str, tuple[int, int, int]]:
    """(images, side, side) of files given by name, bytes and number of images, which is None where nothing says it.

    >>> shapes_of_raw([("axion.dat", 2 * 5 * 64**2, 5), ("cdm.dat", 2 * 3 * 64**2, None)])
    {'axion.dat': (5, 64, 64), 'cdm.dat': (3, 64, 64)}

    Raises
    ------
    InputError
        If the sizes are not those of square int16 images, or nothing says how many there are.
    """
    files = list(files)
    sides = {_side(file, size, count) for file, size, count in files if count}
    if files and len(sides) != 1:
        raise InputError(
            "one size of the images in files without a header",
            f"{len(sides)} for '{files[0][0]}'",
            "put a file of float32 masses beside it, axion_mass.dat, or save the images with np.save",
        )
    return {file: _shape(file, size, next(iter(sides))) for file, size, _ in files}


def _side(file: str, size: int, count: int) -> int:
    side = math.isqrt(size // (_PIXEL * count))
    if _PIXEL * count * side**2 != size:
        raise _odd(file, size, f"{count} square ones")
    return side


def _shape(file: str, size: int, side: int) -> tuple[int, int, int]:
    count = size // (_PIXEL * side**2)
    if _PIXEL * count * side**2 != size:
        raise _odd(file, size, f"such of {side} x {side} pixels")
    return count, side, side


def _odd(file: str, size: int, what: str) -> InputError:
    got = f"'{file}' with {size} bytes, which are not {what}"
    return InputError("int16 images in a file without a header", got, "save them with np.save")
