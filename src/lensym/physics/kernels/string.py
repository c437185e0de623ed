"""Deflection of many equal point masses, evenly spaced on a line, in closed form.

In the line's own axes, with lengths in units of the spacing and the origin in its middle, ``n`` masses at ``x_k`` have

    sum_k 1 / (w - x_k) = psi(w + n/2 + 1/2) - psi(w - n/2 + 1/2)

with the digamma function psi (Abramowitz & Stegun 1964, eq. 6.3.16), and ``psi(z + 1/2) = log z + T(z)``, ``T(z) =
1 / (24 z^2) - 7 / (960 z^4) + ...`` (6.3.18, at half-integers). Beside the line, where ``w - n/2`` has a negative real
part, the reflection formula (6.3.7) adds ``pi (i - tan(pi (w - n/2)))``, which falls like ``exp(-2 pi |Im w|)``. Close
to an end, and closer to the line than a hundredth of the spacing, the masses are added one by one. The result is that
of :func:`lensym.physics.mass.point_mass_deflection` to a relative 1e-10.
"""

from __future__ import annotations

import math
from typing import no_type_check

import numba
import numpy as np

from lensym.physics.compiled import kernel
from lensym.physics.fastmath import arctan2, log_positive
from lensym.physics.kernels.points import point_mass_row

FEWEST = 64
"""Masses from which on the closed form is used: it costs as much as 20 of them, and T of the farther end is short."""
_NEAR = 8.0
_BESIDE = 4.5
_ON_LINE = 0.01


@no_type_check
@kernel
def is_string(mass_x, mass_y, theta_E2):
    """Whether point masses are many, equal, and evenly spaced on a line longer than 1e-6 arcsec."""
    last = mass_x.shape[0] - 1
    if last + 1 < FEWEST:
        return False
    step_x, step_y = (mass_x[last] - mass_x[0]) / last, (mass_y[last] - mass_y[0]) / last
    length = last * math.hypot(step_x, step_y)
    even = length > 1e-6
    for k in range(last + 1):
        off = math.hypot(mass_x[k] - mass_x[0] - k * step_x, mass_y[k] - mass_y[0] - k * step_y)
        even &= off <= 1e-12 * length and theta_E2[k] == theta_E2[0]
    return even


@no_type_check
@kernel
def string_row(x, y, mass_x, mass_y, theta_E2, work, beta_x, beta_y):
    """Take the deflection of a string of masses away from the positions of one row.

    Parameters as for :func:`~lensym.physics.kernels.points.point_mass_row`, with ``x`` rising; ``work`` is (2, W).
    """
    last = mass_x.shape[0] - 1
    half = 0.5 * (last + 1)
    step_x, step_y = (mass_x[last] - mass_x[0]) / last, (mass_y[last] - mass_y[0]) / last
    unit_x, unit_y = step_x / (step_x**2 + step_y**2), step_y / (step_x**2 + step_y**2)
    from_x, from_y = 0.5 * (mass_x[0] + mass_x[last]), y - 0.5 * (mass_y[0] + mass_y[last])
    start_u, start_v = from_y * unit_y - from_x * unit_x, from_y * unit_x + from_x * unit_y
    along, across = work[0], work[1]
    for j in range(x.shape[0]):
        along[j] = start_u + x[j] * unit_x
        across[j] = start_v - x[j] * unit_y
    strength = (theta_E2[0] * unit_x, theta_E2[0] * unit_y)
    _smooth_part(along, across, half, strength, beta_x, beta_y)
    low_u, high_u = _interval(start_u, unit_x, half + _NEAR)
    low_v, high_v = _interval(start_v, -unit_y, _NEAR)
    j = np.searchsorted(x, max(low_u, low_v))
    end = np.searchsorted(x, min(high_u, high_v), side="right")
    while j < end:
        run = j
        while run < end and _one_by_one(abs(along[run]) - half, abs(across[run])):
            run += 1
        if run > j:
            point_mass_row(x[j:run], y, mass_x, mass_y, theta_E2, beta_x[j:run], beta_y[j:run])
        else:
            _reflected_part(j, along, across, half, strength, beta_x, beta_y)
            run = j + 1
        j = run


@no_type_check
@numba.njit(inline="always")
def _one_by_one(beyond_end, across):
    """Whether a place, from ``beyond_end`` of the line on and ``across`` it, is left to the sum over the masses."""
    return ((abs(beyond_end) < _NEAR) & (across < _NEAR)) | ((beyond_end < 0.0) & (across < _ON_LINE))


@no_type_check
@kernel
def _smooth_part(along, across, half, strength, beta_x, beta_y):
    """Logarithm and series of the closed form, for the whole row, where the masses are not added one by one."""
    m_x, m_y = strength
    for j in range(along.shape[0]):
        u, v = abs(along[j]), abs(across[j])
        far, near = u + half, u - half
        far2 = far * far + v * v
        near2 = max(near * near + v * v, 1.0)
        inverse = 1.0 / (far2 * near2)
        of_far, of_near = near2 * inverse, far2 * inverse
        real = 0.5 * log_positive(far2 * of_near)
        angle = arctan2(2.0 * half * v, u * u - half * half + v * v)
        # 1 / z^2 and T of the farther end
        square = of_far * of_far
        a, b = (far * far - v * v) * square, -2.0 * far * v * square
        real += a * (1 / 24 - 7 / 960 * a) + 7 / 960 * b * b
        angle -= b * (1 / 24 - 7 / 480 * a)
        # and of the nearer one, by Horner's scheme
        square = of_near * of_near
        a, b = (near * near - v * v) * square, -2.0 * near * v * square
        p, q = 31 / 8064 - 127 / 30720 * a, -127 / 30720 * b
        p, q = 7 / 960 - (a * p - b * q), -(a * q + b * p)
        p, q = 1 / 24 - (a * p - b * q), -(a * q + b * p)
        real = math.copysign(real - (a * p - b * q), along[j])
        imaginary = -math.copysign(angle + (a * q + b * p), across[j])
        kept = 0.0 if _one_by_one(near, v) else 1.0
        beta_x[j] -= kept * (m_x * real + m_y * imaginary)
        beta_y[j] -= kept * (m_y * real - m_x * imaginary)


@no_type_check
@kernel
def _reflected_part(j, along, across, half, strength, beta_x, beta_y):
    """What the reflection formula adds at pixel ``j``, if it lies beside the line.

    ``pi (i - tan(pi (w - half))) = 2 pi i q / (1 + q)`` with ``q = exp(2 pi i (w - half))``.
    """
    if abs(along[j]) < half and abs(across[j]) < _BESIDE:
        m_x, m_y = strength
        size = math.exp(-2.0 * math.pi * abs(across[j]))
        turn = 2.0 * math.pi * (abs(along[j]) - half)
        a, b = size * math.cos(turn), size * math.sin(turn)
        norm = 2.0 * math.pi / ((1.0 + a) * (1.0 + a) + b * b)
        real = math.copysign(norm, -along[j]) * b
        imaginary = math.copysign(norm, across[j]) * (a + a * a + b * b)
        beta_x[j] -= m_x * real + m_y * imaginary
        beta_y[j] -= m_y * real - m_x * imaginary


@no_type_check
@kernel
def _interval(start, slope, bound):
    """Where ``|start + slope x| < bound``, a little more because of rounding."""
    if abs(slope) < 1e-9:
        return (-math.inf, math.inf) if abs(start) < bound + 1.0 else (math.inf, -math.inf)
    middle, width = -start / slope, 1.001 * bound / abs(slope)
    return middle - width, middle + width
