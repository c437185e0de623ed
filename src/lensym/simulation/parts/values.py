"""Values that several parts share: a cosmology, ellipticities, shears and places."""

from __future__ import annotations

from dataclasses import dataclass

from lensym.simulation.distributions import Distribution

VARIANTS = ("published", "physical", "stress")
"""As the public generator does it; in lenses as on the sky; smooth ones of these that are no ellipses."""

ZERO = Distribution("constant", (0.0,))
TWO = Distribution("constant", (2.0,))
HALF_TURN = Distribution("uniform", (0.0, 180.0))


@dataclass(frozen=True)
class Cosmology:
    """Flat Lambda-CDM; ``distance`` is ``angular`` or the published quirk ``luminosity``."""

    H0: float
    Om0: float
    distance: str = "angular"


@dataclass(frozen=True)
class Components:
    """An ellipticity by its components ``e1 = (1 - q) / (1 + q) cos 2 phi`` and ``e2``, with the sine."""

    e1: Distribution
    e2: Distribution


@dataclass(frozen=True)
class AxisRatio:
    """An ellipticity by axis ratio and position angle of the major axis."""

    q: Distribution
    angle: Distribution


@dataclass(frozen=True)
class AlongMass:
    """The lens's own ellipticity, turned by an angle."""

    angle_to_mass: Distribution


@dataclass(frozen=True)
class ShearComponents:
    """An external shear by its components."""

    gamma1: Distribution
    gamma2: Distribution


@dataclass(frozen=True)
class ShearVector:
    """An external shear by strength and direction."""

    gamma: Distribution
    angle: Distribution


@dataclass(frozen=True)
class Place:
    """A place in the image plane."""

    x: Distribution = ZERO
    y: Distribution = ZERO

    @property
    def is_middle(self) -> bool:
        """Whether it is the middle in every image."""
        return self.x.is_always(0.0) and self.y.is_always(0.0)


@dataclass(frozen=True)
class PolarPlace:
    """A place by distance and direction; the distance in arcsec, or in Einstein radii of the lens."""

    radius: Distribution
    angle: Distribution
    unit: str = "arcsec"

    @property
    def is_middle(self) -> bool:
        """Whether it is the middle in every image."""
        return self.radius.is_always(0.0)


Ellipticity = Components | AxisRatio
Position = Place | PolarPlace
ROUND = Components(ZERO, ZERO)
MIDDLE = Place()
UNSHEARED = ShearComponents(ZERO, ZERO)
