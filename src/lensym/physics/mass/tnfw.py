"""Truncated NFW halos, for a population of subhalos.

The density of :mod:`~lensym.physics.mass.nfw` times ``r_trunc^2 / (r^2 + r_trunc^2)`` (Baltz, Marshall & Oguri 2009,
appendix A for n = 1, whose ``tau`` is ``r_trunc / Rs``). As in lenstronomy's TNFW, ``alpha_Rs`` is the deflection at
``Rs`` of the halo *without* truncation. The paper's functions are written with ``d = sqrt(1 + (x / tau)^2) - 1``, with
which the terms that cancel for small ``x`` or large ``tau`` are gone.
"""

from __future__ import annotations

import math
from typing import Any

from array_api_compat import array_namespace

from lensym.physics.mass.geometry import Array, functions_for, safe_radius
from lensym.physics.mass.nfw import (
    arccosh_function,
    central_density,
    convergence_function,
    mass_function,
    potential_function,
)
from lensym.physics.mass.population import sum_of_maps, sum_of_vectors


def tnfw_potential(
    x: Array, y: Array, center_x: Array, center_y: Array, Rs: Array, alpha_Rs: Array, r_trunc: Array
) -> Array:
    """Summed potential of truncated NFW halos, zero at the centre of each; parameters as for the deflection."""
    return sum_of_maps(_potential, x, y, center_x, center_y, Rs, alpha_Rs, r_trunc)


def tnfw_deflection(
    x: Array, y: Array, center_x: Array, center_y: Array, Rs: Array, alpha_Rs: Array, r_trunc: Array
) -> tuple[Array, Array]:
    """Summed deflection of truncated NFW halos.

    Parameters
    ----------
    x, y
        Positions of any shape.
    center_x, center_y, Rs, alpha_Rs, r_trunc
        Centres, scale radii, deflections at the scale radius without truncation, and truncation radii, all in arcsec,
        shape (K,).
    """
    return sum_of_vectors(_deflection, x, y, center_x, center_y, Rs, alpha_Rs, r_trunc)


def tnfw_convergence(
    x: Array, y: Array, center_x: Array, center_y: Array, Rs: Array, alpha_Rs: Array, r_trunc: Array
) -> Array:
    """Summed convergence of truncated NFW halos; parameters as for the deflection."""
    return sum_of_maps(_convergence, x, y, center_x, center_y, Rs, alpha_Rs, r_trunc)


def tnfw_total_mass(tau: Any) -> Any:
    """Mass of the whole halo over ``4 pi rho_0 Rs^3`` (Baltz, Marshall & Oguri 2009, appendix A).

    >>> tau = 1e8  # hardly truncated: the logarithm of the whole NFW halo
    >>> round(tnfw_total_mass(tau) / (math.log(tau) - 1), 6)
    1.0
    """
    log = functions_for(tau).log
    return _truncation(tau) * ((tau**2 - 1) * log(tau) + math.pi * tau - (tau**2 + 1))


def _potential(x: Array, y: Array, Rs: Any, alpha_Rs: Any, r_trunc: Any) -> Array:
    scaled, tau = safe_radius(x, y) / Rs, r_trunc / Rs
    d, p, log_ratio = _truncation_terms(scaled, tau)
    untruncated = potential_function(scaled) + 2 * (p - d) * log_ratio - 2 * p * (1 + d) + p**2
    F, mass = arccosh_function(scaled), mass_function(scaled)
    rest = 4 * scaled**2 * F - 4 * mass + 2 * math.pi * tau * (p - d)
    return 2 * central_density(Rs, alpha_Rs) * Rs**3 * _truncation(tau) * ((tau**2 - 1) * untruncated + rest)


def _deflection(x: Array, y: Array, Rs: Any, alpha_Rs: Any, r_trunc: Any) -> tuple[Array, Array]:
    scaled, tau = safe_radius(x, y) / Rs, r_trunc / Rs
    d, p, log_ratio = _truncation_terms(scaled, tau)
    untruncated = mass_function(scaled) - d * log_ratio - (1 + d) * p
    rest = 2 * scaled**2 * arccosh_function(scaled) - math.pi * tau * d
    mass = _truncation(tau) * ((tau**2 - 1) * untruncated + rest)
    weight = 4 * central_density(Rs, alpha_Rs) * Rs * mass / scaled**2
    return weight * x, weight * y


def _convergence(x: Array, y: Array, Rs: Any, alpha_Rs: Any, r_trunc: Any) -> Array:
    scaled, tau = safe_radius(x, y) / Rs, r_trunc / Rs
    d, p, log_ratio = _truncation_terms(scaled, tau)
    root = tau * (1 + d)
    bracket = (
        (tau**2 + 1) * convergence_function(scaled)
        + 2 * arccosh_function(scaled)
        - math.pi / root
        - (tau**2 - 1) / (tau * root) * (log_ratio + p)
    )
    return 2 * central_density(Rs, alpha_Rs) * Rs * _truncation(tau) * bracket


def _truncation(tau: Any) -> Any:
    """Factor in front of all of the functions."""
    return tau**2 / (tau**2 + 1) ** 2


def _truncation_terms(x: Array, tau: Any) -> tuple[Array, Array, Array]:
    """``d = sqrt(1 + (x / tau)^2) - 1``, ``p = log(1 + d / 2)`` and ``log(2 tau / x)``."""
    xp = array_namespace(x)
    squared = (x / tau) ** 2
    d = squared / (xp.sqrt(1 + squared) + 1)
    return d, xp.log1p(d / 2), xp.log(2 * tau / x)
