"""The source plane behind an elliptical power law with shear; the plain twin is ``raytrace.macro_source_plane``."""

from __future__ import annotations

import math
from typing import no_type_check

import numpy as np

from lensym.physics.compiled import kernel
from lensym.physics.fastmath import exp_bounded, log_positive
from lensym.physics.mass.geometry import CENTRE
from lensym.physics.mass.power_law import PRECISION


@no_type_check
@kernel
def power_law_plane(axis, theta_E, slope, e1, e2, gamma1, gamma2, center_x, center_y):
    """Source-plane positions (2, size, size) of the pixels of ``axis`` (size,); Tessore & Metcalf 2015, eqs. 22, 29."""
    size = axis.shape[0]
    beta = np.empty((2, size, size))
    modulus, phi = math.hypot(e1, e2), 0.5 * math.atan2(e2, e1)
    q, cos, sin = (1.0 - modulus) / (1.0 + modulus), math.cos(phi), math.sin(phi)
    b, f, t = theta_E * math.sqrt(q), (1.0 - q) / (1.0 + q), slope - 1.0
    factors = _factors(f, t)
    work = np.empty((7, size))
    for i in range(size):
        y = axis[i]
        for j in range(size):
            dx, dy = axis[j] - center_x, y - center_y
            u, v = q * (cos * dx + sin * dy), cos * dy - sin * dx
            squared = max(u * u + v * v, CENTRE**2)
            inverse = 1.0 / math.sqrt(squared)
            work[0, j] = 2.0 * b / (1.0 + q) * exp_bounded((1.0 - t) * (0.5 * log_positive(squared) - math.log(b)))
            work[1, j], work[2, j] = u * inverse, v * inverse
        _angular_series(factors, work)
        for j in range(size):
            along, across = work[0, j] * work[5, j], work[0, j] * work[6, j]
            x = axis[j]
            beta[0, i, j] = x - (cos * along - sin * across) - gamma1 * x - gamma2 * y
            beta[1, i, j] = y - (sin * along + cos * across) - gamma2 * x + gamma1 * y
    return beta


@no_type_check
@kernel
def _factors(f, t):
    """Ratios of one term of the series to the one before, down to the precision."""
    terms, left = 0, f / (1.0 - f)
    while left > PRECISION:
        terms, left = terms + 1, left * f
    factors = np.empty(terms)
    for n in range(1, terms + 1):
        factors[n - 1] = -f * (2.0 * n - 2.0 + t) / (2.0 * n + 2.0 - t)
    return factors


@no_type_check
@kernel
def _angular_series(factors, work):
    """Sum the series along a row: cosines and sines in ``work[1:3]``, terms in ``[3:5]``, sums into ``[5:7]``."""
    cos, sin, real, imaginary = work[1], work[2], work[3], work[4]
    for j in range(cos.shape[0]):
        real[j], imaginary[j] = cos[j], sin[j]
        work[5, j], work[6, j] = cos[j], sin[j]
    for n in range(factors.shape[0]):
        factor = factors[n]
        for j in range(cos.shape[0]):
            cos2, sin2 = factor * (cos[j] * cos[j] - sin[j] * sin[j]), factor * 2.0 * cos[j] * sin[j]
            a, b = real[j], imaginary[j]
            real[j] = cos2 * a - sin2 * b
            imaginary[j] = sin2 * a + cos2 * b
            work[5, j] += real[j]
            work[6, j] += imaginary[j]
