"""Deflection of truncated NFW halos and of solitons; the plain twins are in :mod:`lensym.physics.mass`.

A halo's deflection over its distance is a function of the distance in scale radii alone, once its truncation in scale
radii is fixed. A table of cubics in the squared distance, a fixed number for each factor of two, holds it to a relative
1e-7; the upper bits of the squared distance, as the processor has it, are the place in the table.
"""

from __future__ import annotations

from functools import lru_cache
from typing import no_type_check

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from lensym.physics.compiled import kernel
from lensym.physics.fastmath import bits_float, exp_bounded, float_bits, log_positive
from lensym.physics.mass import tnfw_deflection
from lensym.physics.mass.soliton import CORE_SLOPE

_STEP_BITS = 5
"""The cubics for each factor of two in the squared distance are two to this power."""
_LOWEST, _HIGHEST = -34, 28
"""Base-two logarithms of the squared distance in scale radii between which the table reaches: 1e-5 to 1.6e4."""
_SHIFT = np.uint64(52 - _STEP_BITS)
_FIRST = np.uint64((1023 + _LOWEST) << _STEP_BITS)
_FRACTION, _ONE = np.uint64(2 ** (52 - _STEP_BITS) - 1), np.uint64(1023 << 52)
_SMALLEST, _LARGEST = 2.0**_LOWEST, 2.0**_HIGHEST * (1 - 2.0**-53)
_SMALL = 1e-6


@lru_cache(maxsize=8)
def halo_table(truncation: float) -> NDArray[np.float64]:
    """Cubics (n, 4), from the constant on, of ``alpha / x`` for a halo with ``Rs = alpha_Rs = 1``.

    The variable of a cubic is what is left of the mantissa of ``x^2``, from 0 to ``2^-_STEP_BITS``.
    """
    steps = 2**_STEP_BITS
    octaves = 2.0 ** np.arange(_LOWEST, _HIGHEST)
    knots = np.append(np.outer(octaves, 1 + np.arange(steps) / steps), 2.0**_HIGHEST)
    x, one, zero = np.sqrt(knots), np.ones(1), np.zeros(1)
    alpha, _ = tnfw_deflection(x, np.zeros_like(x), zero, zero, one, one, truncation * one)
    cubics = CubicSpline(knots, alpha / x).c[::-1].T
    return np.ascontiguousarray(cubics * np.repeat(octaves, steps)[:, None] ** np.arange(4))


@no_type_check
@numba.njit(inline="always")
def place_in_table(squared):
    """Number of the cubic for a squared distance in scale radii, and its variable."""
    bits = float_bits(min(max(squared, _SMALLEST), _LARGEST))
    return (bits >> _SHIFT) - _FIRST, bits_float((bits & _FRACTION) | _ONE) - 1.0


@no_type_check
@numba.njit(inline="always")
def cubic(table, cell, f):
    """Value of a cubic of the table."""
    return table[cell, 0] + f * (table[cell, 1] + f * (table[cell, 2] + f * table[cell, 3]))


@no_type_check
@kernel
def halo_row(x, y, halos, table, work, beta_x, beta_y):
    """Take the deflection of halos of one truncation away from the positions of one row.

    ``x``, ``beta_x``, ``beta_y`` (W,) and one ``y``; ``halos`` (4, K): ``x``, ``y``, ``Rs`` and ``alpha_Rs``;
    ``table`` is :func:`halo_table`, ``work`` (W,) is written over. Of the three loops, all but the look-up in the
    middle vectorise.
    """
    for k in range(halos.shape[1]):
        center, dy = halos[0, k], y - halos[1, k]
        per_Rs2, strength = 1.0 / halos[2, k] ** 2, halos[3, k] / halos[2, k]
        for j in range(x.shape[0]):
            dx = x[j] - center
            work[j] = (dx * dx + dy * dy) * per_Rs2
        for j in range(x.shape[0]):
            cell, f = place_in_table(work[j])
            work[j] = cubic(table, cell, f)
        for j in range(x.shape[0]):
            weight = strength * work[j]
            beta_x[j] -= weight * (x[j] - center)
            beta_y[j] -= weight * dy


@no_type_check
@kernel
def soliton_row(x, y, solitons, beta_x, beta_y):
    """Take the deflection of solitons away from the positions of one row; ``solitons`` (4, K): x, y, kappa_0, r_c."""
    for k in range(solitons.shape[1]):
        center, dy = solitons[0, k], y - solitons[1, k]
        strength, per_r_c2 = 2.0 * solitons[2, k] / 13.0, CORE_SLOPE / solitons[3, k] ** 2
        for j in range(x.shape[0]):
            dx = x[j] - center
            s = max((dx * dx + dy * dy) * per_r_c2, _SMALL)
            weight = strength * (1.0 - exp_bounded(-6.5 * log_positive(1.0 + s))) / s
            beta_x[j] -= weight * dx
            beta_y[j] -= weight * dy
