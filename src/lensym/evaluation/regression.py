"""Numbers and axes that a network estimates: their errors, how wide they say they are, and whether that holds.

The network gives a Gaussian in units of the training images' spread. Its variance is scaled by one factor, and the
intervals are conformal (Papadopoulos et al. 2002; Lei et al. 2018, arXiv:1604.04173, section 5.2): the estimate plus
and minus a quantile of the validation images' error in units of their standard deviation. Whatever the network, such an
interval holds the stated share of images that are drawn as the validation images were.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from lensym.evaluation.bootstrap import bootstrap, mean_statistic, percentile_interval
from lensym.evaluation.intervals import Interval, wilson

LEVELS = (0.68, 0.9, 0.95)
"""Of the intervals."""
LEVEL = 0.9
"""Of the one that is shown."""
LOG_VARIANCE = 12.0
"""Largest size of the logarithm of a variance that is believed."""
_WIDEST = 180 / math.sqrt(12)
"""Degrees: standard deviation of an axis of which nothing is known."""
_LEAST_SIGMA = 1e-12


@dataclass(frozen=True)
class Answer:
    """How outputs of a network become estimates, as a model's config.json keeps it.

    Parameters
    ----------
    column
        What is estimated.
    axis
        Whether it is an angle in degrees modulo 180.
    mean, scale
        Zero and unit of the outputs.
    short_from
        Least log10 of the axion's mass whose vortex is shorter than a pixel of the training images, or None.
    variance
        Factor on the variance.
    quantiles
        For each level of `LEVELS` the half-width of the interval in standard deviations.
    calibrated_on
        Number of validation images behind the last two.
    """

    column: str
    axis: bool
    mean: float = 0.0
    scale: float = 1.0
    short_from: float | None = None
    variance: float = 1.0
    quantiles: Mapping[str, float] | None = None
    calibrated_on: int = 0


@dataclass(frozen=True)
class Estimates:
    """Estimates (N,), their standard deviations (N,), and the half-widths of their intervals (N,) by level."""

    value: Float[np.ndarray, " n"]
    sigma: Float[np.ndarray, " n"]
    half_width: Mapping[float, Float[np.ndarray, " n"]]


def estimates_of(outputs: Float[np.ndarray, "n k"], answer: Answer) -> Estimates:
    """What outputs (N, 2), mean and log variance, or (N, 3), of an axis, say in the column's unit.

    >>> flat = Answer("vortex_angle", True, quantiles={"0.9": 2.0})
    >>> said = estimates_of(np.array([[0.0, 1.0, -6.0]]), flat)
    >>> said.value, said.half_width[0.9].round(2)
    (array([45.]), array([2.85]))
    """
    sigma = np.exp(np.clip(outputs[:, -1], -LOG_VARIANCE, LOG_VARIANCE) / 2) * math.sqrt(answer.variance)
    if answer.axis:
        x, y = outputs[:, 0], outputs[:, 1]
        value = np.rad2deg(np.arctan2(y, x)) / 2 % 180
        sigma = np.minimum(np.rad2deg(sigma / np.maximum(np.hypot(x, y), _LEAST_SIGMA)) / 2, _WIDEST)
    else:
        value, sigma = answer.mean + answer.scale * outputs[:, 0], answer.scale * sigma
    most = 90.0 if answer.axis else math.inf
    widths = {float(level): np.minimum(q * sigma, most) for level, q in (answer.quantiles or {}).items()}
    return Estimates(value, sigma, widths)


def errors(value: Float[np.ndarray, " n"], truth: Float[np.ndarray, " n"], axis: bool) -> Float[np.ndarray, " n"]:
    """Estimate less truth, (N,); of axes between -90 and 90 degrees.

    >>> errors(np.array([179.0]), np.array([2.0]), axis=True)
    array([-3.])
    """
    difference = value - truth
    return np.asarray((difference + 90) % 180 - 90 if axis else difference)


def conformal_quantiles(scores: Float[np.ndarray, " n"], levels: Sequence[float] = LEVELS) -> dict[str, float]:
    """For each level the score that so many images stay below: the ceil((n + 1) level)-th of n.

    With too few images for a level (less than 19 for 0.95) it is the largest, and the interval promises less.

    >>> conformal_quantiles(np.arange(1.0, 20.0), [0.9, 0.95])
    {'0.9': 18.0, '0.95': 19.0}
    """
    ranked = np.sort(scores)
    return {f"{level:g}": float(ranked[min(math.ceil((len(ranked) + 1) * level), len(ranked)) - 1]) for level in levels}


def fit_answer(outputs: Float[np.ndarray, "n k"], truth: Float[np.ndarray, " n"], answer: Answer) -> Answer:
    """The answer with its variance and its intervals calibrated on validation images."""
    facts = {key: getattr(answer, key) for key in ("column", "axis", "mean", "scale", "short_from")}
    said = estimates_of(outputs, Answer(**facts))
    scores = np.abs(errors(said.value, truth, answer.axis)) / np.maximum(said.sigma, _LEAST_SIGMA)
    variance = max(float(np.mean(scores**2)), _LEAST_SIGMA)
    said = estimates_of(outputs, Answer(**facts, variance=variance))  # an axis's is not wider than all angles
    scores = np.abs(errors(said.value, truth, answer.axis)) / np.maximum(said.sigma, _LEAST_SIGMA)
    return Answer(**facts, variance=variance, quantiles=conformal_quantiles(scores), calibrated_on=len(truth))


def assess_estimates(
    said: Estimates,
    truth: Float[np.ndarray, " n"],
    answer: Answer,
    guess: Float[np.ndarray, " n"],
    short: NDArray[np.bool_] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Figures of estimates of N images, ready for JSON.

    Parameters
    ----------
    guess
        What to say without a look at the image: the training images' mean, or for an axis any angle.
    short
        Images whose vortex is shorter than a pixel; their figures are given apart.
    seed
        Of the bootstrap.

    Returns
    -------
    mae, rmse, bias, r2, mae_ci; coverage, coverage_ci and width by level; guess with its mae and the difference; and by
    whether the vortex is shorter than a pixel n and mae of both.
    """
    error = errors(said.value, truth, answer.axis)
    guessed = np.abs(errors(guess, truth, answer.axis))
    size = np.abs(error)
    figures: dict[str, Any] = {
        "mae": float(size.mean()),
        "mae_ci": _interval(size, seed),
        "median_error": float(np.median(size)),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "bias": float(error.mean()),
        "guess": {
            "mae": float(guessed.mean()),
            "mae_ci": _interval(guessed, seed),
            "difference": float((guessed - size).mean()),
            "difference_ci": _interval(guessed - size, seed),
        },
        "coverage": {},
        "coverage_ci": {},
        "width": {},
    }
    if not answer.axis:
        figures["r2"] = 1 - float(np.mean(error**2)) / max(float(truth.var()), _LEAST_SIGMA)
    for level, half in said.half_width.items():
        inside = int((size <= half).sum())
        figures["coverage"][f"{level:g}"] = inside / len(size)
        figures["coverage_ci"][f"{level:g}"] = list(wilson(inside, len(size)))
        figures["width"][f"{level:g}"] = float(2 * half.mean())
    if short is not None:
        figures["shorter_than_a_pixel"] = {
            name: {"n": int(part.sum()), "mae": float(size[part].mean()), "guess_mae": float(guessed[part].mean())}
            if part.any()
            else {"n": 0}
            for name, part in (("yes", short), ("no", ~short))
        }
    return figures


def _interval(values: Float[np.ndarray, " n"], seed: int) -> list[float]:
    draws = bootstrap(np.zeros(len(values), np.int64), mean_statistic(values), seed=seed)
    mean = float(values.mean())
    return list(percentile_interval(draws, Interval(mean, mean)))
