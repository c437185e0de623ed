"""What every format's reader speaks of: a file's arrays, and the one that was taken as the image."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from lensym.errors import InputError, LensymError

if TYPE_CHECKING:
    from lensym.data.readers.wcs import Pointing

CHANNELS = (1, 3)
"""Numbers of channels that an array may have beside its rows and columns."""

LARGEST_UNPACKED = 2**28
"""Bytes that what is read whole may have when unpacked: a gzipped file, compressed tiles or chunks."""

_SQUARE_TOLERANCE = 0.01
"""Relative difference of a pixel's two sides up to which it counts as square."""


@dataclass(frozen=True)
class ArrayEntry:
    """One array of a file.

    Parameters
    ----------
    name
        Unique in its file; empty where the format has no names.
    shape, dtype
        As stored.
    index
        Number in the file, where the format counts.
    unit
        Of the pixel values.
    pixel_scale
        Arcsec per pixel, None where the file does not say it.
    scale_fault
        Why there is no pixel scale although the file speaks of one.
    exposure
        In seconds, None where the file does not say it.
    pointing
        Its sky coordinates, where the file has them.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    index: int | None = None
    unit: str | None = None
    pixel_scale: float | None = None
    scale_fault: str = ""
    exposure: float | None = None
    pointing: Pointing | None = field(default=None, compare=False)

    def __str__(self) -> str:
        number = "" if self.index is None else f"{self.index} "
        return f"{number}{self.name or 'array'} {self.shape}"


Pick = Callable[[Sequence[ArrayEntry]], Sequence[ArrayEntry]]
"""Which of a file's arrays are wanted."""


@dataclass(frozen=True)
class Contents:
    """What was read of a file: all its entries, those that were wanted, and their arrays."""

    entries: Sequence[ArrayEntry]
    wanted: Sequence[ArrayEntry]
    arrays: Sequence[NDArray[Any]]


@dataclass(frozen=True)
class Frame:
    """An image as its file holds it.

    Parameters
    ----------
    pixels
        (C, H, W); may hold NaN where the file has no data.
    pixel_scale
        Arcsec per pixel, None where the file does not say it.
    hdu
        Name of the extension or data set taken, None where the format has no names.
    source
        The file.
    format
        ``fits``, ``hdf5`` or ``npy``.
    choice
        Which array was taken and which were left, in words; empty where there was only one or it was asked for.
    scale_fault
        Why there is no pixel scale although the file speaks of one.
    doubt
        Why this may be no image of the sky.
    unit
        Of the pixel values, as the file says it.
    exposure
        In seconds.
    pointing
        Its sky coordinates.
    companions
        What goes with it in the same file, each (C, H, W), by role: ``psf``, ``rms``, ``exposure``; see
        `lensym.data.readers.companions`.
    """

    pixels: Float64[np.ndarray, "c h w"]
    pixel_scale: float | None
    hdu: str | None
    source: Path
    format: str
    choice: str = ""
    scale_fault: str = ""
    doubt: str = ""
    unit: str | None = None
    exposure: float | None = None
    pointing: Pointing | None = None
    companions: Mapping[str, Float64[np.ndarray, "_ _ _"]] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Number of pixels without data in any channel."""
        return int((~np.isfinite(self.pixels)).any(axis=0).sum())


def is_image_shape(shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape can be one image.

    >>> [is_image_shape(s) for s in ((64, 64), (3, 64, 64), (64, 64, 3), (64,), (5, 64, 64), (8, 1, 64, 64))]
    [True, True, True, False, False, False]
    """
    if min(shape, default=0) < 1:
        return False
    return len(shape) == 2 or (len(shape) == 3 and (shape[0] in CHANNELS) != (shape[2] in CHANNELS))


def channels_first(array: NDArray[Any], where: str) -> Float64[np.ndarray, "c h w"]:
    """Bring one image, (H, W), (C, H, W) or (H, W, C), to (C, H, W) float64.

    Raises
    ------
    InputError
        If the shape is no single image's, or the channels cannot be told from the rows.
    """
    with np.errstate(invalid="ignore"):  # signalling NaNs become quiet ones
        return np.ascontiguousarray(axes_first(array, where), np.float64)


def axes_first(array: NDArray[Any], where: str) -> NDArray[Any]:
    """As `channels_first`, the numbers as they are."""
    if not is_image_shape(array.shape):
        raise _shape_error(array.shape, where)
    if array.ndim == 2:
        return array[None]
    return array if array.shape[0] in CHANNELS else np.moveaxis(array, 2, 0)


def _shape_error(shape: tuple[int, ...], where: str) -> InputError:
    if len(shape) == 4:
        remedy = "give one image a file, or call lensym.load(model).predict on the stack"
    else:
        remedy = "save one image of such a shape"
    return InputError("one image, (H, W), (C, H, W) or (H, W, C) with C = 1 or 3", f"{where} of shape {shape}", remedy)


def square_pixel_scale(sides: Sequence[float] | NDArray[Any]) -> tuple[float | None, str]:
    """Mean of a pixel's two sides in arcsec, or None and the reason.

    >>> square_pixel_scale([0.05, 0.06])
    (None, 'its pixels are not square: 0.05 x 0.06 arcsec')
    """
    if len(sides) != 2:
        return None, ""
    a, b = map(float, sides)
    if not (np.isfinite([a, b]).all() and min(a, b) > 0):
        return None, f"its pixels have an impossible size: {a:g} x {b:g} arcsec"
    if abs(a - b) > _SQUARE_TOLERANCE * max(a, b):
        return None, f"its pixels are not square: {a:g} x {b:g} arcsec"
    return (a * b) ** 0.5, ""


@contextmanager
def reading(kind: str, path: Path) -> Iterator[None]:
    """Turn whatever goes wrong in another library while it reads ``path`` into an InputError."""
    try:
        yield
    except LensymError:
        raise
    except Exception as error:  # noqa: BLE001  on damaged bytes these parsers raise almost anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"a readable {kind} file", f"'{path}': {reason}", "get it again, or check the path") from None
