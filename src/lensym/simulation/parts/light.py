"""The galaxies of a recipe: source, light of the lens, neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lensym.simulation.distributions import Distribution
from lensym.simulation.parts.values import MIDDLE, ROUND, AlongMass, AxisRatio, Components, Position


@dataclass(frozen=True)
class SersicLight:
    """A Sersic profile, its brightness by ``amplitude`` (per square arcsec at ``R_sersic``) or total ``magnitude``.

    With several bands there is a magnitude for each.
    """

    R_sersic: Distribution
    n_sersic: Distribution
    ellipticity: Components | AxisRatio | AlongMass = ROUND
    center: Position = MIDDLE
    amplitude: Distribution | None = None
    magnitude: tuple[Distribution, ...] | None = None


@dataclass(frozen=True)
class Clumps:
    """Star-forming knots: round exponential spots that hold ``flux_fraction`` of the source's light together."""

    count: Distribution
    flux_fraction: Distribution
    R_sersic: Distribution


@dataclass(frozen=True)
class SersicSource(SersicLight):
    """The source galaxy, on request with clumps."""

    kind: ClassVar[str] = "sersic"
    clumps: Clumps | None = None


@dataclass(frozen=True)
class GalaxySource:
    """The source is a picture of a galaxy, of the user's ``file`` or drawn by a procedure.

    ``scale`` is in arcsec per pixel of the picture.
    """

    kind: ClassVar[str] = "galaxies"
    scale: float
    magnitude: tuple[Distribution, ...]
    angle: Distribution
    center: Position
    file: str | None = None


@dataclass(frozen=True)
class Neighbours:
    """Other galaxies in the field, in front of the source or beside it: they are not lensed and do not lens."""

    count: Distribution
    light: SersicLight
