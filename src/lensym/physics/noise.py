"""Noise kernel: normal and Poisson numbers from a counter, so a pixel's noise never depends on the order of work.

Pixel ``p`` of an image owns the Philox counters (p, image, stream, attempt), attempt = 0, 1, ... Attempt 0 gives two
words for the normal number and two for the Poisson number; only a rejection at a high rate asks for more.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import no_type_check

import numba
import numpy as np
from numpy.typing import NDArray

from lensym.physics.fastmath import cos_turn, exp_bounded, log_unit
from lensym.physics.philox import philox

_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy"}
TABLE_RATES = 64
"""Rates below this one come from the alias tables of their whole part; above, from transformed rejection."""


@lru_cache(maxsize=1)
def poisson_alias_table() -> NDArray[np.uint32]:
    """Alias tables (TABLE_RATES, 256) of the Poisson distributions with rates 0, 1, 2, ...

    An entry holds a 24-bit threshold in its upper bits and the alias in the lower eight (Walker 1977; Vose 1991 for
    the construction). Rounding to 24 bits moves a probability by less than 1e-9.
    """
    return np.stack([_alias_row(_poisson_probabilities(rate)) for rate in range(TABLE_RATES)])


def _poisson_probabilities(rate: int) -> NDArray[np.float64]:
    """Probabilities of 0..255, without scipy.stats, whose import would take a second of every process."""
    if rate == 0:
        return np.asarray(np.eye(1, 256)[0])
    return np.array([math.exp(k * math.log(rate) - rate - math.lgamma(k + 1)) for k in range(256)])


def _alias_row(probability: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Alias table of one distribution over 0..255."""
    scaled = (probability / probability.sum() * 256).tolist()
    threshold, alias = np.full(256, 1.0), np.arange(256)
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
@numba.njit(**_OPTIONS)
def poisson_inversion(rate, word):
    """Poisson quantile at the uint32 ``word``, by adding up probabilities: for rates below about one."""
    u = (float(word) + 0.5) * 2.0**-32
    probability = exp_bounded(-rate)
    total = probability
    k = 0
    while u > total and probability > 1e-20:
        k += 1
        probability *= rate / k
        total += probability
    return k


@no_type_check
@numba.njit(**_OPTIONS)
def poisson_table(rate, w0, w1, table):
    """Poisson number of a rate below TABLE_RATES: a table draw at its whole part plus an inversion at the rest."""
    whole = int(rate)
    column = w0 & np.uint32(0xFF)
    entry = table[whole, column]
    base = column if (w0 >> np.uint32(8)) < (entry >> np.uint32(8)) else entry & np.uint32(0xFF)
    return int(base) + poisson_inversion(rate - whole, w1)


@no_type_check
@numba.njit(**_OPTIONS)
def poisson_rejection(rate, w0, w1, pixel, image, stream, k0, k1):
    """Poisson number by Hörmann's PTRS (1993, "The transformed rejection method"), for rates of 10 and more.

    ``w0``, ``w1`` are the words of the first attempt; later attempts take new counters of the same pixel. A rate that
    is NaN would never be accepted and an infinite one has no count: both are a ValueError.
    """
    if not rate < math.inf:
        raise ValueError("the Poisson rate of a pixel is not finite")
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2.0)
    attempt = np.uint32(1)
    while True:
        u = (float(w0) + 0.5) * 2.0**-32 - 0.5
        v = (float(w1) + 0.5) * 2.0**-32
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= v_r:
            return int(k)
        if k >= 0 and not (us < 0.013 and v > us):
            left = math.log(v * inverse_alpha / (a / (us * us) + b))
            if left <= -rate + k * math.log(rate) - math.lgamma(k + 1.0):
                return int(k)
        w0, w1, _, _ = philox(pixel, image, stream, attempt, k0, k1)
        attempt += np.uint32(1)


@no_type_check
@numba.njit(**_OPTIONS)
def noisy_rates(model, exposure, variance, first, image, stream, k0, k1, rate, w2, w3):
    """Poisson rates of one row, its Gaussian noise included, and two words a pixel for the Poisson numbers.

    ``model`` (W,): flux per pixel; ``first``: number of the row's first pixel; fills ``rate``, ``w2``, ``w3`` (W,).
    The normal number is Box & Muller's (1958).
    """
    inverse = 1.0 / exposure
    for j in range(model.shape[0]):
        w0, w1, w2[j], w3[j] = philox(np.uint32(first + j), image, stream, np.uint32(0), k0, k1)
        normal = math.sqrt(-2.0 * log_unit(w0)) * cos_turn(w1)
        rate[j] = exposure * (model[j] + math.sqrt(abs(model[j]) * inverse + variance) * normal)


@no_type_check
@numba.njit(**_OPTIONS)
def published_counts_kernel(model, exposure, background_rms, image, stream, k0, k1, table, out):
    """Counts of the published Model I for one image: fills ``out`` (H, W) uint16.

    ``model`` (H, W): flux per pixel. The recipe's two Gaussian terms, shot and background, are drawn as one of their
    summed variance: the sum of independent normal numbers is normal. ``image`` and ``stream`` (uint32) are counter
    words, ``k0``, ``k1`` the key, ``table`` is :func:`poisson_alias_table`. The plain twin is
    :func:`lensym.physics.observe.published_counts`.
    """
    height, width = model.shape
    rate = np.empty(width)
    w2 = np.empty(width, np.uint32)
    w3 = np.empty(width, np.uint32)
    for i in range(height):
        first = i * width
        noisy_rates(model[i], exposure, background_rms**2, first, image, stream, k0, k1, rate, w2, w3)
        for j in range(width):
            if rate[j] <= 0.0:
                count = 0
            elif rate[j] < TABLE_RATES:
                count = poisson_table(rate[j], w2[j], w3[j], table)
            else:
                count = poisson_rejection(rate[j], w2[j], w3[j], np.uint32(first + j), image, stream, k0, k1)
            out[i, j] = min(count, 65535)
