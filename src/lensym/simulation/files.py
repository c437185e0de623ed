"""A user's files that a recipe names: a PSF, and pictures of galaxies."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lensym.errors import InputError, UsageError
from lensym.physics.psf import ImagePSF

if TYPE_CHECKING:
    from lensym.simulation.draw import Draws

_UNBARRED_SPIRAL = 6
"""Class of Galaxy10 DECaLS whose galaxies Model IV takes as sources."""

_NEAREST = 0.02
"""Redshift below which they are resolved well."""

_CORNER = 50
"""Pixels a side of the corner whose median is a picture's sky level."""


@lru_cache(maxsize=4)
def read_psf(path: str) -> ImagePSF:
    """The PSF of an image file; one that cannot be a PSF is refused with the file's path."""
    try:
        return ImagePSF(read_pixels(path))
    except UsageError as error:
        raise InputError(error.needed, f"{error.got} in '{path}'", error.remedy) from None


@lru_cache(maxsize=4)
def read_pixels(path: str) -> NDArray[np.float64]:
    """The image (H, W) of a .npy file, or of the first extension of a FITS file that has one."""
    try:
        pixels = np.load(path, allow_pickle=False) if Path(path).suffix == ".npy" else _fits_pixels(path)
    except (OSError, ValueError, EOFError, IndexError) as error:
        raise InputError(
            "a readable FITS or .npy file with an image", f"'{path}' ({_reason(error)})", "check the path in the recipe"
        ) from None
    if np.ndim(pixels) != 2:
        raise InputError("an image of rows and columns", f"'{path}' of shape {np.shape(pixels)}", "cut one from it")
    return np.asarray(pixels, np.float64)


def _fits_pixels(path: str) -> Any:
    from astropy.io import fits

    return fits.getdata(path)


def _reason(error: Exception) -> str:
    """Why a file cannot be read, in one line: the system's words where it refused, else the library's."""
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number else " ".join(str(error).split())


def draw_picture(path: str, bands: int, draws: Draws) -> tuple[int, list[NDArray[np.float64]]]:
    """Number of a random galaxy of the file, and its picture in each band, the sky subtracted."""
    import h5py

    usable = usable_galaxies(path, bands)
    number = int(usable[int(draws.uniform(1)[0] * len(usable))])
    with h5py.File(path, "r", locking=False) as file:
        picture = np.asarray(file["images"][number], np.float64)
    planes = [picture[..., k] for k in range(bands)]
    return number, [plane - np.median(plane[:_CORNER, :_CORNER]) for plane in planes]


@lru_cache(maxsize=4)
def usable_galaxies(path: str, bands: int) -> NDArray[np.int64]:
    """Numbers of a file's nearby spiral galaxies: an HDF5 file with ``images``, ``ans`` and ``redshift``."""
    import h5py

    try:
        with h5py.File(path, "r", locking=False) as file:
            chosen = (file["ans"][()] == _UNBARRED_SPIRAL) & (file["redshift"][()] < _NEAREST)
            shape = file["images"].shape
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            "a galaxy file like Galaxy10_DECals.h5 (HDF5 with images, ans, redshift)",
            f"'{path}' ({_reason(error)})",
            "check source.file of the recipe, or leave it out for procedural galaxies",
        ) from None
    if len(shape) != 4 or len(chosen) != shape[0] or shape[3] < bands:
        needed = f"a picture (H, W, {bands} or more bands) for each galaxy"
        raise InputError(needed, f"'{path}' with images {shape} of {len(chosen)} galaxies", "choose another file")
    if not chosen.any():
        needed = f"galaxies of class {_UNBARRED_SPIRAL} below redshift {_NEAREST}"
        raise InputError(needed, f"none in '{path}'", "choose another file")
    return np.flatnonzero(chosen)
