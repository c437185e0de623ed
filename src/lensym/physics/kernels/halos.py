"""Deflection of truncated NFW halos and of solitons; the plain twins are in :mod:`lensym.physics.mass`.

A halo's deflection over its distance is a function of the distance in scale radii alone, once its truncation in scale
radii is fixed: a table of cubics over the logarithm of the squared distance holds it to a relative 1e-7.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import no_type_check

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from lensym.physics.compiled import kernel
from lensym.physics.fastmath import exp_bounded, log_positive
from lensym.physics.mass import tnfw_deflection
from lensym.physics.mass.soliton import CORE_SLOPE

_STEPS = 16
"""Cubics for each factor of two in the squared distance."""
_LOWEST, _HIGHEST = -34.0, 28.0
"""Base-two logarithms of the squared distance in scale radii between which the table reaches: 1e-5 to 1.6e4."""
_SMALL = 1e-6


@lru_cache(maxsize=8)
def halo_table(truncation: float) -> NDArray[np.float64]:
    """Cubics (n, 4), from the constant on, of ``alpha / x`` for a halo with ``Rs = alpha_Rs = 1``."""
    knots = np.linspace(_LOWEST, _HIGHEST, round((_HIGHEST - _LOWEST) * _STEPS) + 1)
    x, one, zero = 2.0 ** (knots / 2), np.ones(1), np.zeros(1)
    alpha, _ = tnfw_deflection(x, np.zeros_like(x), zero, zero, one, one, truncation * one)
    cubics = CubicSpline(np.arange(len(knots)), alpha / x).c
    return np.ascontiguousarray(cubics[::-1].T)


@no_type_check
@kernel
def halo_row(x, y, halos, table, work, beta_x, beta_y):
    """Take the deflection of halos of one truncation away from the positions of one row.

    ``x``, ``beta_x``, ``beta_y`` (W,) and one ``y``; ``halos`` (4, K): ``x``, ``y``, ``Rs`` and ``alpha_Rs``;
    ``table`` is :func:`halo_table`, ``work`` (W,) is written over.
    """
    last = table.shape[0] - 1.0
    for k in range(halos.shape[1]):
        center, dy = halos[0, k], y - halos[1, k]
        per_Rs2, strength = 1.0 / halos[2, k] ** 2, halos[3, k] / halos[2, k]
        for j in range(x.shape[0]):
            dx = x[j] - center
            place = log_positive((dx * dx + dy * dy) * per_Rs2 + 1e-30) * (_STEPS / math.log(2.0)) - _LOWEST * _STEPS
            work[j] = min(max(place, 0.0), last)
        for j in range(x.shape[0]):
            cell = int(work[j])
            f = work[j] - cell
            weight = table[cell, 0] + f * (table[cell, 1] + f * (table[cell, 2] + f * table[cell, 3]))
            beta_x[j] -= strength * weight * (x[j] - center)
            beta_y[j] -= strength * weight * dy


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
