"""Noise kernels: normal and Poisson numbers from a counter, so a pixel's noise never depends on the order of work.

A pixel owns the words of :func:`lensym.physics.philox.philox_block`: number 0 makes its normal number, 1 and 2 its
Poisson number. The image is worked through in blocks of pixels, whose loops vectorise.
"""

from __future__ import annotations

import math
from typing import no_type_check

import numba
import numpy as np

from lensym.physics.fastmath import cos_turn, log_unit, sin_turn
from lensym.physics.philox import BLOCK, philox_block
from lensym.physics.poisson import poisson_block

_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


@no_type_check
@numba.njit(**_OPTIONS)
def normal_block(words, out):
    """Normal numbers from words, (BLOCK,) each (Box & Muller 1958).

    A pixel of the first half of the block and the one half a block further share a radius and a turn.
    """
    half = BLOCK // 2
    for j in range(half):
        radius = math.sqrt(-2.0 * log_unit(words[j]))
        turn = words[j + half]
        out[j] = radius * cos_turn(turn)
        out[j + half] = radius * sin_turn(turn)


@no_type_check
@numba.njit(**_OPTIONS)
def published_rates(flux, exposure, variance, normal, rate):
    """Poisson rates of pixels with the recipe's Gaussian noise: fills ``rate`` (n,), zero where it would be negative.

    The recipe's two Gaussian terms, shot and background, are one of their summed variance: the sum of independent
    normal numbers is normal.
    """
    inverse = 1.0 / exposure
    for j in range(flux.shape[0]):
        spread = math.sqrt(abs(flux[j]) * inverse + variance)
        value = exposure * (flux[j] + spread * normal[j])
        rate[j] = 0.0 if value <= 0.0 else value


@no_type_check
@numba.njit(**_OPTIONS)
def _store(number, counts):
    """Numbers as uint16, the largest of it for those above."""
    for j in range(number.shape[0]):
        counts[j] = np.int32(number[j] if number[j] < 65535.0 else 65535.0)


@no_type_check
@numba.njit(**_OPTIONS)
def published_counts_kernel(model, exposure, background_rms, image, stream, k0, k1, table, out):
    """Counts of the published Model I for one image: fills ``out`` (H, W) uint16, contiguous as ``model``.

    ``model`` (H, W): flux per pixel. ``image`` and ``stream`` (uint32) are counter words, ``k0``, ``k1`` the key,
    ``table`` is :func:`lensym.physics.poisson.poisson_alias_table`. The plain twin is
    :func:`lensym.physics.observe.published_counts`.
    """
    flux, counts = model.reshape(model.size), out.reshape(out.size)
    words, work = np.empty((3, BLOCK), np.uint32), np.empty(BLOCK, np.uint32)
    normal, rate, number = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    for first in range(0, flux.size, BLOCK):
        n = min(BLOCK, flux.size - first)
        for call in range(3):
            philox_block(first // BLOCK, call, image, stream, k0, k1, words[call])
        normal_block(words[0], normal)
        published_rates(flux[first : first + n], exposure, background_rms**2, normal, rate)
        poisson_block(rate[:n], words[1], words[2], table, work, number)
        _store(number[:n], counts[first : first + n])
