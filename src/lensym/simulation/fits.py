"""A simulated image as a telescope would deliver it: one FITS file with WCS, PSF and noise map."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from lensym.atomic import write_atomically

_ARCSEC_PER_DEGREE = 3600.0


def write_fits(
    path: str | Path,
    image: Shaped[np.ndarray, "h w"],
    pixel_scale: float,
    psf: Shaped[np.ndarray, "a b"],
    noise_map: Shaped[np.ndarray, "h w"],
    header: Mapping[str, Any] | None = None,
) -> None:
    """Write ``image`` with its PSF and the standard deviation of its noise, whole or not at all.

    The extensions are called SCI, PSF and RMS; image and noise map have a tangential WCS about the image's middle,
    at right ascension and declination 0, with ``pixel_scale`` arcsec per pixel. The bytes depend on the arguments
    alone.

    Parameters
    ----------
    header
        More keywords for the primary header, and what they mean: ``{"EXPTIME": (1000.0, "s")}``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from astropy.io import fits

    primary = fits.PrimaryHDU()
    primary.header.update(header or {})
    sky = sky_header(image.shape, pixel_scale)
    hdus = fits.HDUList(
        [
            primary,
            fits.ImageHDU(image, sky, name="SCI"),
            fits.ImageHDU(np.asarray(psf, np.float32), name="PSF"),
            fits.ImageHDU(np.asarray(noise_map, np.float32), sky, name="RMS"),
        ]
    )
    buffer = io.BytesIO()
    hdus.writeto(buffer)
    write_atomically(Path(path), buffer.getvalue())


def sky_header(shape: tuple[int, ...], pixel_scale: float) -> Any:
    """Header of a tangential projection, right ascension growing to the left, its reference in the image's middle."""
    from astropy.io import fits

    height, width = shape
    degrees = pixel_scale / _ARCSEC_PER_DEGREE
    return fits.Header(
        {
            "CTYPE1": "RA---TAN",
            "CTYPE2": "DEC--TAN",
            "CUNIT1": "deg",
            "CUNIT2": "deg",
            "CRVAL1": 0.0,
            "CRVAL2": 0.0,
            "CRPIX1": (width + 1) / 2,
            "CRPIX2": (height + 1) / 2,
            "CDELT1": -degrees,
            "CDELT2": degrees,
        }
    )
