"""Which arrays a network may be asked about: everything else is refused before it becomes a number."""

from __future__ import annotations

import numpy as np
from jaxtyping import Shaped
from numpy.typing import ArrayLike

from lensym.errors import InputError

_FAINTEST, _BRIGHTEST = 1e-30, 1e30
"""Range of the brightest pixel that single precision holds with all its digits, fainter pixels too."""


def require_images(images: ArrayLike, channels: int, size: int) -> Shaped[np.ndarray, "n c h w"]:
    """Return ``images`` as an array if each of them is an image of the network's shape.

    Raises
    ------
    InputError
        If the shape or type is wrong, or an image has NaN or infinite pixels, no light or no structure.
    """
    array = as_array(images)
    if array.dtype.kind not in "iuf":
        raise InputError("images of real numbers", f"an array of dtype {array.dtype}", "convert it to float")
    if array.shape[1:] != (channels, size, size):
        raise _shape_error(array.shape, channels, size)
    if len(array):
        _require_finite(array)
        _require_light(array)
    return array


def as_array(images: ArrayLike) -> np.ndarray:
    """The images as an array, in which the masked pixels of a masked one are NaN."""
    if isinstance(images, np.ma.MaskedArray) and images.dtype.kind in "iuf" and np.ma.is_masked(images):
        return np.where(np.ma.getmaskarray(images), np.nan, images.data)
    return np.asarray(images)


def _shape_error(shape: tuple[int, ...], channels: int, size: int) -> InputError:
    if shape in {(size, size), (channels, size, size)}:
        remedy = f"give one image as images.reshape(1, {channels}, {size}, {size})"
    elif channels == 1 and shape[1:] == (size, size):
        remedy = "give images[:, None], with an axis for the channel"
    elif shape[1:] == (size, size, channels):
        remedy = "put the channels before the rows: np.moveaxis(images, -1, 1)"
    else:
        remedy = "cut and resample them; lensym predict does it for files"
    return InputError(f"images of shape (N, {channels}, {size}, {size})", str(shape), remedy)


def _require_finite(images: Shaped[np.ndarray, "n c h w"]) -> None:
    bad = (~np.isfinite(images)).sum(axis=(1, 2, 3))
    if bad.any():
        worst = int(bad.argmax())
        got = f"{bad[worst]} that are NaN or infinite in image {worst}"
        raise InputError("finite pixels", got, "mend the image or leave it out")


def _require_light(images: Shaped[np.ndarray, "n c h w"]) -> None:
    low, high = (f(axis=(1, 2, 3)).astype(float) for f in (images.min, images.max))
    for fault, needed, remedy in (
        (low == high, "images that are not constant", "leave it out"),
        (high <= 0, "images with light above 0", "subtract the right sky level"),
        ((high < _FAINTEST) | (high > _BRIGHTEST), "a brightest pixel between 1e-30 and 1e30", "change the unit"),
    ):
        if fault.any():
            worst = int(fault.argmax())
            raise InputError(needed, f"image {worst} with pixels from {low[worst]:g} to {high[worst]:g}", remedy)
