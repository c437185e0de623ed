"""Deflection of uniform line masses; the plain twin is :func:`lensym.physics.mass.line_deflection`."""

from __future__ import annotations

import math
from typing import no_type_check

from lensym.physics.compiled import kernel
from lensym.physics.fastmath import arctan2, log_positive
from lensym.physics.mass.geometry import CENTRE


@no_type_check
@kernel
def line_row(x, y, lines, beta_x, beta_y):
    """Take the deflection of lines away from the positions of one row.

    ``lines`` (5, K): centres ``x``, ``y``, ``length``, ``angle`` in radians and ``theta_E``.
    """
    for k in range(lines.shape[1]):
        h, cos, sin = lines[2, k] / 2.0, math.cos(lines[3, k]), math.sin(lines[3, k])
        strength = lines[4, k] ** 2 / lines[2, k]
        center, dy = lines[0, k], y - lines[1, k]
        for j in range(x.shape[0]):
            dx = x[j] - center
            u, v = cos * dx + sin * dy, cos * dy - sin * dx
            far, near = (u + h) ** 2 + v * v, (u - h) ** 2 + v * v
            along = 0.5 * log_positive(max(far, CENTRE**2) / max(near, CENTRE**2))
            # on the line itself the two sides' mean, zero
            across = 0.0 if v == 0.0 else arctan2(2.0 * h * v, u * u + v * v - h * h)
            beta_x[j] -= strength * (cos * along - sin * across)
            beta_y[j] -= strength * (sin * along + cos * across)
