"""Deflection of point masses; the plain twin is :func:`lensym.physics.mass.point_mass_deflection`."""

from __future__ import annotations

from typing import no_type_check

from lensym.physics.compiled import kernel

_SOFT = 1e-20
"""Square of a distance in arcsec, added to others so that a mass in the middle of a pixel is no division by zero."""


@no_type_check
@kernel
def point_mass_row(x, y, mass_x, mass_y, theta_E2, beta_x, beta_y):
    """Take the deflection of all point masses away from the positions of one row.

    ``x``, ``beta_x``, ``beta_y`` (W,) and one ``y``; ``mass_x``, ``mass_y``, ``theta_E2`` (K,): positions and squared
    Einstein radii. Two masses at a time share one division, which is what the loop waits for.
    """
    masses = mass_x.shape[0]
    for k in range(0, masses - 1, 2):
        x1, x2 = mass_x[k], mass_x[k + 1]
        y1, y2 = y - mass_y[k], y - mass_y[k + 1]
        m1, m2 = theta_E2[k], theta_E2[k + 1]
        for j in range(x.shape[0]):
            dx1, dx2 = x[j] - x1, x[j] - x2
            r1 = dx1 * dx1 + (y1 * y1 + _SOFT)
            r2 = dx2 * dx2 + (y2 * y2 + _SOFT)
            inverse = 1.0 / (r1 * r2)
            beta_x[j] -= (r2 * (m1 * dx1) + r1 * (m2 * dx2)) * inverse
            beta_y[j] -= (r2 * (m1 * y1) + r1 * (m2 * y2)) * inverse
    if masses % 2 == 1:
        _one_mass(x, y, mass_x[masses - 1], mass_y[masses - 1], theta_E2[masses - 1], beta_x, beta_y)


@no_type_check
@kernel
def _one_mass(x, y, mass_x, mass_y, theta_E2, beta_x, beta_y):
    dy = y - mass_y
    for j in range(x.shape[0]):
        dx = x[j] - mass_x
        weight = theta_E2 / (dx * dx + (dy * dy + _SOFT))
        beta_x[j] -= weight * dx
        beta_y[j] -= weight * dy
