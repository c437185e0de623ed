"""FITS: the arrays of a telescope's file, their units, exposures and places on the sky."""

from __future__ import annotations

import gzip
import math
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.data.readers.choose import with_versions
from lensym.data.readers.frame import LARGEST_UNPACKED, ArrayEntry, reading
from lensym.data.readers.wcs import read_wcs
from lensym.errors import InputError

_SMALL = f"no more than {LARGEST_UNPACKED // 2**20} MiB in compressed form"
_GZIP = b"\x1f\x8b"
_PART = 2**20

_EXPOSURE_KEYS = ("EXPTIME", "TEXPTIME", "EXPOSURE")


def entries(path: Path) -> list[ArrayEntry]:
    """List the image extensions that hold data, compressed ones included."""
    with _opened(path) as hdus:
        found = [(number, hdu) for number, hdu in enumerate(hdus) if hdu.is_image and hdu.shape]
        names = with_versions([hdu.name for _, hdu in found])
        return [_entry(number, name, hdu, hdus) for (number, hdu), name in zip(found, names, strict=True)]


def arrays(path: Path, wanted: Sequence[ArrayEntry]) -> list[NDArray[Any]]:
    """Values of some extensions, scaled as their headers say; axes of length 1 in front are dropped.

    Pixels that an image of whole numbers marks as missing (BLANK) become NaN.
    """
    with _opened(path) as hdus:
        for entry in wanted:
            _require_size(hdus[entry.index], entry, path)
        return [np.asarray(hdus[entry.index].data).reshape(entry.shape) for entry in wanted]


def _entry(number: int, name: str, hdu: Any, hdus: Any) -> ArrayEntry:
    from astropy.io.fits import BITPIX2DTYPE

    scale, fault, pointing = read_wcs(hdu.header, hdus)
    unit = hdu.header.get("BUNIT")
    return ArrayEntry(
        name,
        _without_empty_axes(hdu.shape),
        BITPIX2DTYPE[hdu.header["BITPIX"]],
        number,
        unit=unit and str(unit),
        pixel_scale=scale,
        scale_fault=fault,
        exposure=_exposure(hdu.header) or _exposure(hdus[0].header),
        pointing=pointing,
    )


def _exposure(header: Any) -> float | None:
    """Seconds, as an extension or the file's first header says."""
    for key in _EXPOSURE_KEYS:
        value = header.get(key)
        if type(value) in (int, float) and 0 < value < math.inf:
            return float(value)
    return None


def _without_empty_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Drop what radio images put in front: axes of length 1 for frequency and polarisation."""
    while len(shape) > 2 and shape[0] == 1:
        shape = shape[1:]
    return shape


def _require_size(hdu: Any, entry: ArrayEntry, path: Path) -> None:
    """Refuse tiles that a few bytes may claim to be large."""
    size = math.prod(entry.shape) * abs(hdu.header["BITPIX"]) // 8
    if hasattr(hdu, "compression_type") and size > LARGEST_UNPACKED:
        got = f"{entry} of '{path}', {size / 2**20:.0f} MiB unpacked"
        raise InputError(_SMALL, got, "unpack it (funpack), or give its positions in a catalogue with --mosaic")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open all of a FITS file; damage becomes an InputError."""
    from astropy.io import fits
    from astropy.utils.exceptions import AstropyUserWarning

    with reading("FITS", path), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", AstropyUserWarning)
        _require_small_gzip(path)
        with fits.open(path, memmap=False) as hdus:
            len(hdus)  # reads every header, down to the end of the file
            _refuse_truncated(said)
            yield hdus


def _refuse_truncated(said: list[warnings.WarningMessage]) -> None:
    for warning in said:
        if "truncated" in str(warning.message):
            raise ValueError(str(warning.message))


def _require_small_gzip(path: Path) -> None:
    """Unpack a gzipped file as far as it may reach, in little memory; damage is left to the reader."""
    with path.open("rb") as file:
        if file.read(len(_GZIP)) != _GZIP:
            return
    size = 0
    with suppress(OSError, EOFError, zlib.error), gzip.open(path) as unpacked:
        while size <= LARGEST_UNPACKED and (part := unpacked.read(_PART)):
            size += len(part)
    if size > LARGEST_UNPACKED:
        raise InputError(_SMALL, f"'{path}', which grows larger when unpacked", "unpack it (gunzip)")
