"""The dark matter substructure of a class of a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lensym.simulation.distributions import Distribution
from lensym.simulation.parts.values import HALF_TURN, PolarPlace


@dataclass(frozen=True)
class NoSubstructure:
    """Nothing but the smooth lens."""

    kind: ClassVar[str] = "none"


@dataclass(frozen=True)
class PointMassPopulation:
    """Point masses at (radius, angle) from the lens's centre, of drawn masses or all of one Einstein radius.

    With ``mass_fraction`` the masses are scaled to that share of the lens's mass inside its Einstein radius.
    """

    kind: ClassVar[str] = "point_masses"
    count: Distribution
    place: PolarPlace
    mass: Distribution | None = None
    theta_E: Distribution | None = None
    mass_fraction: Distribution | None = None


@dataclass(frozen=True)
class VortexPopulation:
    """Equal point masses evenly spaced on a segment.

    The segment's length is drawn, or follows from the axion mass: ``length_at_1e_22`` arcsec for 1e-22 eV and
    inversely proportional to it. ``layout`` says where the segment lies: ``centred`` on the lens, or ``degrees``,
    the public generator of Models A and B, which counts the angle from +y towards +x, starts half a length from the
    lens in a direction of so many degrees as the angle has radians, and leaves out the last point.
    """

    kind: ClassVar[str] = "vortex"
    points: int
    angle: Distribution
    log10_axion_mass: Distribution | None = None
    length_at_1e_22: float | None = None
    length: Distribution | None = None
    total_mass: Distribution | None = None
    theta_E: Distribution | None = None
    mass_fraction: Distribution | None = None
    layout: str = "centred"


@dataclass(frozen=True)
class SubhaloPopulation:
    """Subhalos of a power-law mass function, uniform in area, their number such that they hold ``mass_fraction``.

    The fraction is of the lens's mass inside ``extent`` Einstein radii, where they all lie. ``profile`` is ``tnfw``,
    truncated at ``truncation`` scale radii, or ``point``.
    """

    kind: ClassVar[str] = "subhalos"
    mass_fraction: Distribution
    mass: Distribution
    extent: float = 2.0
    profile: str = "tnfw"
    truncation: float = 10.0


@dataclass(frozen=True)
class LinePopulation:
    """A uniform line of mass, the literature's stand-in for a vortex, at a place inside ``extent`` Einstein radii.

    Its length is ``length_kpc_at_1e_22`` kpc for 1e-22 eV and inversely proportional to the axion mass; its mass is
    ``mass_fraction`` of the lens's inside ``mass_extent`` Einstein radii, or, where ``mass`` is the mass function of
    subhalos, what these would have together: then it scatters about the fraction as theirs does, and mass is no label.
    """

    kind: ClassVar[str] = "line"
    mass_fraction: Distribution
    log10_axion_mass: Distribution
    mass: Distribution | None = None
    length_kpc_at_1e_22: float = 0.366
    mass_extent: float = 2.0
    extent: float = 1.0
    angle: Distribution = HALF_TURN


@dataclass(frozen=True)
class SolitonPopulation:
    """Subhalos of an ultra-light axion: each a soliton core of half-density radius from mass and axion mass."""

    kind: ClassVar[str] = "solitons"
    mass_fraction: Distribution
    mass: Distribution
    log10_axion_mass: Distribution
    extent: float = 2.0


Population = (
    NoSubstructure | PointMassPopulation | VortexPopulation | SubhaloPopulation | LinePopulation | SolitonPopulation
)
