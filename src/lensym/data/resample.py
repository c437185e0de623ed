"""Resampling of an image onto another grid of pixels, written as one matrix an axis.

A row of the matrix holds the weights of the input pixels in one output pixel. Keys' cubic kernel interpolates; where
the output is coarser it is stretched to the output's pixel, so that nothing finer is left to alias. It keeps surface
brightness, and at a whole number of pixels it is exactly a crop.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float64

REACH = 2
"""Half-width of Keys' kernel in its own units."""


def cubic_kernel(distance: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """Keys' kernel (1981, eq. 15 with a = -1/2): 1 at 0, 0 at the other whole numbers, exact for quadratics.

    >>> cubic_kernel(np.array([0.0, -0.5, 1.0, 2.5])).tolist()
    [1.0, 0.5625, 0.0, 0.0]
    """
    d = np.abs(distance)
    near = (1.5 * d - 2.5) * d * d + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return np.where(d <= 1, near, np.where(d < REACH, far, 0.0))


@lru_cache(maxsize=64)  # cutouts come in thousands of one size
def sampling_matrix(
    inputs: int, outputs: int, center: float, step: float
) -> tuple[slice, Float64[np.ndarray, "outputs used"]]:
    """Input pixels that have a part in the output along one axis, and their weights in each output pixel.

    The ``outputs`` pixels lie ``step`` input pixels apart and symmetric about ``center``, an input pixel's number. A
    row sums to 1, or to less where the kernel reaches beyond the ``inputs`` pixels there are.
    """
    positions = center + (np.arange(outputs) - (outputs - 1) / 2) * step
    width = max(step, 1.0)
    reach = int(np.ceil(REACH * width))
    near = np.floor(positions)[:, None] + np.arange(-reach, reach + 2)
    whole = cubic_kernel((positions[:, None] - near) / width).sum(axis=1, keepdims=True)
    first, last = max(int(near[0, 0]), 0), min(int(near[-1, -1]), inputs - 1)
    weights = cubic_kernel((positions[:, None] - np.arange(first, last + 1)) / width) / whole
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
