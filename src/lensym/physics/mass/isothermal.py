"""Singular isothermal sphere and ellipsoid, both at the origin.

``theta_E`` is the radius in arcsec of the circle with the area of the critical curve (lenstronomy's convention).
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from lensym.physics.mass.geometry import (
    CENTRE,
    Array,
    axis_ratio_and_angle,
    functions_for,
    is_nearly_round,
    rotate,
    safe_radius,
    squared_radius,
)
from lensym.physics.mass.power_law import nearly_round_deflection


def sis_potential(x: Array, y: Array, theta_E: Any) -> Array:
    """Potential of a singular isothermal sphere: ``theta_E r``. Schneider, Ehlers & Falco 1992, section 8.1."""
    return theta_E * safe_radius(x, y)


def sis_deflection(x: Array, y: Array, theta_E: Any) -> tuple[Array, Array]:
    """Deflection of a singular isothermal sphere: ``theta_E`` towards the centre, zero at the very centre."""
    radius = safe_radius(x, y)
    return theta_E * x / radius, theta_E * y / radius


def sis_convergence(x: Array, y: Array, theta_E: Any) -> Array:
    """Convergence of a singular isothermal sphere: ``theta_E / (2 r)``."""
    return theta_E / (2 * safe_radius(x, y))


def sie_potential(x: Array, y: Array, theta_E: Any, e1: Any, e2: Any) -> Array:
    """Potential of a singular isothermal ellipsoid, ``x alpha_x + y alpha_y``: it is homogeneous of degree one."""
    alpha_x, alpha_y = sie_deflection(x, y, theta_E, e1, e2)
    return x * alpha_x + y * alpha_y


def sie_deflection(x: Array, y: Array, theta_E: Any, e1: Any, e2: Any) -> tuple[Array, Array]:
    """Deflection of a singular isothermal ellipsoid.

    Kormann, Schneider & Bartelmann 1994, eq. 27; in our convention the strength along the major axis is
    ``theta_E sqrt(q)``. Where it is nearly round and takes gradients, it is the power law of this slope.
    """
    if is_nearly_round(e1, e2):
        return nearly_round_deflection(x, y, theta_E, 2, e1, e2)
    xp = array_namespace(x, y)
    q, phi = axis_ratio_and_angle(e1, e2)
    if 1 - q < 1e-9:
        return sis_deflection(x, y, theta_E)
    u, v = rotate(x, y, phi)
    sqrt = functions_for(q).sqrt
    f = sqrt(1 - q * q)
    psi = xp.sqrt(xp.clip(q * q * u**2 + v**2, min=CENTRE**2))
    strength = theta_E * sqrt(q) / f
    return rotate(strength * xp.atan(f * u / psi), strength * xp.atanh(f * v / psi), -phi)


def sie_convergence(x: Array, y: Array, theta_E: Any, e1: Any, e2: Any) -> Array:
    """Convergence ``theta_E / (2 sqrt(q u^2 + v^2 / q))``, ``u`` along the major axis and ``v`` along the minor."""
    xp = array_namespace(x, y)
    return theta_E / (2 * xp.sqrt(xp.clip(squared_radius(x, y, e1, e2), min=CENTRE**2)))
