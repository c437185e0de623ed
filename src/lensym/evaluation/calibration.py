"""Do the probabilities mean what they say? Reliability, calibration error, temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from lensym.evaluation.intervals import Interval, wilson

BINS = 15
TEMPERATURE_RANGE = (0.05, 20.0)
"""Temperatures outside are not fitted: validation images without an error would ask for 0."""


@dataclass(frozen=True)
class ReliabilityBin:
    """Images of like confidence: how sure the model was, and how often it was right."""

    count: int
    confidence: float
    accuracy: float
    interval: Interval
    """Wilson's interval of the accuracy."""


def reliability_curve(
    probabilities: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"], bins: int = BINS
) -> list[ReliabilityBin]:
    """Bins of equal mass in the confidence (the largest probability), least confident first.

    Equal confidences stay in one bin, so there are fewer bins where many images share one.
    """
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    starts = np.arange(1, bins) * len(confidence) // bins
    index = np.searchsorted(np.unique(np.sort(confidence)[starts]), confidence, side="right")
    groups = (index == b for b in np.unique(index))
    return [_reliability_bin(confidence[group], right[group]) for group in groups]


def _reliability_bin(confidence: np.ndarray, right: np.ndarray) -> ReliabilityBin:
    n, hits = len(right), float(right.sum())
    return ReliabilityBin(n, float(confidence.mean()), hits / n, wilson(hits, n))


def expected_calibration_error(curve: list[ReliabilityBin]) -> float:
    """ECE: mean distance between confidence and accuracy over the bins, each weighing as many images as it holds.

    >>> sure = reliability_curve(np.array([[0.9, 0.1]] * 10), np.repeat([0, 1], [6, 4]))
    >>> round(expected_calibration_error(sure), 3)
    0.3
    """
    weights = [b.count for b in curve]
    return float(np.average([abs(b.confidence - b.accuracy) for b in curve], weights=weights))


def fit_temperature(logits: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> float:
    """Temperature T for which softmax(logits / T) has the least cross-entropy (Guo et al. 2017).

    Fit it on validation images only. The cross-entropy is convex in 1 / T, so the minimum within
    `TEMPERATURE_RANGE` is the only one.
    """
    logits = logits.astype(np.float64)

    def cross_entropy(log_temperature: float) -> float:
        log_p = log_softmax(logits / np.exp(log_temperature), axis=1)
        return float(-log_p[np.arange(len(labels)), labels].mean())

    bounds = tuple(np.log(TEMPERATURE_RANGE))
    fit = minimize_scalar(cross_entropy, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(fit.x))
