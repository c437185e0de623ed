"""The image's pixels, and the telescope that a recipe looks through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lensym.physics.psf import GaussianPSF, MoffatPSF
from lensym.simulation.distributions import Distribution


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
