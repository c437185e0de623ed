"""The parts of a recipe, as they stand in its YAML.

Lengths are in arcsec, masses in solar masses, angles in degrees from +x towards +y. Where a part is said in one of two
ways, the keys tell which: ``{e1, e2}`` or ``{q, angle}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lensym.physics.psf import GaussianPSF, MoffatPSF
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


@dataclass(frozen=True)
class PolarPlace:
    """A place by distance and direction; the distance in arcsec, or in Einstein radii of the lens."""

    radius: Distribution
    angle: Distribution
    unit: str = "arcsec"


Ellipticity = Components | AxisRatio
Position = Place | PolarPlace
ROUND = Components(ZERO, ZERO)
MIDDLE = Place()


@dataclass(frozen=True)
class Lens:
    """The smooth lens: an elliptical power law of 3D slope ``slope`` (2: isothermal), shear and multipoles.

    Its strength is said in one of three ways: ``theta_E``; the ``mass`` of a point with that Einstein radius; the
    ``velocity_dispersion`` in km/s of an isothermal sphere. ``z_source_convention`` is the source redshift that the
    strength refers to, where that is not the source's own: every deflection is scaled from it.
    """

    ellipticity: Ellipticity = ROUND
    shear: ShearComponents | ShearVector = ShearComponents(ZERO, ZERO)
    theta_E: Distribution | None = None
    mass: Distribution | None = None
    velocity_dispersion: Distribution | None = None
    slope: Distribution = TWO
    center: Position = MIDDLE
    a3: Distribution = ZERO
    a4: Distribution = ZERO
    z_source_convention: float | None = None


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


@dataclass(frozen=True)
class Image:
    """Pixels a side, arcsec per pixel, points a side of a pixel at which it is rendered, bands."""

    size: int
    pixel_scale: float
    supersampling: int = 1
    bands: int = 1


@dataclass(frozen=True)
class FilePsf:
    """The PSF is the image of a FITS or .npy file, in the recipe's pixels, with an odd number of them a side."""

    file: str


@dataclass(frozen=True)
class PublishedCounts:
    """Model I's noise, applied twice: shot and background noise, then a Poisson number of the noisy sum."""

    kind: ClassVar[str] = "published_counts"
    exposure: Distribution
    background_rms: float


@dataclass(frozen=True)
class Noiseless:
    """No noise; the image times ``factor``."""

    kind: ClassVar[str] = "none"
    factor: float = 1.0


@dataclass(frozen=True)
class PoissonSky:
    """PyAutoLens's noise: a Poisson number of image and ``sky`` over the ``exposure``, the sky then subtracted."""

    kind: ClassVar[str] = "poisson"
    exposure: Distribution
    sky: float


@dataclass(frozen=True)
class CcdNoise:
    """A CCD: read noise and gain in electrons, sky in magnitudes per square arcsec, exposures in seconds.

    Images are in electrons per second, the sky subtracted; see :class:`lensym.physics.instruments.Instrument`.
    """

    kind: ClassVar[str] = "ccd"
    read_noise: float
    gain: float
    sky_brightness: float
    exposure_time: float
    exposures: int


@dataclass(frozen=True)
class Observation:
    """The telescope. ``zero_point`` is the magnitude of one electron a second.

    ``scaled`` says that each finished image is clipped at zero and divided by its maximum. ``instrument``, a name of
    :data:`lensym.physics.instruments.INSTRUMENTS`, stands for PSF, zero point and noise; what is said beside it wins.
    """

    psf: GaussianPSF | MoffatPSF | FilePsf
    noise: PublishedCounts | Noiseless | PoissonSky | CcdNoise
    zero_point: float | None = None
    scaled: bool = False
    instrument: str | None = None
