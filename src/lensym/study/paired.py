"""Whether one network is better than another on the same test images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from lensym.evaluation.intervals import LEVEL, Interval, auc_difference
from lensym.evaluation.predictions import Predictions


def mcnemar(wrong: Sequence[int], others: Sequence[int]) -> float:
    """Probability of so uneven a split of the images that one of two networks gets wrong, were they equally good.

    McNemar's test in its exact form: two-sided, binomial.

    >>> mcnemar([1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])
    0.03125
    """
    mine, theirs = len(set(wrong) - set(others)), len(set(others) - set(wrong))
    return float(binomtest(mine, mine + theirs).pvalue) if mine + theirs else 1.0


@dataclass(frozen=True)
class Comparison:
    """A network against another, both trained from the same seeds and asked about the same images.

    Parameters
    ----------
    differences
        Of the macro AUC, one for each seed; above 0 where the first is better.
    intervals
        Their 95 % intervals (paired DeLong): for other test images, not for another training.
    only_right, only_wrong
        Images that the first alone gets right, and wrong, for each seed.
    p_values
        McNemar's, for each seed.
    better
        1 or -1 where the interval of every seed leaves out 0 on the same side at the level that allows for
        ``comparisons`` tests in all (Bonferroni); 0 where that is not decided.
    """

    seeds: tuple[int, ...]
    differences: tuple[float, ...]
    intervals: tuple[Interval, ...]
    only_right: tuple[int, ...]
    only_wrong: tuple[int, ...]
    p_values: tuple[float, ...]
    better: int

    @property
    def difference(self) -> float:
        """Mean over the seeds."""
        return float(np.mean(self.differences))


def compare(first: Mapping[int, Predictions], other: Mapping[int, Predictions], comparisons: int = 1) -> Comparison:
    """Compare the answers of two networks, by seed, as one of ``comparisons`` comparisons; see `Comparison`."""
    seeds = tuple(seed for seed in first if seed in other)
    pairs = [(first[seed], other[seed]) for seed in seeds]
    wrong = [(np.flatnonzero(~a.correct).tolist(), np.flatnonzero(~b.correct).tolist()) for a, b in pairs]
    found = [auc_difference(a.probabilities, b.probabilities, a.labels) for a, b in pairs]
    strict = 1 - (1 - LEVEL) / comparisons
    signs = {_sign(auc_difference(a.probabilities, b.probabilities, a.labels, strict).interval) for a, b in pairs}
    return Comparison(
        seeds,
        tuple(difference.value for difference in found),
        tuple(difference.interval for difference in found),
        tuple(len(set(theirs) - set(mine)) for mine, theirs in wrong),
        tuple(len(set(mine) - set(theirs)) for mine, theirs in wrong),
        tuple(mcnemar(mine, theirs) for mine, theirs in wrong),
        signs.pop() if len(signs) == 1 else 0,
    )


def _sign(interval: Interval) -> int:
    """The side of 0 on which an interval lies whole; 0 if it holds 0."""
    return (interval.low > 0) - (interval.high < 0)
