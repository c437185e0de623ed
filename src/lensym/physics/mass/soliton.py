"""Soliton cores of ultralight dark matter.

The density ``rho_c / (1 + a (r / r_c)^2)^8`` of Schive, Chiueh & Broadhurst 2014, eq. 3, projected along the line of
sight: ``kappa_0 (1 + s)^(-15/2)`` with ``s = a (R / r_c)^2``. Its deflection and potential follow in closed form from
the mass inside a circle, ``2 pi kappa_0 r_c^2 / (13 a) (1 - (1 + s)^(-13/2))``. As in lenstronomy's ULDM, ``a`` is such
that ``r_c`` is exactly where the density has fallen to one half; the paper rounds it to 0.091.
"""

from __future__ import annotations

import math
from typing import Any

from array_api_compat import array_namespace

from lensym.physics.mass.geometry import Array
from lensym.physics.mass.population import sum_of_maps, sum_of_vectors

CORE_SLOPE = 2 ** (1 / 8) - 1
"""The ``a`` of the profile."""

CORE_AREA = 2 * math.pi / (13 * CORE_SLOPE)
"""Total mass over ``kappa_0 r_c^2``, in units of the critical surface density."""


def soliton_potential(x: Array, y: Array, center_x: Array, center_y: Array, kappa_0: Array, r_c: Array) -> Array:
    """Summed potential of solitons, zero at the centre of each; parameters as for :func:`soliton_deflection`."""
    return sum_of_maps(_potential, x, y, center_x, center_y, kappa_0, r_c)


def soliton_deflection(
    x: Array, y: Array, center_x: Array, center_y: Array, kappa_0: Array, r_c: Array
) -> tuple[Array, Array]:
    """Summed deflection of solitons.

    Parameters
    ----------
    x, y
        Positions of any shape.
    center_x, center_y, kappa_0, r_c
        Centres in arcsec, convergences at the centre, and core radii in arcsec, shape (K,).
    """
    return sum_of_vectors(_deflection, x, y, center_x, center_y, kappa_0, r_c)


def soliton_convergence(x: Array, y: Array, center_x: Array, center_y: Array, kappa_0: Array, r_c: Array) -> Array:
    """Summed convergence of solitons; parameters as for :func:`soliton_deflection`."""
    return sum_of_maps(_convergence, x, y, center_x, center_y, kappa_0, r_c)


def _potential(x: Array, y: Array, kappa_0: Any, r_c: Any) -> Array:
    """Integral of the deflection over the radius, elementary in ``w = (1 + s)^(-1/2)``."""
    xp = array_namespace(x, y)
    log_w = -xp.log1p(CORE_SLOPE * (x**2 + y**2) / r_c**2) / 2
    bracket = xp.log1p(xp.expm1(log_w) / 2) - log_w
    for n in (1, 3, 5, 7, 9, 11):
        bracket = bracket - xp.expm1(n * log_w) / n
    return 2 * kappa_0 * r_c**2 / (13 * CORE_SLOPE) * bracket


def _deflection(x: Array, y: Array, kappa_0: Any, r_c: Any) -> tuple[Array, Array]:
    xp = array_namespace(x, y)
    s = xp.clip(CORE_SLOPE * (x**2 + y**2) / r_c**2, min=1e-30)
    weight = -2 * kappa_0 / 13 * xp.expm1(-6.5 * xp.log1p(s)) / s
    return weight * x, weight * y


def _convergence(x: Array, y: Array, kappa_0: Any, r_c: Any) -> Array:
    return kappa_0 * (1 + CORE_SLOPE * (x**2 + y**2) / r_c**2) ** -7.5
