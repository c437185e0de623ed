"""FITS: the arrays of a telescope's file, their units, exposures and places on the sky."""

from __future__ import annotations

import gzip
import math
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lensym.data.readers.choose import with_versions
from lensym.data.readers.frame import LARGEST_UNPACKED, ArrayEntry, Contents, Pick, reading
from lensym.data.readers.plain_fits import PlainImage, read_plain
from lensym.data.readers.wcs import Sky, read_plain_wcs, read_wcs
from lensym.errors import InputError

_SMALL = f"no more than {LARGEST_UNPACKED // 2**20} MiB in compressed form"
_GZIP = b"\x1f\x8b"
_PART = 2**20

BITPIX = {8: "uint8", 16: "int16", 32: "int32", 64: "int64", -32: "float32", -64: "float64"}
"""Type of the pixels by the header's number for it."""

_EXPOSURE_KEYS = ("EXPTIME", "TEXPTIME", "EXPOSURE")


def entries(path: Path) -> list[ArrayEntry]:
    """List the image extensions that hold data, compressed ones included."""
    with _opened(path) as hdus:
        return [_with_sky(entry, hdus) for entry in _listed(hdus)]


def read(path: Path, pick: Pick) -> Contents:
    """Values of the extensions that are picked, scaled as their headers say; axes of length 1 in front are dropped.

    Pixels that an image of whole numbers marks as missing (BLANK) become NaN. Of the sky's coordinates only those of
    what is picked are read: that takes longer than all the rest.
    """
    images = read_plain(path)
    contents = None if images is None else _read_plain(images, pick)
    return contents or _read_any(path, pick)


def _read_any(path: Path, pick: Pick) -> Contents:
    """As `read`, by astropy, whatever the file holds."""
    with _opened(path) as hdus:
        found = _listed(hdus)
        wanted = pick(found)
        for entry in wanted:
            _require_size(hdus[entry.index], entry, path)
        arrays = [np.asarray(hdus[entry.index].data).reshape(entry.shape) for entry in wanted]
        return Contents(found, [_with_sky(entry, hdus) for entry in wanted], arrays)


def _read_plain(images: Sequence[PlainImage], pick: Pick) -> Contents | None:
    """As `read`, of what was read without astropy; None where the sky of what is picked takes astropy."""
    held = [(number, image) for number, image in enumerate(images) if image.values is not None]
    names = with_versions([_plain_name(number, image) for number, image in held])
    found = [
        ArrayEntry(name, _without_empty_axes(image.shape), BITPIX[image.bitpix], number)
        for (number, image), name in zip(held, names, strict=True)
    ]
    wanted, placed, arrays = pick(found), [], []
    for entry in wanted:
        image = images[entry.index or 0]
        sky = read_plain_wcs(image.cards, image.header)
        if sky is None:
            return None
        placed.append(_placed(entry, image.cards, images[0].cards, sky))
        arrays.append(np.asarray(image.values).reshape(entry.shape))
    return Contents(found, placed, arrays)


def _plain_name(number: int, image: PlainImage) -> str:
    return str(image.cards.get("EXTNAME") or ("" if number else "PRIMARY")).upper()


def _listed(hdus: Any) -> list[ArrayEntry]:
    """The extensions that hold data, without what their headers say of the sky."""
    found = [(number, hdu) for number, hdu in enumerate(hdus) if hdu.is_image and hdu.shape]
    names = with_versions([hdu.name for _, hdu in found])
    return [
        ArrayEntry(name, _without_empty_axes(hdu.shape), BITPIX[hdu.header["BITPIX"]], number)
        for (number, hdu), name in zip(found, names, strict=True)
    ]


def _with_sky(entry: ArrayEntry, hdus: Any) -> ArrayEntry:
    header = hdus[entry.index].header
    return _placed(entry, header, hdus[0].header, read_wcs(header, hdus))


def _placed(entry: ArrayEntry, header: Any, first: Any, sky: Sky) -> ArrayEntry:
    """The entry with what its header, and the file's first, say of it, and where it lies."""
    scale, fault, pointing = sky
    unit = header.get("BUNIT")
    return replace(
        entry,
        unit=unit and str(unit),
        pixel_scale=scale,
        scale_fault=fault,
        exposure=_exposure(header) or _exposure(first),
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
