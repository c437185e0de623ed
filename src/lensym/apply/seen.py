"""What a network sees of a file: the image brought to its geometry, every step said, and every doubt."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from lensym.apply.fitted_center import FittedCenter, beside_the_middle, fitted_center
from lensym.data.center import ByFit, Center
from lensym.data.preprocess import Preprocessing
from lensym.data.readers import Frame
from lensym.errors import InputError, LensymError
from lensym.models.model_config import ModelConfig

_SCALE_DISAGREES = 0.01
_COARSE = 1.25
"""Pixels this many times as large as the training images' have lost detail that resampling cannot bring back."""

_MUCH_FILLED = 0.01

_FAR_FROM_MIDDLE = 1.0
"""Pixels by which ``auto`` may move the centre unnoticed."""


@dataclass(frozen=True)
class Seen:
    """An image as it goes into a network.

    Parameters
    ----------
    pixels
        (C, image_size, image_size) in the file's unit; the network normalises them itself.
    steps
        What was done to the image, in words.
    beside
        What says that the lens may not be in the middle, where networks look for it, so that no label can be given;
        empty where nothing does.
    doubts
        Reasons to doubt any answer on it.
    center
        Column and row of the file that came to lie in the middle.
    pixel_scale
        Arcsec per pixel of the file.
    """

    pixels: Float64[np.ndarray, "c n n"]
    steps: tuple[str, ...]
    beside: str
    doubts: tuple[str, ...]
    center: tuple[float, float]
    pixel_scale: float


def see(frame: Frame, config: ModelConfig, model: str, pixel_scale: float | None = None, center: Center = None) -> Seen:
    """Bring an image to the geometry of a model's training images.

    Parameters
    ----------
    config, model
        Of the model, and its name.
    pixel_scale
        Arcsec per pixel, in place of what the file says.
    center
        Where the lens is; see `lensym.data.center`.

    Raises
    ------
    LensymError
        If the model sees other channels or missing pixels, or nobody knows the pixel scale; or if the centre is to be
        fitted and cannot be.
    """
    _require_channels(frame, config, model)
    scale, scale_doubt = _pixel_scale(frame, pixel_scale, config)
    with naming(frame.source):
        found: FittedCenter | None = None
        if isinstance(center, ByFit):
            found = fitted_center(frame.pixels, scale, center, config, model)
            center = found.position
        cutout = Preprocessing(config.image_size, config.pixel_scale).frame(frame.pixels, scale, center)
        beside = found.doubt if found else beside_the_middle(cutout, scale, config)
    doubts = (
        beside,
        frame.doubt,
        scale_doubt,
        _detail_doubt(scale / config.pixel_scale),
        _filling_doubt(cutout.filled),
        _center_doubt(frame, cutout.center) if center == "auto" else "",
    )
    return Seen(
        pixels=cutout.pixels,
        steps=tuple(filter(None, (frame.choice, _missing_words(frame), found.step if found else "", *cutout.steps))),
        beside=beside,
        doubts=tuple(filter(None, doubts)),
        center=cutout.center,
        pixel_scale=scale,
    )


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """Let errors about an array say from which file it came."""
    try:
        yield
    except LensymError as error:
        raise type(error)(error.needed, f"{error.got} in '{path}'", error.remedy) from None


def _missing_words(frame: Frame) -> str:
    """Pixels without data that the network does not look at; others are refused."""
    if not frame.missing:
        return ""
    return f"{frame.missing} of {frame.pixels[0].size} pixels of the file hold no data, none where the network looks"


def _require_channels(frame: Frame, config: ModelConfig, model: str) -> None:
    if len(frame.pixels) != config.bands:
        raise InputError(
            f"an image of {config.bands} channel(s) for model '{model}'",
            f"{len(frame.pixels)} in '{frame.source}'",
            "choose planes with --hdu NAME[K], or use a model trained on such images",
        )


def _pixel_scale(frame: Frame, given: float | None, config: ModelConfig) -> tuple[float, str]:
    """The frame's pixel scale in arcsec, and what makes it doubtful."""
    said, own, size = frame.pixel_scale, config.pixel_scale, config.image_size
    if given is not None:
        differs = said is not None and abs(given / said - 1) > _SCALE_DISAGREES
        return given, f"took {given:g} arcsec/px as asked, although the file says {said:g}" if differs else ""
    if said is not None:
        return said, ""
    if frame.format == "npy" and frame.pixels.shape[1:] == (size, size):
        return own, f"a .npy file has no pixel scale: assumed the training images' {own:g} arcsec/px"
    got = f"none in '{frame.source}'" + (f": {frame.scale_fault}" if frame.scale_fault else "")
    raise InputError("a pixel scale", got, "give --pixel-scale in arcsec per pixel, from Python pixel_scale")


def _detail_doubt(coarser: float) -> str:
    if coarser <= _COARSE:
        return ""
    return f"its pixels are {coarser:.1f} times as coarse as the training images': detail is missing"


def _filling_doubt(filled: float) -> str:
    return f"{filled:.0%} of the image lies outside the file" if filled > _MUCH_FILLED else ""


def _center_doubt(frame: Frame, center: tuple[float, float]) -> str:
    height, width = frame.pixels.shape[1:]
    if math.dist(center, ((width - 1) / 2, (height - 1) / 2)) <= _FAR_FROM_MIDDLE:
        return ""
    return f"centred at ({center[0]:.1f}, {center[1]:.1f}) by its light: check it"
