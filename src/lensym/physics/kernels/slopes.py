"""Light of a Sersic profile with its derivatives; the plain twin is differences of ``light.sersic``."""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from lensym.physics.compiled import kernel
from lensym.physics.fastmath import exp_bounded, log_positive


@no_type_check
@kernel
def sersic_slopes(beta, plane, form, form_slopes, source, b_slope, out):
    """Surface brightness for an amplitude of 1, and its derivatives: fills ``out`` (7 + K, H, W).

    ``beta`` (2, H, W): positions in the source plane, ``plane`` (K, 2, H, W): their derivatives by K numbers of the
    lens; ``form`` (3,) as for :func:`~lensym.physics.kernels.sersic.sersic_row` and ``form_slopes`` (2, 3) its
    derivatives by ``e1`` and ``e2``; ``source`` = (b_n, 1 / n, x, y, smallest radius^2), ``b_slope`` that of b_n by n.
    ``out`` is the brightness and its derivatives by x, y, ln R_sersic, n_sersic, e1, e2 and the lens's numbers.
    """
    (a, b, c), (b_n, power, center_x, center_y, smallest) = form, source
    height, width = beta.shape[1:]
    light, by_squared, by_x, by_y = np.empty((4, width))
    for i in range(height):
        beta_x, beta_y, row = beta[0, i], beta[1, i], out[:, i]
        for j in range(width):
            dx, dy = beta_x[j] - center_x, beta_y[j] - center_y
            inside = a * dx * dx + b * dx * dy + c * dy * dy
            squared = max(inside, smallest)
            logarithm = log_positive(squared)
            radius = exp_bounded(0.5 * power * logarithm)  # (R / R_sersic)^(1 / n)
            light[j] = exp_bounded(b_n * (1.0 - radius))
            row[4, j] = light[j] * (b_slope * (1.0 - radius) + 0.5 * b_n * power * power * radius * logarithm)
            by_squared[j] = 0.0 if inside < smallest else -0.5 * b_n * power * light[j] * radius / squared
            row[3, j] = -2.0 * squared * by_squared[j]
            by_x[j] = by_squared[j] * (2.0 * a * dx + b * dy)
            by_y[j] = by_squared[j] * (b * dx + 2.0 * c * dy)
        row[0], row[1], row[2] = light, -by_x, -by_y
        for k in range(2):
            a_k, b_k, c_k = form_slopes[k]
            for j in range(width):
                dx, dy = beta_x[j] - center_x, beta_y[j] - center_y
                row[5 + k, j] = by_squared[j] * (a_k * dx * dx + b_k * dx * dy + c_k * dy * dy)
        for k in range(plane.shape[0]):
            moved_x, moved_y, slope = plane[k, 0, i], plane[k, 1, i], row[7 + k]
            for j in range(width):
                slope[j] = by_x[j] * moved_x[j] + by_y[j] * moved_y[j]
