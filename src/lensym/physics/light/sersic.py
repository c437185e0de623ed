"""Elliptical Sersic profiles.

Sersic 1963. ``amplitude`` is the surface brightness at ``R_sersic``, per square arcsec; radii in arcsec are those of
the circle of equal area. Ellipticities are those of the mass profiles.
"""

from __future__ import annotations

import math
from typing import Any

from array_api_compat import array_namespace

from lensym.physics.mass.geometry import Array, axis_ratio_and_angle, squared_radius
from lensym.physics.mass.population import sum_of_maps

R_SMOOTH = 1e-5
"""Radius in arcsec inside which a Sersic profile is flat, as in lenstronomy."""


def sersic_b(n_sersic: Any) -> Any:
    """Constant that makes ``R_sersic`` the half-light radius, in the linear form lenstronomy uses.

    Capaccioli 1989. The share of the light inside ``R_sersic`` is 1/2 to 0.002 for n from 1 to 10, to 0.011 at n = 0.5;
    Ciotti & Bertin 1999 give the exact series.
    """
    return 1.9992 * n_sersic - 0.3271


def sersic(
    x: Array,
    y: Array,
    amplitude: Any,
    R_sersic: Any,
    n_sersic: Any,
    e1: Any,
    e2: Any,
    center_x: Any,
    center_y: Any,
) -> Array:
    """Surface brightness at (x, y), per square arcsec."""
    xp = array_namespace(x, y)
    squared = squared_radius(x - center_x, y - center_y, e1, e2)
    radius = xp.sqrt(xp.clip(squared, min=R_SMOOTH**2))
    b = sersic_b(n_sersic)
    return amplitude * xp.exp(-b * ((radius / R_sersic) ** (1 / n_sersic) - 1))


def sersic_sum(
    x: Array,
    y: Array,
    amplitude: Array,
    R_sersic: Array,
    n_sersic: Array,
    e1: Array,
    e2: Array,
    center_x: Array,
    center_y: Array,
) -> Array:
    """Summed surface brightness of several profiles, whose parameters have the shape (K,).

    A bulge with its disc, a galaxy with its neighbours, a source with clumps of star formation.
    """

    def centred(x: Array, y: Array, amplitude: Any, R_sersic: Any, n_sersic: Any, e1: Any, e2: Any) -> Array:
        return sersic(x, y, amplitude, R_sersic, n_sersic, e1, e2, 0.0, 0.0)

    return sum_of_maps(centred, x, y, center_x, center_y, amplitude, R_sersic, n_sersic, e1, e2)


def sersic_total_flux(amplitude: float, R_sersic: float, n_sersic: float) -> float:
    """Light of a whole profile of any axis ratio: ``2 pi n R^2 I e^b b^(-2n) Gamma(2n)``.

    Graham & Driver 2005, eq. 4.

    >>> round(sersic_total_flux(1.0, 0.5, 1.0), 4)
    2.9907
    """
    return amplitude * _flux_of_unit_amplitude(R_sersic, n_sersic)


def sersic_amplitude(total_flux: float, R_sersic: float, n_sersic: float) -> float:
    """Surface brightness at ``R_sersic`` of a profile with this light."""
    return total_flux / _flux_of_unit_amplitude(R_sersic, n_sersic)


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


def _flux_of_unit_amplitude(R_sersic: float, n_sersic: float) -> float:
    b = sersic_b(n_sersic)
    # as one exponential: Gamma(2n) alone overflows for n > 85
    return 2 * math.pi * n_sersic * R_sersic**2 * math.exp(b - 2 * n_sersic * math.log(b) + math.lgamma(2 * n_sersic))
