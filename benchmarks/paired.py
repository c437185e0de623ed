"""Whether one of two networks gets more of the same images wrong."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import binomtest


def mcnemar(wrong: Sequence[int], others: Sequence[int]) -> float:
    """Probability of so uneven a split of the images that one of two networks gets wrong, were they equally good.

    McNemar's test in its exact form: two-sided, binomial.

    >>> mcnemar([1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])
    0.03125
    """
    mine, theirs = len(set(wrong) - set(others)), len(set(others) - set(wrong))
    return float(binomtest(mine, mine + theirs).pvalue) if mine + theirs else 1.0
