"""Where in a file the lens is, by a smooth lens that is fitted to it, for networks that see what such a lens leaves."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float64

from lensym.data.center import ByFit, Position
from lensym.data.preprocess import Cutout, Preprocessing
from lensym.data.residual import model_for
from lensym.errors import UsageError
from lensym.models.model_config import ModelConfig
from lensym.simulation.smooth import FARTHEST_PLACE, SmoothModel

_AT_THE_EDGE = 0.99 * FARTHEST_PLACE

_BESIDE = 0.75
"""Pixels of a network from the middle at which a lens is beside it: fits to lenses in the middle rarely end there."""


@dataclass(frozen=True)
class FittedCenter:
    """Column and row of the lens's middle, how it was found, and why it may be wrong (empty where nothing says so)."""

    position: Position
    step: str
    doubt: str


def require_fit(config: ModelConfig, model: str) -> Mapping[str, Any]:
    """The recipe whose smooth lenses a network fits; one that sees images alone is refused."""
    if config.smooth_fit is None:
        raise UsageError(
            "for --center fit a network that knows what telescope took its images, as lensnet-residual does",
            f"'{model}', which sees images alone",
            "choose another --model, or give --center X,Y",
        )
    return config.smooth_fit


def fitted_center(
    pixels: Float64[np.ndarray, "c h w"], pixel_scale: float, center: ByFit, config: ModelConfig, model: str
) -> FittedCenter:
    """Fit a smooth lens with a free place to what the network would see about the first guess.

    Raises
    ------
    UsageError
        If the network does not see what a smooth lens leaves, so that nothing says what telescope took its images.
    InputError
        If the image cannot be fitted.
    """
    smooth_fit = require_fit(config, model)
    cutout = Preprocessing(config.image_size, config.pixel_scale).frame(pixels, pixel_scale, center.about)
    place = _place(_finder(json.dumps(smooth_fit)), cutout, thorough=True)
    x, y = _in_file(cutout, place, pixel_scale)
    at_the_edge = f"the fit ended {FARTHEST_PLACE} arcsec from where it began, the farthest it looks: check the centre"
    return FittedCenter(
        (x, y),
        f"fitted a smooth lens of {smooth_fit['recipe']}, whose middle is at ({x:.1f}, {y:.1f})",
        at_the_edge if max(map(abs, place)) > _AT_THE_EDGE else "",
    )


def beside_the_middle(cutout: Cutout, pixel_scale: float, config: ModelConfig) -> str:
    """Words where the lens does not lie in the middle of what the network sees, empty where it does or nobody knows.

    Beside the middle a smooth lens leaves much of any image, which looks like substructure to a network whose training
    images had theirs in the middle.
    """
    if config.smooth_fit is None or config.training.get("options", {}).get("jitter", 0):
        return ""
    finder = _finder(json.dumps(config.smooth_fit))
    if not finder.recipe.lens.center.is_middle:
        return ""
    limit = _BESIDE * config.pixel_scale
    if math.hypot(*_place(finder, cutout, thorough=False)) <= limit:
        return ""
    place = _place(finder, cutout, thorough=True)
    distance = math.hypot(*place)
    if distance <= limit:
        return ""
    x, y = _in_file(cutout, place, pixel_scale)
    pixels = distance / config.pixel_scale
    return (
        f"the smooth lens that fits it best has its middle at ({x:.1f}, {y:.1f}), {pixels:.1f} px beside what the "
        "network takes for it: give --center fit, or --center X,Y"
    )


def _place(finder: SmoothModel, cutout: Cutout, thorough: bool) -> Position:
    """Arcsec from the middle of what the network sees to the middle of the lens that fits it."""
    lens = finder.fit(cutout.pixels[0], thorough).scene.lens
    return lens.x, lens.y


def _in_file(cutout: Cutout, place: Position, pixel_scale: float) -> Position:
    x, y = (middle + by / pixel_scale for middle, by in zip(cutout.center, place, strict=True))
    return x, y


@lru_cache(maxsize=4)  # images come in thousands for one network
def _finder(smooth_fit: str) -> SmoothModel:
    fit: Mapping[str, Any] = json.loads(smooth_fit)
    return model_for(fit, free_place=True)
