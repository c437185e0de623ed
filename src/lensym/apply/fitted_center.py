"""Where in a file the lens is, by a smooth lens that is fitted to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float64

from lensym.data.center import ByFit, Position
from lensym.data.preprocess import Preprocessing
from lensym.data.residual import model_for
from lensym.errors import UsageError
from lensym.models.model_config import ModelConfig
from lensym.simulation.smooth import FARTHEST_PLACE, SmoothModel

_AT_THE_EDGE = 0.99 * FARTHEST_PLACE


@dataclass(frozen=True)
class FittedCenter:
    """Column and row of the lens's middle, how it was found, and why to doubt it (empty where nothing does)."""

    position: Position
    step: str
    doubt: str


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
    if config.smooth_fit is None:
        raise UsageError(
            "for --center fit a network that knows what telescope took its images, as lensnet-residual does",
            f"'{model}', which sees images alone",
            "choose another --model, or give --center X,Y",
        )
    cutout = Preprocessing(config.image_size, config.pixel_scale).frame(pixels, pixel_scale, center.about)
    finder = _finder(json.dumps(config.smooth_fit))
    finder.require_image(cutout.pixels[0])
    lens = finder.fit(cutout.pixels[0]).scene.lens
    x, y = (middle + place / pixel_scale for middle, place in zip(cutout.center, (lens.x, lens.y), strict=True))
    far = max(abs(lens.x), abs(lens.y)) > _AT_THE_EDGE
    return FittedCenter(
        (x, y),
        f"fitted a smooth lens of {config.smooth_fit['recipe']}, whose middle is at ({x:.1f}, {y:.1f})",
        f"the fit ended {FARTHEST_PLACE} arcsec from where it began, the farthest it looks: check the centre"
        if far
        else "",
    )


@lru_cache(maxsize=4)  # images come in thousands for one network
def _finder(smooth_fit: str) -> SmoothModel:
    fit: Mapping[str, Any] = json.loads(smooth_fit)
    return model_for(fit, free_place=True)
