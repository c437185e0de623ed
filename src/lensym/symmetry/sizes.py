"""Which sizes keep the grid symmetric under a strided layer."""

from __future__ import annotations

from collections.abc import Sequence

from lensym.errors import SymmetryError


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
