"""From a telescope's frame to the image a network was trained on: its pixel scale, its size, the lens in the middle.

Everything here commutes with rotations by 90 degrees and flips: the output grid is symmetric about the centre, so an
odd image is interpolated onto an even grid rather than cut off-centre, and what lies outside the frame is filled alike
on all sides. The brightness scale is left alone: networks normalise each image themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from lensym.data.center import Place, locate
from lensym.data.resample import covered_part, reach_of, resampled, sampling_matrix
from lensym.data.sky import Sky, border_sky
from lensym.errors import InputError, UsageError

_SAME_SCALE = 1e-3
"""Relative difference up to which two pixel scales are one: less than a tenth of a pixel over 150."""

_ON_GRID = 1e-6
"""Part of a pixel that counts as no shift at all."""

_ROUNDING = 1e-9
"""Missing weight that is rounding alone."""


@dataclass(frozen=True)
class Cutout:
    """What the network sees, and how it came about.

    Parameters
    ----------
    pixels
        (C, image_size, image_size).
    steps
        What was done, in words.
    filled
        Part of the cutout that lies outside the frame, from 0 to 1.
    center
        Column and row of the frame that came to lie in the middle.
    """

    pixels: Float64[np.ndarray, "c n n"]
    steps: tuple[str, ...]
    filled: float
    center: tuple[float, float]


@dataclass(frozen=True)
class Preprocessing:
    """The geometry of a network's training images: pixels a side and arcsec per pixel."""

    image_size: int
    pixel_scale: float

    def frame(self, pixels: Float64[np.ndarray, "c h w"], pixel_scale: float, center: Place = None) -> Cutout:
        """Resample and cut a frame of ``pixel_scale`` arcsec per pixel about ``center``.

        Raises
        ------
        InputError
            If pixels that the network would see are NaN or infinite, or all alike.
        UsageError
            If the pixel scale or the centre is impossible.
        """
        step = self._step(pixel_scale)
        height, width = pixels.shape[1:]
        x, y = locate(pixels, center, radius=self.image_size * step / 2)
        if step == 1:
            x, y = (self._on_grid(position) for position in (x, y))
        for wide in (True, False):  # the narrow kernel may do without pixels that hold no data
            columns, across = sampling_matrix(width, self.image_size, x, step, wide)
            rows, down = sampling_matrix(height, self.image_size, y, step, wide)
            seen = pixels[:, rows, columns]
            if np.isfinite(seen).all():
                break
        _require_usable(seen)
        sky = border_sky(seen)
        missing = _missing((height, width), self.image_size, (x, y), step, wide)
        cut = resampled(seen, down, across) + sky.level * missing - sky.excess
        field = self.image_size * step
        filled = 1 - covered_part(x, width, field) * covered_part(y, height, field)
        steps = (
            *_scale_words(pixel_scale, self.pixel_scale, step),
            *_size_words((width, height), self.image_size, step, center, (x, y)),
            *_fill_words(filled),
            *_sky_words(sky),
        )
        return Cutout(cut, steps, filled, (x, y))

    def field(self, pixel_scale: float) -> float:
        """Side of what the network sees, in pixels of ``pixel_scale`` arcsec."""
        return self.image_size * self._step(pixel_scale)

    def reach(self, pixel_scale: float) -> int:
        """Side of the square about the centre whose pixels have a part in what it sees."""
        return math.ceil(self.field(pixel_scale) + 2 * (reach_of(self._step(pixel_scale)) + 1))

    def _on_grid(self, position: float) -> float:
        """The position on the output's grid, where it is off by rounding alone, as one from sky coordinates is."""
        middle = (self.image_size - 1) / 2
        return position if _off_grid(position - middle) else round(position - middle) + middle

    def _step(self, pixel_scale: float) -> float:
        """Frame pixels an output pixel."""
        if not (math.isfinite(pixel_scale) and pixel_scale > 0):
            remedy = "give --pixel-scale in arcsec per pixel, from Python pixel_scale"
            raise UsageError("a pixel scale above 0", f"{pixel_scale:g}", remedy)
        step = self.pixel_scale / pixel_scale
        return 1.0 if abs(step - 1) < _SAME_SCALE else step


@lru_cache(maxsize=64)  # cutouts come in thousands of one size
def _missing(
    frame: tuple[int, int], size: int, center: tuple[float, float], step: float, wide: bool
) -> Float64[np.ndarray, "n n"]:
    """Weight that each output pixel would have given to pixels outside a frame of (height, width)."""
    down, across = (sampling_matrix(side, size, c, step, wide)[1] for side, c in zip(frame, center[::-1], strict=True))
    missing = 1 - np.outer(down.sum(axis=1), across.sum(axis=1))
    found = np.where(np.abs(missing) > _ROUNDING, missing, 0.0)
    found.flags.writeable = False
    return found


_ELSEWHERE = "choose another --center, from Python center"


def _require_usable(seen: Float64[np.ndarray, "c h w"]) -> None:
    bad = int((~np.isfinite(seen)).any(axis=0).sum())
    if bad:
        raise InputError(
            "finite pixels wherever the network looks",
            f"{bad} of {seen[0].size} that are NaN or infinite",
            f"fill them in (for instance astropy.convolution.interpolate_replace_nans) or {_ELSEWHERE}",
        )
    if seen.min() == seen.max():
        raise InputError("an image that is not constant", f"{seen.flat[0]:g} everywhere", _ELSEWHERE)


def _scale_words(given: float, wanted: float, step: float) -> Iterator[str]:
    if step != 1:
        yield f"resampled from {given:.3f} to {wanted:.3f} arcsec/px (x{1 / step:.2f})"


def _size_words(
    frame: tuple[int, int], size: int, step: float, center: Place, position: tuple[float, float]
) -> Iterator[str]:
    """How the frame, (width, height) in its own pixels, became ``size`` output pixels a side."""
    sides = [round(side / step) for side in frame]
    place = "its middle" if center is None else f"({position[0]:.1f}, {position[1]:.1f})"
    place += ", about which its light is symmetric," if center == "auto" else ""
    if center is not None or sides != [size, size]:
        verb = "cut" if min(sides) >= size else "padded" if max(sides) <= size else "cut and padded"
        yield f"{verb} about {place} from {sides[0]} x {sides[1]} px to {size} x {size} px"
    shift = [_off_grid(c - (size - 1) / 2) for c in position]
    if step == 1 and any(shift):
        yield f"shifted by ({shift[0]:.2f}, {shift[1]:.2f}) px, by interpolation, to have that point in the middle"


def _off_grid(position: float) -> float:
    """Distance to the nearest whole number, 0 where rounding alone made it."""
    distance = abs(position - round(position))
    return distance if distance > _ON_GRID else 0.0


def _fill_words(filled: float) -> Iterator[str]:
    if filled > 0:
        yield f"filled {filled:.1%} of the image, which lies outside the file, with the sky level"


def _sky_words(sky: Sky) -> Iterator[str]:
    if sky.excess.any():
        levels = ", ".join(f"{level:.4g}" for level in sky.excess.flat)
        yield f"subtracted the sky level {levels}, the median near the border"
