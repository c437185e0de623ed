"""Weighted least squares of a few numbers to the pixels of an image (Levenberg 1944, Marquardt 1963).

Each step takes the normal equations of the few numbers, which cost a tenth of the decompositions of all pixels that
scipy.optimize.least_squares, the twin of the tests, works with; and weights that follow the model, as the variance of
counts does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

Numbers = Float64[np.ndarray, " p"]

DECREASE = 1e-5
"""Of chi-square that must be left to gain, or the search ends: the numbers are right to a few thousandths of sigma."""

_STEPS = 60
_LEAST, _DAMPING, _LESS, _MORE, _MOST = 1e-9, 1e-2, 0.1, 8.0, 1e8
"""Marquardt's factor: the least and the first, its change after a good and a bad step, and where the search ends."""


@dataclass(frozen=True)
class Weighted:
    """A model at a point: ``mean`` and ``variance`` (N,) of the data, and the mean's ``slopes`` (P, N) there."""

    mean: Float64[np.ndarray, " n"]
    variance: Float64[np.ndarray, " n"]
    slopes: Float64[np.ndarray, "p n"]

    def chi_square(self, data: Float64[np.ndarray, " n"], variance: Float64[np.ndarray, " n"]) -> float:
        """Of the data, with a variance of this model or another."""
        return float(np.sum(np.square(data - self.mean) / variance))


def least_squares(
    model: Callable[[Numbers], Weighted],
    data: Float64[np.ndarray, " n"],
    start: Numbers,
    low: Numbers,
    high: Numbers,
    decrease: float = DECREASE,
    steps: int = _STEPS,
) -> tuple[Numbers, Weighted]:
    """The numbers between ``low`` and ``high`` that are nearest to the data, from ``start`` on downhill, and the model.

    It ends where less than ``decrease`` of chi-square is left to gain, or after so many steps.
    """
    best: Numbers = np.clip(start, low, high)
    damping, softest = _DAMPING, np.square(1 / (high - low))  # a number knows its range without any data
    here = model(best)
    for _ in range(steps):
        rms = np.sqrt(here.variance)
        scaled = here.slopes / rms
        curvature, downhill = scaled @ scaled.T, scaled @ ((data - here.mean) / rms)
        scale = np.maximum(np.diag(curvature), softest)
        chi_square = here.chi_square(data, here.variance)
        free = np.where(downhill < 0, best > low, best < high)
        if _promised(curvature, downhill, _LEAST * scale, free) < decrease:
            return best, here
        while damping < _MOST:
            step = _step(curvature, downhill, damping * scale, free, low - best, high - best)
            there = model(best + step)
            if there.chi_square(data, here.variance) < chi_square:
                break
            damping *= _MORE
        else:
            return best, here
        best, here, damping = best + step, there, max(damping * _LESS, _LEAST)
    return best, here


def _promised(
    curvature: Float64[np.ndarray, "p p"], downhill: Numbers, damping: Numbers, free: Bool[np.ndarray, " p"]
) -> float:
    """Decrease of chi-square at the lowest point of the parabola along the free numbers."""
    return float(downhill[free] @ _solved(curvature, downhill, damping, free))


def _step(
    curvature: Float64[np.ndarray, "p p"],
    downhill: Numbers,
    damping: Numbers,
    free: Bool[np.ndarray, " p"],
    low: Numbers,
    high: Numbers,
) -> Numbers:
    """A damped step of the free numbers; those that it would take over a bound stop there, the others are set anew."""
    free, step = free.copy(), np.zeros_like(downhill)
    while free.any():
        step[free] = _solved(curvature, downhill - curvature[:, ~free] @ step[~free], damping, free)
        over = free & ((step < low) | (step > high))
        step[over] = np.clip(step, low, high)[over]
        if not over.any():
            break
        free &= ~over
    return step


def _solved(
    curvature: Float64[np.ndarray, "p p"], downhill: Numbers, damping: Numbers, free: Bool[np.ndarray, " p"]
) -> Float64[np.ndarray, " f"]:
    """The damped normal equations of the free numbers."""
    damped = curvature[np.ix_(free, free)] + np.diag(damping[free] + np.finfo(np.float64).tiny)
    return np.asarray(np.linalg.solve(damped, downhill[free]))
