"""Elliptical power law at the origin: ``kappa = (3 - gamma) / 2 (theta_E / sqrt(q u^2 + v^2 / q))^(gamma - 1)``.

Tessore & Metcalf 2015, whose ``t`` is ``gamma - 1`` and whose ``b`` is ``theta_E sqrt(q)`` here. ``gamma`` is the slope
of the density in three dimensions, between 1 and 3 (2 is isothermal); ``u`` runs along the major axis, ``v`` along the
minor. ``theta_E`` is in arcsec, as in lenstronomy's EPL.
"""

from __future__ import annotations

from typing import Any

from lensym.physics.mass.geometry import Array, axis_ratio_and_angle, functions_for, rotate, safe_radius

PRECISION = 1e-16
"""The angular series ends where what is left of it is smaller, relative to its first term."""


def epl_potential(x: Array, y: Array, theta_E: Any, gamma: Any, e1: Any, e2: Any) -> Array:
    """Potential ``(x alpha_x + y alpha_y) / (3 - gamma)`` (eq. 15): it is homogeneous of degree ``3 - gamma``."""
    alpha_x, alpha_y = epl_deflection(x, y, theta_E, gamma, e1, e2)
    return (x * alpha_x + y * alpha_y) / (3 - gamma)


def epl_deflection(x: Array, y: Array, theta_E: Any, gamma: Any, e1: Any, e2: Any) -> tuple[Array, Array]:
    """Deflection of an elliptical power law (eq. 22)."""
    q, phi = axis_ratio_and_angle(e1, e2)
    u, v = rotate(x, y, phi)
    radius = safe_radius(q * u, v)
    b = theta_E * functions_for(q).sqrt(q)
    strength = 2 * b / (1 + q) * (b / radius) ** (gamma - 2)
    real, imaginary = _angular_series(q * u / radius, v / radius, (1 - q) / (1 + q), gamma - 1)
    return rotate(strength * real, strength * imaginary, -phi)


def epl_convergence(x: Array, y: Array, theta_E: Any, gamma: Any, e1: Any, e2: Any) -> Array:
    """Convergence of an elliptical power law (eq. 2)."""
    q, phi = axis_ratio_and_angle(e1, e2)
    u, v = rotate(x, y, phi)
    sqrt = functions_for(q).sqrt
    return (3 - gamma) / 2 * (theta_E / safe_radius(sqrt(q) * u, v / sqrt(q))) ** (gamma - 1)


def _angular_series(cos: Array, sin: Array, f: Any, t: Any) -> tuple[Array, Array]:
    """Real and imaginary part of the angular function Omega of the elliptical angle, by its series (eqs. 23, 29).

    Term ``n`` is the former one times ``-f (2n - 2 + t) / (2n + 2 - t) exp(2 i angle)``, ``f = (1 - q) / (1 + q)``, so
    that the series falls at least as fast as the geometric one of ``f``.
    """
    cos2, sin2 = cos**2 - sin**2, 2 * cos * sin
    real, imaginary = term_real, term_imaginary = cos, sin
    n, left = 1, f / (1 - f)
    while left > PRECISION:
        factor = -f * (2 * n - 2 + t) / (2 * n + 2 - t)
        term_real, term_imaginary = (
            factor * (cos2 * term_real - sin2 * term_imaginary),
            factor * (sin2 * term_real + cos2 * term_imaginary),
        )
        real, imaginary = real + term_real, imaginary + term_imaginary
        n, left = n + 1, left * f
    return real, imaginary
