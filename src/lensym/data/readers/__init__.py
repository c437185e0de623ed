"""Images from files as the community has them: telescopes' FITS, lenstronomy's HDF5, numpy's .npy.

A file's format is told by its first bytes. Which of its arrays is the image is found when there is only one and asked
for otherwise.
"""

from __future__ import annotations

import gzip
import importlib
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from lensym.data.readers.choose import choice_in_words, choose, images_among, is_companion
from lensym.data.readers.companions import companions_of
from lensym.data.readers.frame import ArrayEntry, Frame, channels_first
from lensym.data.readers.planes import Planes, planes_in_words, take_planes
from lensym.errors import InputError, LensymError

__all__ = ["ArrayEntry", "Frame", "describe", "file_format", "read_image", "read_images"]

_SIMPLE, _GZIP = b"SIMPLE  =", b"\x1f\x8b"
_MAGIC = {
    _SIMPLE: "fits",
    _GZIP: "fits",
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"\x93NUMPY": "npy",
}
"""First bytes of a file, and the module of this folder that reads it."""


def read_image(path: str | Path, hdu: str | int | None = None, with_companions: bool = True) -> Frame:
    """Read the one image of a file, or the one that ``hdu`` names.

    Parameters
    ----------
    path
        FITS (compressed too), HDF5 or .npy.
    hdu
        Extension of a FITS file by number or name, data set of an HDF5 file by name; with planes of a cube behind it,
        ``NAME[K]``, or ``[K]`` where the file has one array.
    with_companions
        Whether to read the PSF, noise and exposure beside it too.

    Raises
    ------
    InputError
        If the file is missing, damaged, empty or of another kind, or its image is in doubt.
    UsageError
        If ``hdu`` names nothing in the file.
    """
    path = Path(path)
    kind = file_format(path)
    chosen: list[Planes] = []
    roles: list[str] = []

    def pick(entries: Sequence[ArrayEntry]) -> list[ArrayEntry]:
        entry, planes = choose(entries, None if hdu is None else str(hdu), path)
        beside = companions_of(entry, entries) if with_companions else {}
        chosen[:], roles[:] = [planes], beside
        return [entry, *beside.values()]

    found = _reader(kind).read(path, pick)
    entry, planes = found.wanted[0], chosen[0]
    values, *others = found.arrays
    pixels = channels_first(take_planes(values, planes, f"'{path}'"), f"'{path}'")
    _require_data(pixels, path)
    return Frame(
        pixels=pixels,
        pixel_scale=entry.pixel_scale,
        hdu=entry.name + planes_in_words(planes) or None,
        source=path,
        format=kind,
        choice=choice_in_words(found.entries, entry) if hdu is None else "",
        scale_fault=entry.scale_fault,
        doubt=_doubt(path, len(found.entries)),
        unit=entry.unit,
        exposure=entry.exposure,
        pointing=entry.pointing,
        companions={role: _companion(array, planes, path) for role, array in zip(roles, others, strict=True)},
    )


def read_images(path: str | Path) -> list[Frame]:
    """Every image of a file among which one would have to choose; the one image of another.

    Raises
    ------
    LensymError
        As `read_image`; for several images, where one of them cannot be read.
    """
    path = Path(path)
    names = [entry.name or str(entry.index) for entry in images_among(_reader(file_format(path)).entries(path))]
    return [read_image(path, name) for name in names] if len(names) > 1 else [read_image(path)]


def _companion(array: NDArray[Any], planes: Planes, path: Path) -> Float64[np.ndarray, "c h w"]:
    """Of the same planes as the image, where it has them; a PSF may be one for all."""
    return channels_first(take_planes(array, planes if array.ndim > 2 else (), f"'{path}'"), f"'{path}'")


def describe(path: str | Path) -> dict[str, Any]:
    """What a file holds and which of its arrays ``predict`` would take, as plain data for ``lensym info``."""
    path = Path(path)
    kind = file_format(path)
    entries = _reader(kind).entries(path)
    try:
        entry, _ = choose(entries, None, path)
        taken, reason = entry.name or "the only array", choice_in_words(entries, entry) or _doubt(path, len(entries))
    except LensymError as error:
        taken, reason = None, str(error)
    return {
        "file": str(path),
        "format": kind,
        "images": [_row(entry) for entry in entries],
        "taken": taken,
        "note": reason,
    }


def _row(entry: ArrayEntry) -> dict[str, Any]:
    return {
        "hdu": entry.index,
        "name": entry.name or None,
        "shape": list(entry.shape),
        "dtype": entry.dtype,
        "unit": entry.unit,
        "pixel_scale": entry.pixel_scale,
        "exposure": entry.exposure,
        **_place(entry),
        "companion": is_companion(entry.name),
        "scale_fault": entry.scale_fault,
    }


def _place(entry: ArrayEntry) -> dict[str, Any]:
    """Where the middle of an array lies on the sky, and how it is turned there."""
    middle = (entry.shape[-1] - 1) / 2, (entry.shape[-2] - 1) / 2 if len(entry.shape) > 1 else 0.0
    ra, dec = (entry.pointing and entry.pointing.position(*middle)) or (None, None)
    orientation = entry.pointing.orientation(*middle) if entry.pointing else None
    return {"ra": ra, "dec": dec, "orientation": orientation and str(orientation)}


def _doubt(path: Path, arrays: int) -> str:
    """A lone array's file is named after what it holds."""
    named = arrays == 1 and is_companion(path.stem)
    return f"the file's name, '{path.name}', says that it is no image of the sky" if named else ""


def _reader(kind: str) -> Any:
    return importlib.import_module(f"lensym.data.readers.{kind}")


def file_format(path: Path) -> str:
    """Name of the module that reads a file, told by its first bytes."""
    start = _first_bytes(path)
    for magic, kind in _MAGIC.items():
        if start.startswith(magic):
            _require_packed_fits(path, start)
            return kind
    got = "an empty file" if not start else f"a file that begins with {start[:8]!r}"
    raise InputError("an image as FITS, HDF5 or .npy", f"'{path}', {got}", "convert it, or check the path")


def _require_packed_fits(path: Path, start: bytes) -> None:
    """Refuse a gzipped file of another kind; a damaged one is left to the reader."""
    if not start.startswith(_GZIP):
        return
    try:
        with gzip.open(path) as file:
            inside = file.read(len(_SIMPLE))
    except (OSError, EOFError, zlib.error):
        return
    if inside != _SIMPLE:
        got = f"'{path}', in which is a file that begins with {inside[:4]!r}"
        raise InputError("FITS in a gzipped file", got, "unpack it, and convert what is in it")


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise InputError("a readable file", f"'{path}': {error.strerror}", "check the path") from None


def _require_data(pixels: np.ndarray, path: Path) -> None:
    """Refuse an image without any information; a few missing pixels may lie where nobody looks."""
    finite = np.isfinite(pixels)
    if not finite.any():
        raise InputError("an image with finite pixels", f"'{path}', none of whose pixels is finite", "choose another")
    values = pixels if finite.all() else pixels[finite]
    if values.min() == values.max():
        raise InputError("an image that is not constant", f"'{path}', {values.flat[0]:g} everywhere", "choose another")
