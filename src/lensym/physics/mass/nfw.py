"""Halo of Navarro, Frenk & White 1997 at the origin.

Parameters are lenstronomy's: the scale radius ``Rs`` and the deflection ``alpha_Rs`` at that radius, both in arcsec.
The density is ``rho_0 / (x (1 + x)^2)`` at ``x = r / Rs``, with ``rho_0 = alpha_Rs / (4 Rs^2 (1 - log 2))`` in units of
the critical surface density per arcsec. In the plane, ``x = R / Rs`` alone decides, by the functions below: convergence
``2 rho_0 Rs K(x)`` and deflection ``4 rho_0 Rs^2 M(x) / x`` (Bartelmann 1996), potential ``2 rho_0 Rs^3 P(x)`` (Keeton
2001, eq. 54), arranged so that neither small ``x`` nor ``x`` near 1 costs digits or gradients.
"""

from __future__ import annotations

import math
from typing import Any

from array_api_compat import array_namespace

from lensym.physics.mass.geometry import Array, safe_radius


def nfw_potential(x: Array, y: Array, Rs: Any, alpha_Rs: Any) -> Array:
    """Potential of an NFW halo, zero at its centre."""
    return 2 * central_density(Rs, alpha_Rs) * Rs**3 * potential_function(safe_radius(x, y) / Rs)


def nfw_deflection(x: Array, y: Array, Rs: Any, alpha_Rs: Any) -> tuple[Array, Array]:
    """Deflection of an NFW halo."""
    scaled = safe_radius(x, y) / Rs
    weight = 4 * central_density(Rs, alpha_Rs) * Rs * mass_function(scaled) / scaled**2
    return weight * x, weight * y


def nfw_convergence(x: Array, y: Array, Rs: Any, alpha_Rs: Any) -> Array:
    """Convergence of an NFW halo; it diverges logarithmically at the centre."""
    return 2 * central_density(Rs, alpha_Rs) * Rs * convergence_function(safe_radius(x, y) / Rs)


def central_density(Rs: Any, alpha_Rs: Any) -> Any:
    """Density ``rho_0`` of the module's text, per arcsec."""
    return alpha_Rs / (4 * Rs**2 * (1 - math.log(2)))


def arccosh_function(x: Array) -> Array:
    """``F(x) = arccosh(1 / x) / sqrt(1 - x^2)``, beyond 1 ``arccos(1 / x) / sqrt(x^2 - 1)``."""
    xp = array_namespace(x)
    w, near = _distance_from_one(x)
    root = xp.sqrt(xp.where(near, xp.ones_like(w), xp.abs(w)))
    far = xp.where(w > 0, xp.log((1 + root) / x), xp.atan(root)) / root
    return xp.where(near, _power_series(w, first=0), far)


def convergence_function(x: Array) -> Array:
    """``K(x) = (1 - F(x)) / (x^2 - 1)``, 1/3 at ``x = 1``."""
    xp = array_namespace(x)
    w, near = _distance_from_one(x)
    far = (arccosh_function(x) - 1) / xp.where(near, xp.ones_like(w), w)
    return xp.where(near, _power_series(w, first=1), far)


def mass_function(x: Array) -> Array:
    """``M(x) = log(x / 2) + F(x)``: the mass inside the radius ``x``, over ``4 pi rho_0 Rs^3``."""
    xp = array_namespace(x)
    small = xp.clip(x, max=0.5)
    root = xp.sqrt(1 - small**2)
    # the logarithms of 1 / x cancel: here they are subtracted by hand
    inner = xp.log(2 / small) * small**2 / (root * (1 + root)) + xp.log1p(-(small**2) / (2 * (1 + root))) / root
    return xp.where(x < 0.5, inner, xp.log(x / 2) + arccosh_function(x))


def potential_function(x: Array) -> Array:
    """``P(x) = log(x / 2)^2 - arccosh(1 / x)^2``, beyond 1 ``log(x / 2)^2 + arccos(1 / x)^2``."""
    xp = array_namespace(x)
    F = arccosh_function(x)
    return x**2 * F**2 - mass_function(x) * (F + xp.log(2 / x))


def _distance_from_one(x: Array) -> tuple[Array, Array]:
    """``1 - x^2``, and where it is so small that a series is needed."""
    w = 1 - x**2
    return w, array_namespace(x).abs(w) < 0.02


def _power_series(w: Array, first: int) -> Array:
    """``sum_(k >= first) w^(k - first) / (2k + 1)`` for ``|w| < 0.02``; from 0 it is ``artanh(sqrt w) / sqrt w``."""
    w = array_namespace(w).clip(w, min=-0.02, max=0.02)
    total = w * 0 + 1 / (2 * (first + 10) + 1)
    for k in range(first + 9, first - 1, -1):
        total = total * w + 1 / (2 * k + 1)
    return total
