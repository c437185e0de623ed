"""Dark matter substructure: how each kind is laid out in the lens plane."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

AXION_MASS_UNIT = 1e-22
"""eV; the mass at which a vortex has its reference length."""


def power_law(u: NDArray[np.float64], low: float, high: float, exponent: float) -> NDArray[np.float64]:
    """Quantile function of ``p(m) ~ m^exponent`` between ``low`` and ``high`` at ``u`` in [0, 1).

    >>> power_law(np.array([0.0, 0.5]), 1.0, 3.0, 0.0).tolist()
    [1.0, 2.0]
    """
    if exponent == -1:
        return np.asarray(low * (high / low) ** u)
    power = exponent + 1
    a, b = low**power, high**power
    return np.asarray((a + (b - a) * u) ** (1 / power))


def vortex_half_length(log10_axion_mass: float, length_at_unit: float) -> float:
    """Half-length in arcsec of a vortex: ``length_at_unit / 2 * 1e-22 eV / m_axion``.

    >>> vortex_half_length(-24.0, 0.06)
    3.0
    """
    return length_at_unit / 2 * math.pow(10, -22 - log10_axion_mass)


def vortex_points(half_length: float, angle: float, points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Evenly spaced positions (x, y) in arcsec on a segment through the origin, both ends included.

    ``angle`` in radians; each array has shape (points,).
    """
    along = np.linspace(-half_length, half_length, points)
    return along * math.cos(angle), along * math.sin(angle)
