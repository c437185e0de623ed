"""Resampling of an image onto another grid of pixels, written as one matrix an axis.

A row of the matrix holds the weights of the input pixels in one output pixel. Keys' cubic kernel interpolates; where
the output is coarser it is stretched to the output's pixel, so that nothing finer is left to alias. It keeps surface
brightness.

Pixels of one size are only displaced, exactly cut at a whole number of them. By a part of a pixel it is done with a
wide kernel, since a narrow one smooths the noise, down to two fifths of its variance at half a pixel: to a network, and
to a fit that knows the noise, that is another telescope.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from jaxtyping import Float64

_CUBIC, _WIDE = 2, 8
"""Half-widths of Keys' kernel and of Lanczos's, in their own units."""

_ROUNDING = 1e-9
"""Part of a field that is rounding alone."""


def reach_of(step: float, wide: bool = True) -> int:
    """Input pixels to either side that have a part in an output pixel."""
    return _WIDE if wide and step == 1 else math.ceil(_CUBIC * max(step, 1.0))


def covered_part(position: float, pixels: int, field: float) -> float:
    """Part of ``field`` pixels about a position that lies among 0 to ``pixels`` - 1."""
    first, last = max(position - field / 2, -0.5), min(position + field / 2, pixels - 0.5)
    whole = max(last - first, 0.0) / field
    return 1.0 if whole > 1 - _ROUNDING else whole


def cubic_kernel(distance: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """Keys' kernel (1981, eq. 15 with a = -1/2): 1 at 0, 0 at the other whole numbers, exact for quadratics.

    >>> cubic_kernel(np.array([0.0, -0.5, 1.0, 2.5])).tolist()
    [1.0, 0.5625, 0.0, 0.0]
    """
    d = np.abs(distance)
    near = (1.5 * d - 2.5) * d * d + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return np.where(d <= 1, near, np.where(d < _CUBIC, far, 0.0))


def lanczos_kernel(distance: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """Lanczos's kernel of half-width 8 (Duchon 1979): 1 at 0, 0 at the other whole numbers.

    >>> lanczos_kernel(np.array([0.0, 1.0, 9.5])).tolist()
    [1.0, 0.0, 0.0]
    """
    whole = distance == np.rint(distance)
    inside = np.abs(distance) < _WIDE
    return np.where(whole, distance == 0, np.where(inside, np.sinc(distance) * np.sinc(distance / _WIDE), 0.0))


@lru_cache(maxsize=64)  # cutouts come in thousands of one size
def sampling_matrix(
    inputs: int, outputs: int, center: float, step: float, wide: bool = True
) -> tuple[slice, Float64[np.ndarray, "outputs used"]]:
    """Input pixels that have a part in the output along one axis, and their weights in each output pixel.

    The ``outputs`` pixels lie ``step`` input pixels apart and symmetric about ``center``, an input pixel's number. A
    row sums to 1, or to less where the kernel reaches beyond the ``inputs`` pixels there are. Without ``wide``, pixels
    of one size are displaced with the cubic kernel too.
    """
    positions = center + (np.arange(outputs) - (outputs - 1) / 2) * step
    width, reach = max(step, 1.0), reach_of(step, wide)
    kernel = lanczos_kernel if wide and step == 1 else cubic_kernel
    near = np.floor(positions)[:, None] + np.arange(-reach, reach + 2)
    whole = kernel((positions[:, None] - near) / width).sum(axis=1, keepdims=True)
    first, last = max(int(near[0, 0]), 0), min(int(near[-1, -1]), inputs - 1)
    weights = kernel((positions[:, None] - np.arange(first, last + 1)) / width) / whole
    used = np.flatnonzero(weights.any(axis=0))
    weights = weights[:, used[0] : used[-1] + 1]
    weights.flags.writeable = False
    return slice(int(first + used[0]), int(first + used[-1] + 1)), weights


def resampled(
    pixels: Float64[np.ndarray, "c rows columns"],
    down: Float64[np.ndarray, "n rows"],
    across: Float64[np.ndarray, "n columns"],
) -> Float64[np.ndarray, "c n n"]:
    """Pixels on the grid to which two sampling matrices lead; themselves where that is their own."""
    if _is_identity(down) and _is_identity(across):
        return pixels.copy()
    on_grid: Float64[np.ndarray, "c n n"] = down @ pixels @ across.T
    return on_grid


def _is_identity(matrix: Float64[np.ndarray, "n m"]) -> bool:
    if matrix.shape[0] != matrix.shape[1]:
        return False
    return bool((matrix.diagonal() == 1).all() and np.count_nonzero(matrix) == len(matrix))
