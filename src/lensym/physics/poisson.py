"""Poisson numbers of a block of pixels, each from two random words and its own rate.

Below TABLE_RATES a number is the sum of two, as the sum of Poisson numbers is one of the summed rate: an alias table
gives the one of the rate's whole part, inversion the one of the rest. Above, a normal number is turned into a Poisson
number by the expansion of the quantile. No value of a number's distribution function is wrong by more than 1e-6: by
1e-9 for the tables, 5e-7 for the rest, which is of single precision, and 1e-7 for the expansion.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import no_type_check

import numba
import numpy as np
from numpy.typing import NDArray

from lensym.physics.compiled import kernel
from lensym.physics.fastmath import cos_turn, log_unit, unit_interval
from lensym.physics.fastmath_single import F, exp_single, unit_single

TABLE_RATES = 256
"""Rates below this one come from the alias tables of their whole part."""
_COLUMNS = 256
_LEFT = -1000.0
"""Stands for a number that the vectorised loops leave to another, also after the whole part's number was added."""
_MANY = 16
"""From so many high rates in a block on, a loop over all of it is the faster."""


@lru_cache(maxsize=1)
def poisson_alias_table() -> NDArray[np.uint32]:
    """Alias tables (TABLE_RATES, 256) of the Poisson distributions with rates 0, 1, 2, ...

    An entry holds a 24-bit threshold in its upper bits and the alias in the lower eight (Walker 1977; Vose 1991 for
    the construction). Column ``c`` of rate ``r`` stands for the number ``c + max(r - 128, 0)``: eight standard
    deviations to either side. Rounding to 24 bits moves a probability by less than 1e-9.
    """
    return np.stack([_alias_row(_poisson_probabilities(rate)) for rate in range(TABLE_RATES)])


