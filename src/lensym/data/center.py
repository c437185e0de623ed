"""Where the lens is in a frame: its middle, a position given, or the point about which its light is symmetric."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64

from lensym.data.sky import border_sky
from lensym.errors import InputError, UsageError

Position = tuple[float, float]
"""Column and row counted from 0 at the middle of the first pixel."""

Place = Position | Literal["auto"] | None
"""A position, ``auto`` for the middle of symmetric light, or None for the frame's middle."""


@dataclass(frozen=True)
class ByFit:
    """Where a smooth lens that is fitted to the image has its middle, looked for near ``about``, None for the frame's.

    The telescope that saw the image must be known, so that networks alone that fit such lenses themselves can be asked.
    """

    about: Position | None = None


Center = Place | ByFit
"""A place, or a fit to find it."""

_THRESHOLD = 3.0
"""Light counts from this many times the noise above the sky."""

_ROUNDS = 20

_SEARCH = 0.25
"""How far from the light's centroid the centre may lie, as a part of the disc's radius."""


def parse_center(text: str | None) -> Center:
    """Read the value of ``--center``.

    >>> parse_center("70.5,64")
    (70.5, 64.0)
    """
    if text is None:
        return None
    if text == "auto":
        return "auto"
    if text == "fit":
        return ByFit()
    try:
        x, y = map(float, text.split(","))
    except ValueError:
        raise UsageError(
            "--center as X,Y in pixels, auto or fit", f"'{text}'", "give for instance --center 70,64"
        ) from None
    return x, y


def locate(pixels: Float64[np.ndarray, "c h w"], center: Place, radius: float) -> Position:
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
        return symmetry_center(pixels, radius)
    x, y = center
    if not (-0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5):
        raise UsageError(
            f"a centre inside the image of {width} x {height} px",
            f"({x:g}, {y:g})",
            "give column and row counted from 0, or auto",
        )
    return x, y


def symmetry_center(pixels: Float64[np.ndarray, "c h w"], radius: float) -> tuple[float, float]:
    """Column and row of the point about which the light agrees best with itself turned by 180 degrees.

    That is the middle of a galaxy, also of one with arcs or neighbours about it. Arcs alone do not say where their
    lens is: the image of a source that lies off the axis of an isothermal lens is, nearly, a ring about the source's
    own position, so the result is off by the source's offset. Rotating or flipping the frame moves the result with it.

    Raises
    ------
    InputError
        If nothing rises above the noise.
    """
    light = _light(pixels)
    x, y = _offsets(light.shape[1]), _offsets(light.shape[0])
    guess, light = _centroid(light, x, y, radius)
    match = _self_convolution(light)
    near = _disc(_offsets(match.shape[1]) / 2, _offsets(match.shape[0]) / 2, guess, max(_SEARCH * radius, 1.0))
    i, j = np.unravel_index(np.where(near, match, -np.inf)[1:-1, 1:-1].argmax(), np.subtract(match.shape, 2))
    column, row = _vertex(match[i + 1, j : j + 3]), _vertex(match[i : i + 3, j + 1])
    return float(j + column) / 2, float(i + row) / 2


def _centroid(
    light: Float64[np.ndarray, "h w"], x: Float64[np.ndarray, " w"], y: Float64[np.ndarray, " h"], radius: float
) -> tuple[tuple[float, float], Float64[np.ndarray, "h w"]]:
    """Offset of the light's centroid from the frame's middle, and the light in the disc about it.

    Starting from the whole frame, the disc shrinks to ``radius`` and follows the light, so that neighbours farther
    away have no part in the end.
    """
    cx = cy = 0.0
    size = math.hypot(*light.shape) / 2
    for _ in range(_ROUNDS):
        weight = light * _disc(x, y, (cx, cy), size)
        total = weight.sum()
        if total == 0:
            remedy = "give --center X,Y, from Python center=(X, Y)"
            raise InputError("light above the noise for the centre auto", "none", remedy)
        cx, cy = float(weight.sum(axis=0) @ x / total), float(weight.sum(axis=1) @ y / total)
        size = max(size / 2, radius)
    return (cx, cy), weight


def _offsets(side: int) -> Float64[np.ndarray, " side"]:
    """Pixel positions from the middle."""
    return np.arange(side) - (side - 1) / 2


def _disc(
    x: Float64[np.ndarray, " w"], y: Float64[np.ndarray, " h"], center: tuple[float, float], radius: float
) -> Bool[np.ndarray, "h w"]:
    return (x - center[0]) ** 2 + ((y - center[1]) ** 2)[:, None] <= radius**2


def _self_convolution(light: Float64[np.ndarray, "h w"]) -> Float64[np.ndarray, "h2 w2"]:
    """Match of the light with itself turned by 180 degrees about each half pixel, from -1/2 to side - 1/2."""
    shape = [2 * side + 1 for side in light.shape]
    match = np.fft.irfft2(np.fft.rfft2(light, shape) ** 2, shape)
    return np.roll(match, (1, 1), (0, 1))


def _vertex(values: Float64[np.ndarray, " 3"]) -> float:
    """Where the parabola through three values has its top, in steps from the middle one, no farther than half."""
    left, middle, right = values
    bend = left - 2 * middle + right
    return float(np.clip((left - right) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0


def _light(pixels: Float64[np.ndarray, "c h w"]) -> Float64[np.ndarray, "h w"]:
    """What rises above the noise, all channels together; 0 where there is no data."""
    sky = border_sky(pixels)
    above = pixels - sky.level
    light: Float64[np.ndarray, "h w"] = np.where(above > _THRESHOLD * sky.upper_noise, above, 0.0).sum(axis=0)
    return light
