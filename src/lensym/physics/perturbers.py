"""Populations of perturbers: what disturbs the smooth lens, each kind with its deflection. Arrays of shape (K,)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lensym.physics.mass import line_deflection, point_mass_deflection, soliton_deflection, tnfw_deflection
from lensym.physics.raytrace import PointMasses

Vector = tuple[NDArray[np.float64], NDArray[np.float64]]
Column = NDArray[np.float64]


@dataclass(frozen=True)
class TruncatedHalos:
    """Truncated NFW halos; see :func:`lensym.physics.mass.tnfw_deflection` (arcsec, ``truncation`` in scale radii)."""

    x: Column
    y: Column
    Rs: Column
    alpha_Rs: Column
    truncation: float


@dataclass(frozen=True)
class Lines:
    """Uniform line masses; see :func:`lensym.physics.mass.line_deflection` (arcsec, radians)."""

    x: Column
    y: Column
    length: Column
    angle: Column
    theta_E: Column


@dataclass(frozen=True)
class Solitons:
    """Soliton cores; see :func:`lensym.physics.mass.soliton_deflection` (arcsec, dimensionless)."""

    x: Column
    y: Column
    kappa_0: Column
    r_c: Column


Perturbers = PointMasses | TruncatedHalos | Lines | Solitons


def deflection(perturbers: Perturbers, x: NDArray[np.float64], y: NDArray[np.float64]) -> Vector:
    """Summed deflection in arcsec at the points (x, y)."""
    p = perturbers
    if isinstance(p, PointMasses):
        return point_mass_deflection(x, y, p.x, p.y, p.theta_E)
    if isinstance(p, TruncatedHalos):
        return tnfw_deflection(x, y, p.x, p.y, p.Rs, p.alpha_Rs, p.truncation * p.Rs)
    if isinstance(p, Lines):
        return line_deflection(x, y, p.x, p.y, p.length, p.angle, p.theta_E)
    return soliton_deflection(x, y, p.x, p.y, p.kappa_0, p.r_c)
