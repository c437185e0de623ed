"""Bilinear interpolation at fixed points, which points that mirror each other go through alike."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int64

LATTICE = 65536
"""Positions are rounded to 1/65536 px: points that mirror each other then round alike, in float32 too."""


def bilinear_points(
    size: int, x: Float[np.ndarray, "*points"], y: Float[np.ndarray, "*points"]
) -> tuple[Int64[np.ndarray, " i"], Float[np.ndarray, "4 p"]]:
    """The four pixels around each point of a square image, and their weights.

    Parameters
    ----------
    size
        Pixels a side.
    x, y
        Column and row from the centre of the image, in pixels. Points outside take the nearest pixels' values.

    Returns
    -------
    index, weight
        Numbers of pixels, (4 * points,), and weights, (4, points).
    """
    half = (size - 1) / 2
    column, row = (half + np.rint(v.reshape(-1) * LATTICE) / LATTICE for v in (x, y))
    x0, y0 = (np.clip(np.floor(v), 0, size - 2).astype(np.int64) for v in (column, row))
    fx, fy = np.clip(column - x0, 0, 1), np.clip(row - y0, 0, 1)
    index = np.stack([y0 * size + x0, y0 * size + x0 + 1, (y0 + 1) * size + x0, (y0 + 1) * size + x0 + 1])
    weight = np.stack([(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy])
    return index.reshape(-1), weight
