"""Surface brightness profiles."""

from __future__ import annotations

import math
from typing import Any

from array_api_compat import array_namespace

from lensym.physics.mass import axis_ratio_and_angle, rotate

Array = Any

R_SMOOTH = 1e-5
"""Radius in arcsec inside which a Sersic profile is flat, as in lenstronomy."""


def sersic_b(n_sersic: float) -> float:
    """Constant that makes ``R_sersic`` the half-light radius, in the linear form lenstronomy uses.

    Capaccioli 1989. The share of the light inside ``R_sersic`` is 1/2 to 0.002 for n from 1 to 10, to 0.011 at n = 0.5;
    Ciotti & Bertin 1999 give the exact series.
    """
    return 1.9992 * n_sersic - 0.3271


def sersic(
    x: Array,
    y: Array,
    amplitude: float,
    R_sersic: float,
    n_sersic: float,
    e1: float,
    e2: float,
    center_x: float,
    center_y: float,
) -> Array:
    """Elliptical Sersic surface brightness at (x, y), per square arcsec.

    Sersic 1963; ``amplitude`` is the brightness at ``R_sersic``, radii are those of the circle of equal area.
    """
    xp = array_namespace(x, y)
    q, phi = axis_ratio_and_angle(e1, e2)
    u, v = rotate(x - center_x, y - center_y, phi)
    radius = xp.sqrt(q * u**2 + v**2 / q)
    radius = xp.where(radius > R_SMOOTH, radius, xp.full_like(radius, R_SMOOTH))
    b = sersic_b(n_sersic)
    return amplitude * xp.exp(-b * ((radius / R_sersic) ** (1 / n_sersic) - 1))


def sersic_quadratic_form(R_sersic: float, e1: float, e2: float) -> tuple[float, float, float]:
    """Coefficients (a, b, c) with ``(R / R_sersic)^2 = a dx^2 + b dx dy + c dy^2``.

    >>> sersic_quadratic_form(2.0, 0.0, 0.0)
    (0.25, 0.0, 0.25)
    """
    q, phi = axis_ratio_and_angle(e1, e2)
    cos, sin = math.cos(phi), math.sin(phi)
    scale = 1 / R_sersic**2
    return (
        scale * (q * cos * cos + sin * sin / q),
        scale * 2 * cos * sin * (q - 1 / q),
        scale * (q * sin * sin + cos * cos / q),
    )
