"""Where the lens is in a frame: its middle, a position given, or the centroid of its light."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Float64

from lensym.data.sky import border_sky
from lensym.errors import InputError, UsageError

Center = tuple[float, float] | Literal["auto"] | None
"""Column and row counted from 0 at the middle of the first pixel, ``auto``, or None for the frame's middle."""

_THRESHOLD = 3.0
"""Light counts from this many times the noise above the sky."""

_ROUNDS = 20


def parse_center(text: str | None) -> Center:
    """Read the value of ``--center``.

    >>> parse_center("70.5,64")
    (70.5, 64.0)
    """
    if text is None or text == "auto":
        return text  # type: ignore[return-value]
    try:
        x, y = map(float, text.split(","))
    except ValueError:
        raise UsageError("--center as X,Y in pixels or auto", f"'{text}'", "give for instance --center 70,64") from None
    return x, y


def locate(pixels: Float64[np.ndarray, "c h w"], center: Center, radius: float) -> tuple[float, float]:
    """Column and row of the centre; ``auto`` looks at a disc of ``radius`` pixels in the end.

    Raises
    ------
    UsageError
        If the position lies outside the frame.
    InputError
        If ``auto`` finds no light.
    """
    height, width = pixels.shape[1:]
    if center is None:
        return (width - 1) / 2, (height - 1) / 2
    if center == "auto":
        return centroid(pixels, radius)
    x, y = center
    if not (-0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5):
        raise UsageError(
            f"a centre inside the image of {width} x {height} px",
            f"({x:g}, {y:g})",
            "give column and row counted from 0, or auto",
        )
    return x, y


def centroid(pixels: Float64[np.ndarray, "c h w"], radius: float) -> tuple[float, float]:
    """Column and row of the light's centroid.

    Starting from the whole frame, the disc that is looked at shrinks to ``radius`` and follows the light, so that
    neighbours farther away have no part in the end. Rotating or flipping the frame moves the result with it.
    """
    light = _light(pixels)
    height, width = light.shape
    x, y = np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2
    cx = cy = 0.0
    size = float(np.hypot(height, width)) / 2
    for _ in range(_ROUNDS):
        weight = light * ((x - cx) ** 2 + ((y - cy) ** 2)[:, None] <= size**2)
        total = weight.sum()
        if total == 0:
            raise InputError("light above the noise for the centre auto", "none", "give --center X,Y")
        cx, cy = float(weight.sum(axis=0) @ x / total), float(weight.sum(axis=1) @ y / total)
        size = max(size / 2, radius)
    return cx + (width - 1) / 2, cy + (height - 1) / 2


def _light(pixels: Float64[np.ndarray, "c h w"]) -> Float64[np.ndarray, "h w"]:
    """What rises above the noise, all channels together; 0 where there is no data."""
    sky = border_sky(pixels)
    above = pixels - sky.level
    light: Float64[np.ndarray, "h w"] = np.where(above > _THRESHOLD * sky.noise, above, 0.0).sum(axis=0)
    return light
