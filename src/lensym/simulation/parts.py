"""The parts of a recipe, as they stand in its YAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lensym.simulation.distributions import Distribution


@dataclass(frozen=True)
class Cosmology:
    """Flat Lambda-CDM; ``distance`` is ``angular`` or the published quirk ``luminosity``."""

    H0: float
    Om0: float
    distance: str


@dataclass(frozen=True)
class Lens:
    """Smooth lens: SIE of a mass (solar masses) at the origin and external shear."""

    mass: float
    e1: float
    e2: float
    gamma1: float
    gamma2: float


@dataclass(frozen=True)
class Source:
    """Sersic source; lengths in arcsec, ``amplitude`` per square arcsec at ``R_sersic``."""

    amplitude: float
    R_sersic: float
    n_sersic: float
    e1: float
    e2: float
    x: Distribution
    y: Distribution


@dataclass(frozen=True)
class NoSubstructure:
    """Nothing but the smooth lens."""


@dataclass(frozen=True)
class PointMassPopulation:
    """``count`` point masses at (radius, angle in degrees) from the centre."""

    count: int
    mass: Distribution
    radius: Distribution
    angle: Distribution


@dataclass(frozen=True)
class VortexPopulation:
    """Equal point masses evenly spaced on a segment through the centre."""

    points: int
    total_mass: float
    log10_axion_mass: Distribution
    length_at_1e_22: float
    angle: Distribution


Population = NoSubstructure | PointMassPopulation | VortexPopulation
POPULATIONS: dict[str, type[Any]] = {
    "none": NoSubstructure,
    "point_masses": PointMassPopulation,
    "vortex": VortexPopulation,
}


@dataclass(frozen=True)
class Image:
    """Pixels a side and arcsec per pixel."""

    size: int
    pixel_scale: float


@dataclass(frozen=True)
class Observation:
    """Telescope: PSF (FWHM in arcsec, cut in sigma), exposure and background (flux units per pixel)."""

    psf_fwhm: float
    psf_truncation: float
    exposure: Distribution
    background_rms: float
    noise: str
