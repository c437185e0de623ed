"""Dark matter substructure: how each kind is laid out in the lens plane."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lensym.physics.cosmology import Numbers

AXION_MASS_UNIT = 1e-22
"""eV; the mass at which a vortex has its reference length."""


def power_law(u: Numbers, low: float, high: float, exponent: float) -> Numbers:
    """Quantile function of ``p(m) ~ m^exponent`` between ``low`` and ``high`` at ``u`` in [0, 1).

    >>> power_law(np.array([0.0, 0.5]), 1.0, 3.0, 0.0).tolist()
    [1.0, 2.0]
    """
    if exponent == -1:
        quantile: Numbers = low * (high / low) ** u
        return quantile
    power = exponent + 1
    a, b = low**power, high**power
    value: Numbers = (a + (b - a) * u) ** (1 / power)
    return value


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


def mean_power_law(low: float, high: float, exponent: float) -> float:
    """Mean of ``p(m) ~ m^exponent`` between ``low`` and ``high``.

    >>> mean_power_law(1.0, 3.0, 0.0)
    2.0
    """
    return _moment(low, high, exponent + 1) / _moment(low, high, exponent)


def _moment(low: float, high: float, exponent: float) -> float:
    """Integral of ``m^exponent`` from ``low`` to ``high``."""
    if exponent == -1:
        return math.log(high / low)
    return float((high ** (exponent + 1) - low ** (exponent + 1)) / (exponent + 1))
