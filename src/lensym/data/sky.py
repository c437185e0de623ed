"""The sky's level and noise in an image, from its border."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float64, Int

_BORDER = 0.05
"""Width of the border, as a part of the image's shorter side."""

_SIGMA_PER_MAD = 1.4826
"""Standard deviation over median absolute deviation of Gaussian noise."""

_ONE_SIGMA = 0.8413
"""Part of Gaussian noise that lies below one standard deviation."""


Quantiles = Callable[[Any, tuple[float, ...]], Any]
"""Of the finite pixels of each channel, one a part."""


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
    border = pixels.reshape(len(pixels), -1).take(_border(*pixels.shape[1:]), axis=1)
    if np.isfinite(border).all():
        return _sky(border, _quantiles)  # many times as fast
    return _sky(np.where(np.isfinite(border), border, np.nan), _finite_quantiles)


def _sky(border: Float64[np.ndarray, "c n"], quantiles: Quantiles) -> Sky:
    level, above = quantiles(border, (0.5, _ONE_SIGMA))
    noise = _SIGMA_PER_MAD * quantiles(np.abs(border - level), (0.5,))[0]
    upper = above - level
    if not (upper > 0).all():
        upper = np.where(upper > 0, upper, np.nanstd(border, axis=1, keepdims=True))
    return Sky(level[..., None], noise[..., None], upper[..., None])


def _finite_quantiles(values: Float64[np.ndarray, "c n"], parts: tuple[float, ...]) -> Float64[np.ndarray, "parts c 1"]:
    return np.asarray(np.nanquantile(values, parts, axis=1, keepdims=True))


def _quantiles(values: Float64[np.ndarray, "c n"], parts: tuple[float, ...]) -> Float64[np.ndarray, "parts c 1"]:
    """As `_finite_quantiles`, of finite values, which are sorted once and no further than needed."""
    last = values.shape[1] - 1
    places = [part * last for part in parts]
    low = [int(place) for place in places]
    high = [min(place + 1, last) for place in low]
    ordered = np.partition(values, sorted({*low, *high}), axis=1)
    below, above = (ordered[:, index].T[..., None] for index in (low, high))
    return np.asarray(below + (above - below) * np.subtract(places, low)[:, None, None])


@lru_cache(maxsize=16)
def _border(height: int, width: int) -> Int[np.ndarray, " n"]:
    """Numbers of the border's pixels, counted along the rows."""
    thick = max(1, round(_BORDER * min(height, width)))
    border = np.ones((height, width), bool)
    border[thick : height - thick, thick : width - thick] = False
    found = np.flatnonzero(border)
    found.flags.writeable = False
    return found
