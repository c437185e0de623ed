"""Which sizes keep the grid symmetric under a strided layer."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from lensym.errors import SymmetryError


def require_whole(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number, or too small a one.

    >>> require_whole("stride", 0, 1)
    Traceback (most recent call last):
        ...
    lensym.errors.SymmetryError: stride as a whole number, 1 or more; got 0; give for instance 1
    """
    if not isinstance(value, Integral) or value < least:
        raise SymmetryError(f"{name} as a whole number, {least} or more", repr(value), f"give for instance {least}")


def require_window(kernel_size: int, stride: int, padding: int) -> None:
    """Refuse a window that could not slide over a map."""
    for name, value, least in (("kernel_size", kernel_size, 1), ("stride", stride, 1), ("padding", padding, 0)):
        require_whole(name, value, least)


def check_sizes(sizes: Sequence[int], kernel: int, stride: int, padding: int) -> None:
    """Refuse heights or widths at which a strided window would not stay symmetric about the centre.

    The windows cover the padded axis evenly only if size + 2 padding - kernel is a non-negative multiple of the
    stride; otherwise pixels are left out at the right and the bottom alone, which no flip or rotation does.

    >>> check_sizes((16, 15), kernel=3, stride=2, padding=1)
    Traceback (most recent call last):
        ...
    lensym.errors.SymmetryError: sizes with (size + 2 x 1 - 3) divisible by the stride 2; got 16; use 15 or 17
    """
    for size in sizes:
        excess = size + 2 * padding - kernel
        if excess < 0 or excess % stride:
            raise SymmetryError(
                f"sizes with (size + 2 x {padding} - {kernel}) divisible by the stride {stride}",
                str(size),
                f"use {_nearest(size, excess, stride)}",
            )


def _nearest(size: int, excess: int, stride: int) -> str:
    """The next sizes that work, below (if there is one) and above."""
    if excess < 0:
        return f"{size - excess} or more" if stride == 1 else f"{size - excess} or {size - excess + stride}"
    below = size - excess % stride
    return f"{below} or {below + stride}" if below > 0 else str(below + stride)
