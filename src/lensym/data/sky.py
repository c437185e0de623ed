"""The sky's level and noise in an image, from its border."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

_BORDER = 0.05
"""Width of the border, as a part of the image's shorter side."""

_SIGMA_PER_MAD = 1.4826
"""Standard deviation over median absolute deviation of Gaussian noise."""

_ONE_SIGMA = 0.8413
"""Part of Gaussian noise that lies below one standard deviation."""


Reduce = Callable[..., Any]
"""One of numpy's, over the finite pixels."""


@dataclass(frozen=True)
class Sky:
    """Median and robust standard deviation of the border, one a channel: (C, 1, 1).

    ``upper_noise`` is the standard deviation by what lies above the median, which counts cut at 0 still have.
    """

    level: Float64[np.ndarray, "c 1 1"]
    noise: Float64[np.ndarray, "c 1 1"]
    upper_noise: Float64[np.ndarray, "c 1 1"]

    @property
    def excess(self) -> Float64[np.ndarray, "c 1 1"]:
        """Level to subtract: 0 where it lies within the noise, as in sky-subtracted images and in counts cut at 0."""
        return np.where(np.abs(self.level) > self.noise, self.level, 0.0)


def border_sky(pixels: Float64[np.ndarray, "c h w"]) -> Sky:
    """Sky of an image from the finite pixels within 5 % of its sides' length from its border."""
    border = pixels[:, _border(*pixels.shape[1:])]
    if not np.isfinite(border).all():
        return _sky(np.where(np.isfinite(border), border, np.nan), np.nanmedian, np.nanquantile, np.nanstd)
    return _sky(border, np.median, np.quantile, np.std)  # several times as fast


def _sky(border: Float64[np.ndarray, "c n"], median: Reduce, quantile: Reduce, deviation: Reduce) -> Sky:
    level = median(border, axis=1, keepdims=True)
    noise = _SIGMA_PER_MAD * median(np.abs(border - level), axis=1, keepdims=True)
    upper = quantile(border, _ONE_SIGMA, axis=1, keepdims=True) - level
    if not (upper > 0).all():
        upper = np.where(upper > 0, upper, deviation(border, axis=1, keepdims=True))
    return Sky(level[..., None], noise[..., None], upper[..., None])


@lru_cache(maxsize=16)
def _border(height: int, width: int) -> Bool[np.ndarray, "h w"]:
    thick = max(1, round(_BORDER * min(height, width)))
    border = np.ones((height, width), bool)
    border[thick : height - thick, thick : width - thick] = False
    border.flags.writeable = False
    return border