def _poisson_probabilities(rate: int) -> NDArray[np.float64]:
    """Probabilities of a row's numbers, without scipy.stats, whose import would take a second of every process."""
    numbers = np.arange(_COLUMNS) + max(rate - _COLUMNS // 2, 0)
    log_factorial = np.cumsum(np.log(np.maximum(np.arange(numbers[-1] + 1), 1)))[numbers]
    return np.asarray(np.exp(numbers * math.log(rate) - rate - log_factorial) if rate else np.eye(1, _COLUMNS)[0])


def _alias_row(probability: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Alias table of one distribution over the columns."""
    scaled = (probability / probability.sum() * _COLUMNS).tolist()
    threshold, alias = np.full(_COLUMNS, 1.0), np.arange(_COLUMNS)
    small = [k for k, p in enumerate(scaled) if p < 1]
    large = [k for k, p in enumerate(scaled) if p >= 1]
    while small and large:
        low, high = small.pop(), large[-1]
        threshold[low], alias[low] = scaled[low], high
        scaled[high] -= 1 - scaled[low]
        if scaled[high] < 1:
            small.append(large.pop())
    fixed = np.minimum(np.rint(threshold * 2**24), 2**24 - 1).astype(np.uint32)
    return np.asarray((fixed << np.uint32(8)) | alias.astype(np.uint32))


@no_type_check
@kernel
def poisson_of_rests(rate, words, out):
    """Poisson quantiles at ``words`` (n,) for the fractional parts of ``rate`` (n,): fills ``out`` (n,) float32.

    _LEFT where the quantile is above four or the rate too high for the tables.
    """
    for j in range(rate.shape[0]):
        u = unit_single(words[j])
        rest = rate[j] - F(np.int32(rate[j]))
        probability = exp_single(-rest)
        total = probability
        number = F(1) if u > total else F(0)
        probability *= rest
        total += probability
        number += F(1) if u > total else F(0)
        probability *= rest * F(1 / 2)
        total += probability
        number += F(1) if u > total else F(0)
        probability *= rest * F(1 / 3)
        total += probability
        number += F(1) if u > total else F(0)
        probability *= rest * F(1 / 4)
        total += probability
        easy = (u <= total) & (rate[j] < F(TABLE_RATES))  # `and` would be a branch, which does not vectorise
        out[j] = number if easy else F(_LEFT)


@no_type_check
@kernel
def poisson_by_inversion(rate, word):
    """Poisson quantile at a word, by adding up probabilities: for rates below about one."""
    u = unit_interval(word)
    probability = math.exp(-rate)
    total = probability
    k = 0
    while u > total and probability > 1e-20:
        k += 1
        probability *= rate / k
        total += probability
    return k


@no_type_check
@numba.njit(inline="always")
def _row(rate):
    return np.int32(rate if rate < F(TABLE_RATES) else F(0))


@no_type_check
@kernel
def add_poisson_of_wholes(rate, words, table, work, out):
    """Add Poisson numbers for the whole parts of the rates below TABLE_RATES to ``out`` (n,); ``work`` (n,) is uint32.

    Three loops, of which all but the look-up in the middle vectorise, as everything is of 32 bits.
    """
    entries = table.reshape(table.size)
    for j in range(rate.shape[0]):
        work[j] = np.uint32(_row(rate[j]) * np.int32(_COLUMNS)) | np.uint32(words[j] & np.uint32(_COLUMNS - 1))
    for j in range(rate.shape[0]):
        work[j] = entries[work[j]]
    for j in range(rate.shape[0]):
        column, alias = np.int32(words[j] & np.uint32(_COLUMNS - 1)), np.int32(work[j] & np.uint32(_COLUMNS - 1))
        kept = np.int32(words[j] >> np.uint32(8)) < np.int32(work[j] >> np.uint32(8))
        first = max(np.int32(_row(rate[j]) - np.int32(_COLUMNS // 2)), np.int32(0))
        out[j] += F(np.int32(first + (column if kept else alias)))


@no_type_check
@numba.njit(inline="always")
def _quantile_of_high_rate(rate, radius, turn):
    """Poisson quantile at a normal number (Box & Muller 1958), for a rate of 200 and more.

    Cornish & Fisher's expansion to the order 1 / rate (Giles 2016, "Algorithm 955").
    """
    w = math.sqrt(-2.0 * log_unit(radius)) * cos_turn(turn)
    w2 = w * w
    root = math.sqrt(rate)
    quantile = w * root + (2.0 + w2) / 6.0 - w * (2.0 + w2) / (72.0 * root)
    quantile += (w2 * (7.0 + 3.0 * w2) - 16.0) / (810.0 * rate)
    return np.floor(rate + quantile)


@no_type_check
@kernel
def poisson_of_high_rates(rate, radius, turn, out):
    """Put Poisson numbers of the rates that are too high for the tables, and finite, into ``out`` (n,)."""
    for j in range(rate.shape[0]):
        high = (rate[j] >= F(TABLE_RATES)) & (rate[j] < F(math.inf))
        number = _quantile_of_high_rate(float(rate[j]), radius[j], turn[j])
        out[j] = F(number) if high else out[j]


@no_type_check
@numba.njit(fastmath={"reassoc", "nsz"})
def _count_left(numbers):
    """How many numbers are still to be found; in any order, which lets the loop vectorise."""
    left = F(0)
    for j in range(numbers.shape[0]):
        left += F(1) if numbers[j] < F(0) else F(0)
    return left


@no_type_check
@kernel
def poisson_block(rate, first, second, table, work, out):
    """Poisson numbers of the rates ``rate`` (n,) float32, none below zero: fills ``out`` (n,) float32.

    ``first`` and ``second`` (n,) are random words, ``table`` is :func:`poisson_alias_table`, ``work`` (n,) uint32 is
    written over. An infinite rate, or one that is no number, is a ValueError.
    """
    poisson_of_rests(rate, second, out)
    add_poisson_of_wholes(rate, first, table, work, out)
    left = _count_left(out)
    if left > F(_MANY):
        poisson_of_high_rates(rate, first, second, out)
    if left > F(0):
        for j in range(rate.shape[0]):
            if out[j] < F(0) and rate[j] < F(TABLE_RATES):
                out[j] += F(poisson_by_inversion(float(rate[j]) - int(rate[j]), second[j]) - _LEFT)
            elif out[j] < F(0):
                if not rate[j] < math.inf:
                    raise ValueError("the Poisson rate of a pixel is not finite")
                out[j] = _quantile_of_high_rate(float(rate[j]), first[j], second[j])
