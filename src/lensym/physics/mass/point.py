"""Point masses."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from lensym.physics.mass.geometry import CENTRE, Array, safe_radius
from lensym.physics.mass.population import sum_of_maps, sum_of_vectors


def point_mass_potential(x: Array, y: Array, mass_x: Array, mass_y: Array, theta_E: Array) -> Array:
    """Summed potential of point masses: ``sum_k theta_E_k^2 log |r - r_k|``, with the shapes of the deflection.

    The convergence is zero but at the masses.
    """
    return sum_of_maps(_potential, x, y, mass_x, mass_y, theta_E)


def point_mass_deflection(x: Array, y: Array, mass_x: Array, mass_y: Array, theta_E: Array) -> tuple[Array, Array]:
    """Summed deflection of point masses: ``sum_k theta_E_k^2 (r - r_k) / |r - r_k|^2``.

    Schneider, Ehlers & Falco 1992, section 8.1. At a mass itself it is zero.

    Parameters
    ----------
    x, y
        Positions of any shape.
    mass_x, mass_y, theta_E
        Positions and Einstein radii of the masses, shape (K,).
    """
    return sum_of_vectors(_deflection, x, y, mass_x, mass_y, theta_E)


def _potential(x: Array, y: Array, theta_E: Any) -> Array:
    return theta_E**2 * array_namespace(x, y).log(safe_radius(x, y))


def _deflection(x: Array, y: Array, theta_E: Any) -> tuple[Array, Array]:
    weight = theta_E**2 / array_namespace(x, y).clip(x**2 + y**2, min=CENTRE**2)
    return weight * x, weight * y
