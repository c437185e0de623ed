"""Elliptical power law at the origin: ``kappa = (3 - gamma) / 2 (theta_E / sqrt(q u^2 + v^2 / q))^(gamma - 1)``.

Tessore & Metcalf 2015, whose ``t`` is ``gamma - 1`` and whose ``b`` is ``theta_E sqrt(q)`` here. ``gamma`` is the slope
of the density in three dimensions, between 1 and 3 (2 is isothermal); ``u`` runs along the major axis, ``v`` along the
minor. ``theta_E`` is in arcsec, as in lenstronomy's EPL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from array_api_compat import array_namespace

from lensym.physics.mass.geometry import (
    CENTRE,
    NEARLY_ROUND,
    Array,
    axis_ratio_and_angle,
    functions_for,
    is_nearly_round,
    made_round,
    rotate,
    safe_radius,
    squared_radius,
)

PRECISION = 1e-16
"""The angular series ends where what is left of it is smaller, relative to its first term."""


def epl_potential(x: Array, y: Array, theta_E: Any, gamma: Any, e1: Any, e2: Any) -> Array:
    """Potential ``(x alpha_x + y alpha_y) / (3 - gamma)`` (eq. 15): it is homogeneous of degree ``3 - gamma``."""
    alpha_x, alpha_y = epl_deflection(x, y, theta_E, gamma, e1, e2)
    return (x * alpha_x + y * alpha_y) / (3 - gamma)


def epl_deflection(x: Array, y: Array, theta_E: Any, gamma: Any, e1: Any, e2: Any) -> tuple[Array, Array]:
    """Deflection of an elliptical power law (eq. 22)."""
    if is_nearly_round(e1, e2):
        return nearly_round_deflection(x, y, theta_E, gamma, e1, e2)
    q, phi = axis_ratio_and_angle(e1, e2)
    u, v = rotate(x, y, phi)
    radius = safe_radius(q * u, v)
    b = theta_E * functions_for(q).sqrt(q)
    strength = 2 * b / (1 + q) * (b / radius) ** (gamma - 2)
    cos, sin, f = q * u / radius, v / radius, (1 - q) / (1 + q)
    real, imaginary = _angular_series(cos, sin, cos**2 - sin**2, 2 * cos * sin, _ratios(f, gamma - 1, f))
    return rotate(strength * real, strength * imaginary, -phi)


def epl_convergence(x: Array, y: Array, theta_E: Any, gamma: Any, e1: Any, e2: Any) -> Array:
    """Convergence of an elliptical power law (eq. 2)."""
    xp = array_namespace(x, y)
    radius = xp.sqrt(xp.clip(squared_radius(x, y, e1, e2), min=CENTRE**2))
    return (3 - gamma) / 2 * (theta_E / radius) ** (gamma - 1)


def nearly_round_deflection(x: Array, y: Array, theta_E: Any, gamma: Any, e1: Any, e2: Any) -> tuple[Array, Array]:
    """The same deflection for ellipticities up to :data:`NEARLY_ROUND`, as a power series in them.

    Turned back into the axes of x and y, eqs. 22 and 29 hold ``e1`` and ``e2`` and no position angle.
    """
    u, v = made_round(x, y, e1, e2)
    radius = safe_radius(u, v)
    b = theta_E * functions_for(e1, e2).sqrt(1 - e1**2 - e2**2)
    strength = b * (b / radius) ** (gamma - 2)
    cos, sin = u / radius, v / radius
    cos2, sin2 = cos**2 - sin**2, 2 * cos * sin
    ratios = _ratios(1.0, gamma - 1, NEARLY_ROUND)
    real, imaginary = _angular_series(cos, sin, e1 * cos2 + e2 * sin2, e1 * sin2 - e2 * cos2, ratios)
    return strength * real, strength * imaginary


def _ratios(f: Any, t: Any, fall: Any) -> Iterator[Any]:
    """Ratios of one term of the angular series to the one before it: ``-f (2n - 2 + t) / (2n + 2 - t)`` (eq. 29).

    The series falls at least as fast as the geometric one of ``fall``; it ends where what is left of that is too small.
    """
    n, left = 1, fall / (1 - fall)
    while left > PRECISION:
        yield -f * (2 * n - 2 + t) / (2 * n + 2 - t)
        n, left = n + 1, left * fall


def _angular_series(cos: Array, sin: Array, cos2: Array, sin2: Array, ratios: Iterator[Any]) -> tuple[Array, Array]:
    """Real and imaginary part of the angular function Omega of the elliptical angle, by its series (eqs. 23, 29).

    Each term is the former one times its ratio and ``cos2 + i sin2``, which is ``exp(2 i angle)``; or ``f`` times that,
    and the ratios are without it.
    """
    real, imaginary = term_real, term_imaginary = cos, sin
    for ratio in ratios:
        term_real, term_imaginary = (
            ratio * (cos2 * term_real - sin2 * term_imaginary),
            ratio * (sin2 * term_real + cos2 * term_imaginary),
        )
        real, imaginary = real + term_real, imaginary + term_imaginary
    return real, imaginary
