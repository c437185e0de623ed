"""Instruments: from magnitudes to electrons, and the noise of a CCD.

The quantities and formulas are those of lenstronomy's SingleBand with images in electrons per second. In
analogue-to-digital units, everything (flux, background, noise) is divided by the gain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lensym.errors import unknown_name
from lensym.physics.psf import PSF, GaussianPSF


@dataclass(frozen=True)
class Instrument:
    """Camera and exposures of one band.

    Attributes
    ----------
    pixel_scale
        Arcsec per pixel.
    read_noise
        Standard deviation of one readout, electrons per pixel.
    gain
        Electrons per analogue-to-digital unit.
    sky_brightness
        Magnitudes per square arcsec.
    zero_point
        Magnitude of one electron per second.
    exposure_time, exposures
        Seconds of one exposure, and their number.
    psf
        Point spread function.
    """

    pixel_scale: float
    read_noise: float
    gain: float
    sky_brightness: float
    zero_point: float
    exposure_time: float
    exposures: int
    psf: PSF

    @property
    def total_exposure(self) -> float:
        """Seconds of all exposures together."""
        return self.exposure_time * self.exposures

    @property
    def sky_flux(self) -> float:
        """Light of the sky in a pixel, electrons per second."""
        return self.flux(self.sky_brightness) * self.pixel_scale**2

    @property
    def readout_variance(self) -> float:
        """Variance of the electrons in a pixel from all readouts."""
        return self.exposures * self.read_noise**2

    @property
    def background_rms(self) -> float:
        """Standard deviation of a pixel without source, electrons per second: sky and readouts."""
        variance = self.readout_variance + self.total_exposure * self.sky_flux
        return float(np.sqrt(variance)) / self.total_exposure

    def flux(self, magnitude: float) -> float:
        """Electrons per second of a magnitude."""
        return float(10 ** (-0.4 * (magnitude - self.zero_point)))

    def noise_rms(self, image: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
        """Standard deviation of every pixel of an image in electrons per second."""
        return np.asarray(np.sqrt(self.background_rms**2 + np.clip(image, 0, None) / self.total_exposure))


def ccd_image(
    image: Float[np.ndarray, "*shape"], instrument: Instrument, rng: np.random.Generator
) -> Float[np.ndarray, "*shape"]:
    """Draw what the instrument records of a noise-free image, sky subtracted; both in electrons per second.

    The electrons of source and sky are one Poisson number, all readouts one normal number.
    """
    time = instrument.total_exposure
    electrons = rng.poisson(time * (np.clip(image, 0, None) + instrument.sky_flux))
    readout = np.sqrt(instrument.readout_variance) * rng.standard_normal(image.shape)
    return np.asarray((electrons + readout) / time - instrument.sky_flux)


# Fields in the order of the class: pixel scale, read noise, gain, sky, zero point, exposure time, exposures, PSF
INSTRUMENTS: dict[str, Instrument] = {
    # as configured in lenstronomy in 2022, when Models II and IV were made
    "euclid_vis_2022": Instrument(0.101, 4.2, 3.1, 22.35, 24.0, 565.0, 4, GaussianPSF(0.16)),
    # Euclid Collaboration 2024: arXiv 2405.13496 (zero point, sky), 2405.13501 (PSF), 2405.13493 (read noise), the wide
    # survey's exposures; pixel scale and gain as above
    "euclid_vis": Instrument(0.101, 4.2, 3.1, 22.3, 25.72, 566.0, 4, GaussianPSF(0.16)),
    # two orbits, drizzled to 0.08 arcsec, as configured in lenstronomy for Model III but for the PSF: there 0.08, below
    # the limit of diffraction; WFC3 Instrument Handbook, table 7.5, at 1.6 micron
    "hst_wfc3_f160w": Instrument(0.08, 4.0, 2.5, 22.3, 25.96, 5400.0, 1, GaussianPSF(0.151)),
    # one orbit of COSMOS: Scoville et al. 2007 (PSF, pixels, four exposures), Koekemoer et al. 2007 (2028 s), Sirianni
    # et al. 2005 (zero point, read noise); sky: average zodiacal light of the ACS team's table, 0.0755 electrons/s
    "hst_acs_f814w": Instrument(0.05, 5.0, 1.0, 22.2, 25.94, 507.0, 4, GaussianPSF(0.09)),
    # ten years: Jones et al., SMTN-002 (zero point, dark sky, 9 electrons an exposure, gain, a geometric FWHM of 0.71
    # for the effective one of 0.80); Ivezic et al. 2019, table 1 (184 visits of two exposures, pixels)
    "rubin_i": Instrument(0.2, 9.0, 1.6, 20.46, 28.17, 15.0, 368, GaussianPSF(0.71)),
    # medium tier of the wide-area survey: Roman Space Telescope, WFI technical pages (pixels, PSF, read noise, sky) and
    # Roman-STScI-000825 (zero point), as in lenstronomy
    "roman_f129": Instrument(0.11, 8.5, 1.0, 22.99, 26.3531, 107.0, 6, GaussianPSF(0.106)),
}
"""Named instruments; the source of every number stands beside it."""


def named_instrument(name: str) -> Instrument:
    """Instrument by name.

    >>> named_instrument("euclid_vis").zero_point
    25.72
    """
    if name not in INSTRUMENTS:
        raise unknown_name("instrument", name, INSTRUMENTS)
    return INSTRUMENTS[name]
