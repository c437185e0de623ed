"""Confidence intervals of shares and AUC that never have zero width, and of differences of AUC.

Wilson's for a share, DeLong's on the logit scale for an AUC. Where a sample shows no variance at all (every pair
ranked right), DeLong's would claim certainty: `pairs_interval` takes its place. The difference of two scores that
rank all images alike is 0, and its interval has no width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.special import expit, logit, ndtri, stdtrit

from lensym.errors import InputError, UsageError, in_short, require_count
from lensym.evaluation.metrics import class_auc, ranks, require_matching

LEVEL = 0.95
"""Confidence level of every interval unless another is asked for."""

_FEWEST = 2
"""Images of a class."""


class Interval(NamedTuple):
    """Lower and upper end."""

    low: float
    high: float


def require_level(level: float) -> None:
    """Refuse a confidence level that no interval has, such as a percentage."""
    if not 0 < level < 1:
        raise UsageError("a confidence level between 0 and 1", in_short(level), "give for instance 0.95")


def wilson(successes: float, n: int, level: float = LEVEL) -> Interval:
    """Wilson's score interval of the share ``successes / n`` (Wilson 1927).

    >>> low, high = wilson(10.0, 10)
    >>> round(low, 3), high
    (0.722, 1.0)

    Raises
    ------
    UsageError
        If ``n`` is no whole number above 0, or the level not between 0 and 1.
    InputError
        If there are more successes than ``n``, or fewer than none.
    """
    require_level(level)
    n = require_count("n", n)
    if not 0 <= successes <= n:
        raise InputError(f"from 0 to {n} successes", in_short(successes), "count them again")
    z2 = float(ndtri((1 + level) / 2)) ** 2
    p = successes / n
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    return Interval(max(0.0, min(p, float(centre - half))), min(1.0, max(p, float(centre + half))))


def pairs_interval(auc: float, pairs: int, level: float = LEVEL) -> Interval:
    """Interval of an AUC as of the share of ``pairs`` independent pairs that were ranked right.

    The variance of an estimated AUC A is at most A (1 - A) / min(n_positive, n_negative) (Van Dantzig 1951), that of
    so many independent pairs, so this is the widest interval that any distribution calls for. With every pair right
    it ends near 1 - 3.84 / pairs, as the rule of three does near 1 - 3 / pairs.
    """
    return wilson(auc * pairs, pairs, level)


@dataclass(frozen=True)
class AucEstimate:
    """An AUC, or a mean of AUCs, with what its interval needs.

    Parameters
    ----------
    value
        The estimate, 0 to 1.
    variance
        Its variance by DeLong's method.
    freedom
        Effective degrees of freedom of that variance.
    pairs
        Images of the scarcer side, for a sample without variance.
    """

    value: float
    variance: float
    freedom: float
    pairs: int

    def interval(self, level: float = LEVEL) -> Interval:
        """Interval symmetric in log(A / (1 - A)), hence inside (0, 1); `pairs_interval` without variance."""
        require_level(level)
        if not (0 < self.value < 1 and self.variance > 0):
            return pairs_interval(self.value, self.pairs, level)
        quantile = float(stdtrit(self.freedom, (1 + level) / 2))
        half = quantile * np.sqrt(self.variance) / (self.value * (1 - self.value))
        return Interval(float(expit(logit(self.value) - half)), float(expit(logit(self.value) + half)))


class DeLong(NamedTuple):
    """AUC of each class against the rest, and their mean."""

    classes: tuple[AucEstimate, ...]
    macro: AucEstimate


def delong(scores: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> DeLong:
    """AUC of each class and macro AUC with their variance (DeLong, DeLong & Clarke-Pearson 1988).

    The classes' counts are taken as fixed, so the variance is that within each class; for two classes it is the
    published formula. Below some ten images of a class the intervals are too narrow.

    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat([0, 1], 100)
    >>> scores = rng.normal(size=200) + labels
    >>> low, high = delong(np.stack([-scores, scores], 1), labels).macro.interval()
    >>> low < 0.76 < high
    True

    Raises
    ------
    InputError
        If a class has fewer than two images: its variance could not be told.
    """
    require_matching(scores, labels)
    counts = np.bincount(labels, minlength=scores.shape[1])
    if counts.min() < _FEWEST:
        got = f"{counts.min()} of class number {counts.argmin()}"
        raise InputError(f"at least {_FEWEST} images of each class", got, "add images, or leave the class out")
    influence = auc_influence(scores, labels)
    values = class_auc(scores, labels)
    pairs = np.minimum(counts, counts.sum() - counts)
    classes = tuple(
        AucEstimate(float(values[k]), *_spread(influence[:, k], labels), int(pairs[k])) for k in range(scores.shape[1])
    )
    macro = AucEstimate(float(values.mean()), *_spread(influence.mean(1), labels), int(counts.min()))
    return DeLong(classes, macro)


class AucDifference(NamedTuple):
    """How much higher one macro AUC is than another of the same images, with its interval."""

    value: float
    interval: Interval


def auc_difference(
    scores: Float[np.ndarray, "n k"],
    others: Float[np.ndarray, "n k"],
    labels: Int[np.ndarray, " n"],
    level: float = LEVEL,
) -> AucDifference:
    """Macro AUC of ``scores`` less that of ``others``, both of the same images, hence compared image by image.

    The variance is that of the images' influence on the difference (DeLong, DeLong & Clarke-Pearson 1988). Where one
    of the two shows no variance, its own interval is joined to the other's as of independent samples (Newcombe 1998),
    so that a perfect ranking of few images is not taken for certain.
    """
    require_level(level)
    a, b = delong(scores, labels).macro, delong(others, labels).macro
    value = a.value - b.value
    if min(a.variance, b.variance) > 0:
        influence = auc_influence(scores, labels) - auc_influence(others, labels)
        variance, freedom = _spread(influence.mean(1), labels)
        half = float(stdtrit(freedom, (1 + level) / 2)) * math.sqrt(variance)
        return AucDifference(value, Interval(value - half, value + half))
    (a_low, a_high), (b_low, b_high) = a.interval(level), b.interval(level)
    below = math.hypot(a.value - a_low, b_high - b.value)
    above = math.hypot(a_high - a.value, b.value - b_low)
    return AucDifference(value, Interval(value - below, value + above))


def auc_influence(scores: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> Float[np.ndarray, "n k"]:
    """What each image adds to the error of each class's AUC, (N, K): DeLong's structural components, centred.

    The variance of an AUC is that of the sum of its column; of a mean or a difference of AUCs, that of the mean's or
    the difference's column.
    """
    influence = np.empty(scores.shape)
    for k, column in enumerate(scores.T):
        positive = labels == k
        n_positive, n_negative = positive.sum(), (~positive).sum()
        place = ranks(column)
        share_below = (place[positive] - ranks(column[positive])) / n_negative
        share_above = 1 - (place[~positive] - ranks(column[~positive])) / n_positive
        influence[positive, k] = (share_below - share_below.mean()) / n_positive
        influence[~positive, k] = (share_above - share_above.mean()) / n_negative
    return influence


def _spread(influence: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Variance of the sum of ``influence`` with every class's count fixed, and its degrees of freedom.

    Near AUC = 1 the variance rests on the few images that are ranked wrong and is itself uncertain: its own variance,
    (kurtosis - 1) / n of its square, sets the degrees of freedom (Welch 1947, Satterthwaite 1946).
    """
    variance = squared_error = 0.0
    for c in np.unique(labels):
        deviation = influence[labels == c] - influence[labels == c].mean()
        n, second = len(deviation), float((deviation**2).mean())
        if second > 0:
            part = n**2 / (n - 1) * second
            kurtosis = float((deviation**4).mean()) / second**2
            variance += part
            squared_error += part**2 * (kurtosis - 1) / n
    freedom = 2 * variance**2 / squared_error if squared_error > 0 else np.inf
    return variance, max(1.0, freedom)
