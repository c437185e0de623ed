"""Perturbations of the smooth lens: external shear, and multipoles of the isothermal profile."""

from __future__ import annotations

from typing import Any

from lensym.physics.mass.geometry import Array, functions_for, safe_radius


def shear_potential(x: Array, y: Array, gamma1: Any, gamma2: Any) -> Array:
    """Potential of an external shear: ``gamma1 (x^2 - y^2) / 2 + gamma2 x y``. Its convergence is zero."""
    return gamma1 / 2 * (x**2 - y**2) + gamma2 * x * y


def shear_deflection(x: Array, y: Array, gamma1: Any, gamma2: Any) -> tuple[Array, Array]:
    """Deflection of an external shear: ``(gamma1 x + gamma2 y, gamma2 x - gamma1 y)``."""
    return gamma1 * x + gamma2 * y, gamma2 * x - gamma1 * y


def multipole_potential(x: Array, y: Array, m: int, a_m: Any, phi_m: Any) -> Array:
    """Potential of a multipole of the isothermal profile: ``a_m / (1 - m^2) r cos(m (phi - phi_m))``.

    Xu et al. 2015, eq. B12 (lenstronomy's MULTIPOLE). An isothermal sphere plus this has the convergence
    ``(theta_E + a_m cos(m (phi - phi_m))) / (2 r)``: ``a_m`` is in arcsec, the amplitude by which the critical curve
    bulges; over ``theta_E`` it is the dimensionless amplitude quoted for isophotes. ``m`` is at least 2; ``m = 4`` with
    ``a_m > 0`` and ``phi_m`` on the major axis is disky, with ``a_m < 0`` boxy. ``phi_m`` in radians.
    """
    cos, _ = _multiple_angle(x, y, m, phi_m)
    return a_m / (1 - m**2) * safe_radius(x, y) * cos


def multipole_deflection(x: Array, y: Array, m: int, a_m: Any, phi_m: Any) -> tuple[Array, Array]:
    """Deflection of :func:`multipole_potential`: a function of the angle alone, zero at the very centre."""
    cos, sin = _multiple_angle(x, y, m, phi_m)
    radius = safe_radius(x, y)
    along, across = a_m / (1 - m**2) * cos / radius, -m * a_m / (1 - m**2) * sin / radius
    return along * x - across * y, along * y + across * x


def multipole_convergence(x: Array, y: Array, m: int, a_m: Any, phi_m: Any) -> Array:
    """Convergence of :func:`multipole_potential`: ``a_m cos(m (phi - phi_m)) / (2 r)``."""
    cos, _ = _multiple_angle(x, y, m, phi_m)
    return a_m / 2 * cos / safe_radius(x, y)


def _multiple_angle(x: Array, y: Array, m: int, phi_m: Any) -> tuple[Array, Array]:
    """Cosine and sine of ``m (phi - phi_m)``, both zero at the very centre, where an arctangent has no gradient."""
    radius, xp = safe_radius(x, y), functions_for(phi_m)
    cos, sin = x / radius, y / radius
    cos_m, sin_m = xp.cos(m * phi_m), -xp.sin(m * phi_m)
    for _ in range(m):
        cos_m, sin_m = cos_m * cos - sin_m * sin, sin_m * cos + cos_m * sin
    return cos_m, sin_m
