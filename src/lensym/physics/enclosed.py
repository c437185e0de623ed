"""Mass of perturbers inside a circle: what a smooth lens must give up for the mean convergence to stay.

A mass is given as the square of its Einstein radius (arcsec^2), that is over ``pi Sigma_crit``.
"""

from __future__ import annotations

import math

import numpy as np

from lensym.physics.mass import soliton_deflection, tnfw_deflection
from lensym.physics.perturbers import Column, Lines, Perturbers, Solitons, TruncatedHalos, Vector
from lensym.physics.raytrace import PointMasses

_DIRECTIONS = 64
"""Points of the circle at which the deflection of halos is taken: enough for a per cent of one that lies on it."""


def mass_inside(perturbers: Perturbers, center_x: float, center_y: float, radius: float) -> float:
    """Mass inside the circle of ``radius`` arcsec about (center_x, center_y), as the square of an Einstein radius.

    That of halos is the flux of their deflection through the circle, ``R`` times its mean outward component
    (Gauss's theorem; Schneider, Ehlers & Falco 1992, section 5.1).

    >>> two = PointMasses(np.array([0.5, 2.0]), np.zeros(2), np.array([0.1, 0.3]))
    >>> round(mass_inside(two, 0.0, 0.0, 1.0), 3)
    0.01
    """
    p = perturbers
    x, y = p.x - center_x, p.y - center_y
    if isinstance(p, PointMasses):
        return float((p.theta_E**2)[np.hypot(x, y) < radius].sum())
    if isinstance(p, Lines):
        inside = [_chord(*line, radius) for line in zip(x, y, p.length, p.angle, strict=True)]
        return float(p.theta_E**2 @ np.array(inside))
    angle = (np.arange(_DIRECTIONS) + 0.5) * 2 * math.pi / _DIRECTIONS
    cos, sin = np.cos(angle), np.sin(angle)
    alpha_x, alpha_y = _deflection_of_each(p, radius * cos - x[:, None], radius * sin - y[:, None])
    return float(radius * (alpha_x * cos + alpha_y * sin).sum() / _DIRECTIONS)


def _chord(x: float, y: float, length: float, angle: float, radius: float) -> float:
    """Share of a line about (x, y) that lies inside the circle of ``radius`` about the origin; angle in radians."""
    nearest = x * math.cos(angle) + y * math.sin(angle)
    squared = nearest**2 + radius**2 - (x**2 + y**2)
    if squared <= 0:
        return 0.0
    first, last = -nearest - math.sqrt(squared), -nearest + math.sqrt(squared)
    return max(0.0, min(last, length / 2) - max(first, -length / 2)) / length


def _deflection_of_each(p: TruncatedHalos | Solitons, u: Column, v: Column) -> Vector:
    """Deflection of each halo at its own places (u, v), (K, n), counted from its centre."""
    zero = np.zeros((1, 1, 1))

    def column(values: Column) -> Column:
        """Parameters (K,) as those of one population whose every value is a (K, 1) array."""
        return values[None, :, None]

    if isinstance(p, TruncatedHalos):
        return tnfw_deflection(u, v, zero, zero, column(p.Rs), column(p.alpha_Rs), column(p.truncation * p.Rs))
    return soliton_deflection(u, v, zero, zero, column(p.kappa_0), column(p.r_c))
