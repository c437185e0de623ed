"""Uniform line masses of finite length: the stand-in for an axion vortex.

A line of half-length ``h`` along the real axis deflects, as a complex number ``alpha_x - i alpha_y``, by
``theta_E^2 / (2 h)`` times the integral of a point mass's ``1 / (z - t)`` over ``t`` from ``-h`` to ``h``, that is
``log(z + h) - log(z - h)``. Real and imaginary part are written so that no cut of the logarithm is met, and so that a
short line becomes a point mass without loss of digits.

Across the line itself the perpendicular deflection jumps; on it, it is zero, the mean of its two sides. At the two ends
the deflection diverges logarithmically, up to a distance of ``CENTRE``.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from lensym.physics.mass.geometry import CENTRE, Array, rotate
from lensym.physics.mass.population import sum_of_maps, sum_of_vectors


def line_potential(
    x: Array, y: Array, center_x: Array, center_y: Array, length: Array, angle: Array, theta_E: Array
) -> Array:
    """Summed potential of line masses; parameters as for :func:`line_deflection`. The convergence is on the lines."""
    return sum_of_maps(_potential, x, y, center_x, center_y, length, angle, theta_E)


def line_deflection(
    x: Array, y: Array, center_x: Array, center_y: Array, length: Array, angle: Array, theta_E: Array
) -> tuple[Array, Array]:
    """Summed deflection of uniform line masses.

    Parameters
    ----------
    x, y
        Positions of any shape.
    center_x, center_y, length, angle, theta_E
        Centres and lengths (above zero) in arcsec, position angles in radians, and the Einstein radii of point masses
        of the same mass, shape (K,).
    """
    return sum_of_vectors(_deflection, x, y, center_x, center_y, length, angle, theta_E)


def _potential(x: Array, y: Array, length: Any, angle: Any, theta_E: Any) -> Array:
    u, v = rotate(x, y, angle)
    h = length / 2
    return theta_E**2 / length * (_log_terms(u, v, h) + v * _subtended_angle(u, v, h)) - theta_E**2


def _deflection(x: Array, y: Array, length: Any, angle: Any, theta_E: Any) -> tuple[Array, Array]:
    u, v = rotate(x, y, angle)
    h, strength = length / 2, theta_E**2 / length
    return rotate(strength * _log_ratio(u, v, h), strength * _subtended_angle(u, v, h), -angle)


def _log_ratio(u: Array, v: Array, h: Any) -> Array:
    """Logarithm of the distance from the end at ``-h`` over that from the end at ``h``."""
    xp = array_namespace(u, v)
    side = xp.where(u >= 0, xp.ones_like(u), -xp.ones_like(u))
    nearer = xp.clip((side * u - h) ** 2 + v**2, min=CENTRE**2)
    return side / 2 * xp.log1p(4 * h * side * u / nearer)


def _subtended_angle(u: Array, v: Array, h: Any) -> Array:
    """Angle under which the line is seen, with the sign of ``v``; zero on the line."""
    xp = array_namespace(u, v)
    on_line = (v == 0) & (xp.abs(u) <= h)
    aside = xp.where(on_line, xp.ones_like(v), v)  # at an end the angle itself would have no gradient
    angle = xp.atan2(2 * h * aside, u**2 + aside**2 - h**2)
    return xp.where(on_line, xp.zeros_like(v), angle)


def _log_terms(u: Array, v: Array, h: Any) -> Array:
    """``(u + h) log |z + h| - (u - h) log |z - h|``."""
    xp = array_namespace(u, v)
    left, right = (xp.log(xp.clip((u + end) ** 2 + v**2, min=CENTRE**2)) / 2 for end in (h, -h))
    return (u + h) * left - (u - h) * right
