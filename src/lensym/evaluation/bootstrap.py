"""The bootstrap within classes, for anything that follows from "how often was each image drawn"."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from lensym.errors import require_count
from lensym.evaluation.intervals import LEVEL, Interval, require_level

RESAMPLES = 1000
_CHUNK = 100

Statistic = Callable[[Int[np.ndarray, "r n"]], Float[np.ndarray, " r"]]
"""From how often each of n images was drawn in each of r resamples to the statistic's r values."""


def bootstrap(
    labels: Int[np.ndarray, " n"], statistic: Statistic, resamples: int = RESAMPLES, seed: int = 0
) -> Float[np.ndarray, " r"]:
    """Values of the statistic on resamples drawn with replacement within each class.

    >>> right = np.arange(100) % 4 > 0
    >>> draws = bootstrap(np.repeat([0, 1], 50), mean_statistic(right), resamples=200)
    >>> low, high = percentile_interval(draws, Interval(0, 1))
    >>> low < 0.75 < high
    True
    """
    rng = np.random.default_rng(require_count("seed", seed, least=0))
    resamples = require_count("resamples", resamples)
    sizes = [min(_CHUNK, resamples - start) for start in range(0, resamples, _CHUNK)]
    return np.concatenate([statistic(_draw_counts(rng, labels, size)) for size in sizes])


def percentile_interval(draws: Float[np.ndarray, " r"], without_spread: Interval, level: float = LEVEL) -> Interval:
    """Central interval that holds the share ``level`` of the draws.

    Where all draws agree they would claim certainty: ``without_spread`` is the answer then.
    """
    require_level(level)
    if draws.min() == draws.max():
        return without_spread
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def mean_statistic(values: Real[np.ndarray, " n"] | Bool[np.ndarray, " n"]) -> Statistic:
    """Mean of a figure that each image has by itself, such as right or wrong, (N,)."""
    return lambda counts: counts @ values / len(values)


def macro_auc_statistic(scores: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> Statistic:
    """Macro AUC of resamples that keep every class's count; the scores are sorted once, here."""
    classes = [_auc_statistic(scores[:, k], labels == k) for k in range(scores.shape[1])]
    return lambda counts: np.mean([statistic(counts) for statistic in classes], axis=0)


def _auc_statistic(scores: np.ndarray, positive: np.ndarray) -> Statistic:
    order = np.argsort(scores, kind="stable")
    is_negative = ~positive[order]
    positives = order[~is_negative]
    below = np.searchsorted(scores[order], scores[positives], side="left")
    not_above = np.searchsorted(scores[order], scores[positives], side="right")
    pairs = len(positives) * (len(scores) - len(positives))

    def statistic(counts: Int[np.ndarray, "r n"]) -> Float[np.ndarray, " r"]:
        negatives = np.zeros((len(counts), len(scores) + 1), np.int64)
        np.cumsum(counts[:, order] * is_negative, axis=1, out=negatives[:, 1:])
        beaten_twice = negatives[:, below] + negatives[:, not_above]
        wins: Float[np.ndarray, " r"] = (counts[:, positives] * beaten_twice).sum(1) / (2 * pairs)
        return wins

    return statistic


def _draw_counts(rng: np.random.Generator, labels: np.ndarray, resamples: int) -> np.ndarray:
    counts = np.zeros((resamples, len(labels)), np.int64)
    for c in np.unique(labels):
        members = np.flatnonzero(labels == c)
        n = len(members)
        cells = rng.integers(0, n, (resamples, n)) + n * np.arange(resamples)[:, None]
        counts[:, members] = np.bincount(cells.ravel(), minlength=resamples * n).reshape(resamples, n)
    return counts
