"""A picture of what a network sees of a file: each image as it is and as it goes in, and what belongs to it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lensym.apply.seen import Seen, see
from lensym.data.center import Center
from lensym.data.readers import Frame, read_image, read_images
from lensym.errors import LensymError
from lensym.models.model_config import ModelConfig, read_config
from lensym.models.normalise import USUAL, Brightness
from lensym.models.packaged import model_folder
from lensym.simulation.sheet import scale_bar, show_image

_PANEL, _SMALL, _TEXT, _GAP, _TITLE = 2.2, 1.35, 3.6, 0.12, 0.3
"""Inches: the side of the two large panels and of the companions', the words' width, spaces, a row's title."""

_COMPANIONS = ("psf", "rms")
_INK, _WARNING, _FIELD = "#2f343b", "#a03020", "#4fd1c5"
_COLUMNS = 58
"""Letters in a line of words."""


def preview_file(
    path: str | Path,
    model: str = "lensnet",
    hdu: str | None = None,
    pixel_scale: float | None = None,
    center: Center = None,
) -> Figure:
    """Draw the image of a file, or all among which one has to choose, as it is and as ``model`` sees it.

    An image that the model cannot see is drawn with the reason beside it.

    Raises
    ------
    LensymError
        If the file has no image, or there is no such model.
    """
    config = read_config(model_folder(model))
    frames = [read_image(path, hdu)] if hdu is not None else read_images(path)
    small = _SMALL if any(set(frame.companions) & set(_COMPANIONS) for frame in frames) else 0.0
    width = 2 * _PANEL + small + _TEXT + 4 * _GAP
    row = _TITLE + _PANEL + _GAP
    figure = Figure(figsize=(width, _TITLE + len(frames) * row))
    _write(figure, _GAP, _TITLE + len(frames) * row - 0.08, f"{Path(path).name}, seen by {model}", weight="bold")
    for k, frame in enumerate(frames):
        top = (len(frames) - k) * row
        _write(figure, _GAP, top - 0.08, frame.hdu or "image")
        _write(figure, _PANEL + 2 * _GAP, top - 0.08, "as the network sees it")
        try:
            seen: Seen | LensymError = see(frame, config, model, pixel_scale, center)
        except LensymError as error:
            seen = error
        _draw_row(figure, top - _TITLE, frame, seen, config, small)
    return figure


def network_input(pixels: Float64[np.ndarray, "c n n"], brightness: Brightness = USUAL) -> Float64[np.ndarray, "c n n"]:
    """The numbers that a network's first layer gets: in its unit, then stretched."""
    stretched: Float64[np.ndarray, "c n n"] = brightness(torch.from_numpy(pixels)[None])[0].numpy()
    return stretched


def _draw_row(
    figure: Figure, top: float, frame: Frame, seen: Seen | LensymError, config: ModelConfig, small: float
) -> None:
    """The panels of one image; ``small`` is the companions' width, 0 where no image has any."""
    left = _GAP
    ax = _panel(figure, left, top, _PANEL)
    show_image(ax, _finite(frame.pixels))
    left += _PANEL + _GAP
    if isinstance(seen, Seen):
        _mark_field(ax, seen, config)
        _draw_input(
            _panel(figure, left, top, _PANEL), network_input(seen.pixels, config.brightness), config.pixel_scale
        )
    left += _PANEL + _GAP
    for k, role in enumerate(_COMPANIONS):
        if role in frame.companions:
            side = (_PANEL - _GAP) / 2
            beside = _panel(figure, left, top - k * (side + _GAP), side)
            show_image(beside, _finite(frame.companions[role]))
            _write(figure, left + side + 0.04, top - k * (side + _GAP), role, fontsize=7.5)
    _write_words(figure, left + small + _GAP * bool(small), top, _facts(frame), seen)


def _finite(pixels: Float64[np.ndarray, "c h w"]) -> Float64[np.ndarray, "c h w"]:
    """Missing pixels as dark as the darkest, all 0 where there is none."""
    finite = np.isfinite(pixels)
    return np.where(finite, pixels, pixels[finite].min() if finite.any() else 0.0)


def _mark_field(ax: Axes, seen: Seen, config: ModelConfig) -> None:
    """The square of the file that the network sees."""
    side = config.image_size * config.pixel_scale / seen.pixel_scale
    corner = (seen.center[0] - side / 2, seen.center[1] - side / 2)
    ax.add_patch(Rectangle(corner, side, side, fill=False, color=_FIELD, linewidth=1.2))


def _draw_input(ax: Axes, pixels: Float64[np.ndarray, "c n n"], pixel_scale: float) -> None:
    """In proportion to what the network computes with, from the least to the greatest."""
    scaled = (pixels - pixels.min()) / np.ptp(pixels)
    bands = scaled[0] if len(scaled) == 1 else np.dstack([scaled[-1], scaled[len(scaled) // 2], scaled[0]])
    ax.imshow(bands, origin="lower", cmap="magma", vmin=0, vmax=1)
    scale_bar(ax, pixels.shape[-1], pixel_scale)


def _facts(frame: Frame) -> list[str]:
    """What the file says of the image."""
    height, width = frame.pixels.shape[1:]
    scale = f" of {frame.pixel_scale:.3g} arcsec" if frame.pixel_scale else ""
    lines = [f"{width} x {height} px{scale}" + (f", in {frame.unit}" if frame.unit else "")]
    position = frame.pointing and frame.pointing.position((width - 1) / 2, (height - 1) / 2)
    if frame.pointing and position:
        orientation = frame.pointing.orientation((width - 1) / 2, (height - 1) / 2)
        lines += [f"RA {position[0]:.5f}, Dec {position[1]:+.5f} deg", f"{orientation}"]
    return lines + ([f"exposure {frame.exposure:g} s"] if frame.exposure else [])


def _write_words(figure: Figure, left: float, top: float, facts: Sequence[str], seen: Seen | LensymError) -> None:
    """Facts, then steps, then what speaks against trusting an answer."""
    steps, doubts = (seen.steps, seen.doubts) if isinstance(seen, Seen) else ((), (f"not seen: {seen}",))
    for lines, color in ((facts, _INK), (steps, "#5b6470"), (doubts, _WARNING)):
        for line in lines:
            text = "\n".join(textwrap.wrap(line, _COLUMNS, max_lines=4))
            _write(figure, left, top, text, color=color, fontsize=7.5)
            top -= 0.125 * (text.count("\n") + 1) + 0.03


def _write(figure: Figure, x: float, y: float, text: str, **style: str | float) -> None:
    """Text whose top left corner is at a place in inches."""
    width, height = figure.get_size_inches()
    look: dict[str, Any] = {"color": _INK, "va": "top", "fontsize": 9.0, **style}
    figure.text(x / width, y / height, text, **look, parse_math=False)  # a dollar sign in a name begins no formula


def _panel(figure: Figure, left: float, top: float, side: float) -> Axes:
    width, height = figure.get_size_inches()
    ax = figure.add_axes((left / width, (top - side) / height, side / width, side / height))
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(color="#b9bec6", linewidth=0.6)
    return ax
