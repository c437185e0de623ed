"""FITS: the arrays of a telescope's file, their pixel scale from the WCS."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.data.readers.choose import with_versions
from lensym.data.readers.frame import ArrayEntry, reading, square_pixel_scale

_ARCSEC_PER_DEGREE = 3600.0
_SIZE_KEYS = ("CDELT1", "CD1_1", "CD1_2", "PC1_1", "PC1_2")
"""Keywords one of which must say how large a pixel is; without any, the standard's default is a whole degree."""


def entries(path: Path) -> list[ArrayEntry]:
    """List the image extensions that hold data, compressed ones included."""
    with _opened(path) as hdus:
        found = [(number, hdu) for number, hdu in enumerate(hdus) if hdu.is_image and hdu.shape]
        names = with_versions([hdu.name for _, hdu in found])
        return [_entry(number, name, hdu) for (number, hdu), name in zip(found, names, strict=True)]


def pixels(path: Path, entry: ArrayEntry) -> NDArray[Any]:
    """Values of one extension, scaled as its header says; axes of length 1 in front are dropped."""
    with _opened(path) as hdus:
        return np.asarray(hdus[entry.index].data).reshape(entry.shape)


def _entry(number: int, name: str, hdu: Any) -> ArrayEntry:
    from astropy.io.fits import BITPIX2DTYPE

    scale, fault = wcs_pixel_scale(hdu.header)
    unit = hdu.header.get("BUNIT")
    dtype = BITPIX2DTYPE[hdu.header["BITPIX"]]
    return ArrayEntry(name, _without_empty_axes(hdu.shape), dtype, number, unit and str(unit), scale, fault)


def _without_empty_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Drop what radio images put in front: axes of length 1 for frequency and polarisation."""
    while len(shape) > 2 and shape[0] == 1:
        shape = shape[1:]
    return shape


def wcs_pixel_scale(header: Any) -> tuple[float | None, str]:
    """Arcsec per pixel of a header's sky coordinates, or None and the reason, empty where it has none."""
    if "CTYPE1" not in header:
        return None, ""
    if not any(header.get(key) for key in _SIZE_KEYS):
        return None, "its sky coordinates give no pixel size"
    from astropy.wcs import WCS, FITSFixedWarning
    from astropy.wcs.utils import proj_plane_pixel_scales

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FITSFixedWarning)
            wcs = WCS(header).celestial
        sides = _ARCSEC_PER_DEGREE * proj_plane_pixel_scales(wcs) if wcs.naxis == 2 else []
    except ValueError as error:
        return None, f"its sky coordinates cannot be read ({' '.join(str(error).split())})"
    return square_pixel_scale(sides)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open all of a FITS file; damage becomes an InputError."""
    from astropy.io import fits
    from astropy.utils.exceptions import AstropyUserWarning

    with reading("FITS", path), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", AstropyUserWarning)
        with fits.open(path, memmap=False) as hdus:
            len(hdus)  # reads every header, down to the end of the file
            _refuse_truncated(said)
            yield hdus


def _refuse_truncated(said: list[warnings.WarningMessage]) -> None:
    for warning in said:
        if "truncated" in str(warning.message):
            raise ValueError(str(warning.message))
