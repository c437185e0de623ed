"""The smooth lens of a recipe."""

from __future__ import annotations

from dataclasses import dataclass

from lensym.simulation.distributions import Distribution
from lensym.simulation.parts.values import (
    MIDDLE,
    ROUND,
    TWO,
    UNSHEARED,
    ZERO,
    Ellipticity,
    Position,
    ShearComponents,
    ShearVector,
)


@dataclass(frozen=True)
class Lens:
    """The smooth lens: an elliptical power law of 3D slope ``slope`` (2: isothermal), shear and multipoles.

    Its strength is said in one of three ways: ``theta_E``; the ``mass`` of a point with that Einstein radius; the
    ``velocity_dispersion`` in km/s of an isothermal sphere. ``z_source_convention`` is the source redshift that the
    strength refers to, where that is not the source's own: every deflection is scaled from it.
    """

    ellipticity: Ellipticity = ROUND
    shear: ShearComponents | ShearVector = UNSHEARED
    theta_E: Distribution | None = None
    mass: Distribution | None = None
    velocity_dispersion: Distribution | None = None
    slope: Distribution = TWO
    center: Position = MIDDLE
    a3: Distribution = ZERO
    a4: Distribution = ZERO
    z_source_convention: float | None = None
