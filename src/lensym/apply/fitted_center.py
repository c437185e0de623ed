"""Where in a file the lens is, by a smooth lens that is fitted to it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float64

from lensym.apply.unit import unit_doubt
from lensym.data.center import ByFit, Position
from lensym.data.preprocess import Cutout, Preprocessing
from lensym.data.residual import model_for
from lensym.errors import UsageError
from lensym.models.model_config import ModelConfig
from lensym.simulation.origin import named, recipe_from
from lensym.simulation.smooth import FARTHEST_PLACE, SmoothFit, SmoothModel

_AT_THE_EDGE = 0.99 * FARTHEST_PLACE

_BESIDE = 0.75
"""Pixels of a network from the middle at which a lens is beside it: fits to lenses in the middle rarely end there."""


@dataclass(frozen=True)
class FittedCenter:
    """Column and row of the lens's middle, how it was found, and why it may be wrong (empty where nothing says so)."""

    position: Position
    step: str
    doubt: str


def require_finder(config: ModelConfig, model: str) -> SmoothModel:
    """Smooth lenses with a free place: those whose remains a network sees, or those of its training images' recipe.

    Raises
    ------
    UsageError
        If nobody knows the recipe, so that nothing says what telescope took the images, or it has no such lenses.
    """
    if config.smooth_fit is not None:
        return _finder(json.dumps(config.smooth_fit))
    try:
        finder = _finder_of(json.dumps(config.data))
    except UsageError as error:
        raise UsageError(f"for --center fit {error.needed}", error.got, "give --center X,Y") from None
    if finder is None:
        raise UsageError(
            "for --center fit a network whose training images were made by a recipe of the package",
            f"'{model}', trained on {named(config.data)}",
            "choose another --model, or give --center X,Y",
        )
    return finder


def fitted_center(
    pixels: Float64[np.ndarray, "c h w"], pixel_scale: float, center: ByFit, config: ModelConfig, model: str
) -> FittedCenter:
    """Fit a smooth lens with a free place to what the network would see about the first guess.

    Raises
    ------
    UsageError
        As `require_finder`.
    InputError
        If the image cannot be fitted.
    """
    finder = require_finder(config, model)
    cutout = Preprocessing(config.image_size, config.pixel_scale).frame(pixels, pixel_scale, center.about)
    fit = finder.fit(cutout.pixels[0], thorough=True)
    place = _place(fit)
    x, y = _in_file(cutout, place, pixel_scale)
    sees_fits = config.smooth_fit is not None  # and is told of another unit by what it sees
    of_unit = "" if sees_fits else unit_doubt(fit.chi_square, finder.recipe.name)
    at_the_edge = f"the fit ended {FARTHEST_PLACE} arcsec from where it began, the farthest it looks: check the centre"
    return FittedCenter(
        (x, y),
        f"fitted a smooth lens of {finder.recipe.name}, whose middle is at ({x:.1f}, {y:.1f})",
        "; ".join(filter(None, [of_unit, at_the_edge if max(map(abs, place)) > _AT_THE_EDGE else ""])),
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
    if math.hypot(*_place(finder.fit(cutout.pixels[0]))) <= limit:
        return ""
    place = _place(finder.fit(cutout.pixels[0], thorough=True))
    distance = math.hypot(*place)
    if distance <= limit:
        return ""
    x, y = _in_file(cutout, place, pixel_scale)
    pixels = distance / config.pixel_scale
    return (
        f"the smooth lens that fits it best has its middle at ({x:.1f}, {y:.1f}), {pixels:.1f} px beside what the "
        "network takes for it: give --center fit, or --center X,Y"
    )


def _place(fit: SmoothFit) -> Position:
    """Arcsec from the middle of what the network sees to the middle of the lens that fits it."""
    return fit.scene.lens.x, fit.scene.lens.y


def _in_file(cutout: Cutout, place: Position, pixel_scale: float) -> Position:
    x, y = (middle + by / pixel_scale for middle, by in zip(cutout.center, place, strict=True))
    return x, y


@lru_cache(maxsize=4)  # images come in thousands for one network
def _finder_of(origin: str) -> SmoothModel | None:
    recipe = recipe_from(json.loads(origin))
    return None if recipe is None else SmoothModel(recipe, free_place=True)


@lru_cache(maxsize=4)
def _finder(smooth_fit: str) -> SmoothModel:
    fit: Mapping[str, Any] = json.loads(smooth_fit)
    return model_for(fit, free_place=True)
