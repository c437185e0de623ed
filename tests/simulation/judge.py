"""Whether what was drawn is what is expected: probabilities, and Holm's correction over all of them."""

import math

import numpy as np
from scipy import stats

from .expected import RANK


def p_value(values, expected, factor=1.0):
    """Probability of values that differ as much as these, times ``factor``, from what is expected."""
    if isinstance(expected, float | int):
        return float(np.allclose(values * factor, expected, rtol=1e-5, atol=1e-9))
    if expected is RANK:
        count, mean = values[0], values[1] / factor
        share = np.random.default_rng(0).random(len(count))
        rank = stats.poisson.cdf(count - 1, mean) + share * stats.poisson.pmf(count, mean)
        return stats.kstest(rank, expected.cdf, method="asymp").pvalue
    if is_a("poisson", expected):
        return p_of_counts(values, stats.poisson(expected.mean() / factor))
    center = expected.mean() if is_a("norm", expected) else 0.0
    return p_of_numbers(center + factor * (values - center), expected)


def is_a(name, expected):
    return getattr(getattr(expected, "dist", None), "name", None) == name


def p_of_counts(counts, expected):
    """By chi-squared and by the sum, two tests in one."""
    number = np.arange(counts.max() + 1)
    found, wanted = np.bincount(counts), len(counts) * expected.pmf(number)
    rare = wanted < 5
    tail = len(counts) - wanted[~rare].sum()
    shape = stats.chisquare([*found[~rare], found[rare].sum()], [*wanted[~rare], tail]).pvalue
    total = len(counts) * expected.mean()
    return min(1.0, 2 * min(shape, 2 * stats.norm.sf(abs(counts.sum() - total) / math.sqrt(total))))


def p_of_numbers(values, expected):
    """By Kolmogorov and Smirnov, by the smallest and the largest, for a normal distribution by the spread."""
    low, high = expected.support()
    if values.min() < low - 1e-9 * abs(low) or values.max() > high + 1e-9 * abs(high):
        return 0.0
    cdf, n = expected.cdf(values), len(values)
    tests = [stats.kstest(values, expected.cdf, method="asymp").pvalue, cdf.max() ** n, (1 - cdf.min()) ** n]
    if is_a("norm", expected):
        below = stats.chi2.cdf((((values - expected.mean()) / expected.std()) ** 2).sum(), n)
        tests.append(2 * min(below, 1 - below))
    return min(1.0, len(tests) * min(tests))


def planted(expected, count):
    """An error that must show: 3 %, or what is six standard errors of the mean of counts or of a normal spread."""
    if expected is RANK:
        return 1.1
    if is_a("norm", expected):
        return 1 + 6 / math.sqrt(2 * count)
    return max(1.03, 1 + 6 / math.sqrt(count * expected.mean())) if is_a("poisson", expected) else 1.03


def refused(p_values, level=0.01):
    """Whether each hypothesis falls, all together tested at this level (Holm 1979)."""
    p_values = np.asarray(p_values)
    order = np.argsort(p_values)
    falls = np.cumprod(p_values[order] < level / (len(p_values) - np.arange(len(p_values))))
    out = np.zeros(len(p_values), bool)
    out[order] = falls.astype(bool)
    return out
