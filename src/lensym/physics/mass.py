"""Deflection angles of lens mass profiles, written once for every array library.

Positions and deflections are in arcsec. Ellipticities are ``e1 = (1 - q) / (1 + q) cos 2 phi`` and ``e2`` the same
with the sine, for an axis ratio ``q`` and a position angle ``phi``, as in lenstronomy.
"""

from __future__ import annotations

import math
from typing import Any

from array_api_compat import array_namespace

Array = Any


def axis_ratio_and_angle(e1: float, e2: float) -> tuple[float, float]:
    """Axis ratio ``q <= 1`` and position angle in radians of an ellipticity.

    >>> axis_ratio_and_angle(0.0, 0.5)
    (0.3333333333333333, 0.7853981633974483)
    """
    modulus = math.hypot(e1, e2)
    return (1 - modulus) / (1 + modulus), math.atan2(e2, e1) / 2


def rotate(x: Array, y: Array, angle: float) -> tuple[Array, Array]:
    """Coordinates of the points (x, y) in axes turned by ``angle`` (radians, from +x towards +y)."""
    cos, sin = math.cos(angle), math.sin(angle)
    return cos * x + sin * y, cos * y - sin * x


def sie_deflection(x: Array, y: Array, theta_E: float, e1: float, e2: float) -> tuple[Array, Array]:
    """Deflection of a singular isothermal ellipsoid at the origin.

    Kormann, Schneider & Bartelmann 1994, eq. 27; ``theta_E`` is the radius of the circle with the area of the
    critical ellipse (lenstronomy's convention), so the strength along the major axis is ``theta_E sqrt(q)``.
    """
    xp = array_namespace(x, y)
    q, phi = axis_ratio_and_angle(e1, e2)
    u, v = rotate(x, y, phi)
    if 1 - q < 1e-9:
        radius = xp.sqrt(u**2 + v**2)
        safe = xp.where(radius > 0, radius, xp.ones_like(radius))
        return theta_E * x / safe, theta_E * y / safe
    f = math.sqrt(1 - q * q)
    psi = xp.sqrt(q * q * u**2 + v**2)
    psi = xp.where(psi > 0, psi, xp.full_like(psi, 1e-12))  # the deflection at the very centre is undefined
    strength = theta_E * math.sqrt(q) / f
    return rotate(strength * xp.atan(f * u / psi), strength * xp.atanh(f * v / psi), -phi)


def shear_deflection(x: Array, y: Array, gamma1: float, gamma2: float) -> tuple[Array, Array]:
    """Deflection of an external shear: ``(gamma1 x + gamma2 y, gamma2 x - gamma1 y)``."""
    return gamma1 * x + gamma2 * y, gamma2 * x - gamma1 * y


def point_mass_deflection(x: Array, y: Array, mass_x: Array, mass_y: Array, theta_E: Array) -> tuple[Array, Array]:
    """Summed deflection of point masses: ``sum_k theta_E_k^2 (r - r_k) / |r - r_k|^2``.

    Parameters
    ----------
    x, y
        Positions of any shape.
    mass_x, mass_y, theta_E
        Positions and Einstein radii of the masses, shape (K,).
    """
    xp = array_namespace(x, y)
    alpha_x, alpha_y = xp.zeros_like(x), xp.zeros_like(y)
    for k in range(mass_x.shape[0]):
        dx, dy = x - mass_x[k], y - mass_y[k]
        squared = dx**2 + dy**2
        weight = theta_E[k] ** 2 / xp.where(squared > 0, squared, xp.full_like(squared, 1e-50))
        alpha_x, alpha_y = alpha_x + weight * dx, alpha_y + weight * dy
    return alpha_x, alpha_y
