"""Which recipes' images a smooth lens can be fitted to."""

from __future__ import annotations

from lensym.errors import UsageError
from lensym.simulation.parts import (
    FilePsf,
    Noiseless,
    PoissonSky,
    PublishedCounts,
    SersicLight,
    SersicSource,
)
from lensym.simulation.recipe import Recipe, require_recipe
from lensym.simulation.scene import draw_scene
from lensym.simulation.smooth.scene import FreeNumbers

_DRAWN = 32
"""Scenes of a recipe that are looked at."""


def require_fittable(recipe: Recipe) -> None:
    """Refuse a recipe that the model does not describe, or whose noise or brightness it could not know."""
    require_recipe(recipe)
    for what, found in _hindrances(recipe).items():
        if found:
            raise UsageError(
                "a recipe to whose images a smooth lens can be fitted: one band, noise, a Sersic source",
                f"'{recipe.name}' ({recipe.variant}) with {what}",
                "use its images alone",
            )


def _hindrances(recipe: Recipe) -> dict[str, bool]:
    source, noise, lens = recipe.source, recipe.observation.noise, recipe.lens
    known = isinstance(source, SersicLight) and source.amplitude is not None and source.amplitude.is_constant
    return {
        "several bands": recipe.channels > 1,
        "images without noise": isinstance(noise, Noiseless),
        "images scaled to their brightest pixel": recipe.observation.scaled,
        "a source that is no Sersic profile": not isinstance(source, SersicLight),
        "clumps in the source": isinstance(source, SersicSource) and source.clumps is not None,
        "neighbours": recipe.neighbours is not None,
        "a lens light of several parts": len(recipe.lens_light) > 1,
        "multipoles": not (lens.a3.is_always(0.0) and lens.a4.is_always(0.0)),
        "a source of unknown brightness seen for an unknown time": isinstance(noise, PublishedCounts) and not known,
        "a lens light beside the lens": not all(light.center.is_middle for light in recipe.lens_light),
        "a point spread function from a file": isinstance(recipe.observation.psf, FilePsf),
        "exposures that differ": isinstance(noise, PoissonSky) and not noise.exposure.is_constant,
    }


def require_within(recipe: Recipe, free: FreeNumbers) -> None:
    """Refuse a recipe of scenes beyond the bounds of the fit, by the first that it draws."""
    for index in range(_DRAWN):
        numbers = free.of(draw_scene(recipe, recipe.classes[0], "fresh", index, seed=0))
        for name, value, low, high in zip(free.names, numbers, free.low, free.high, strict=True):
            if not low <= value <= high:
                raise UsageError(
                    f"a recipe whose {name} is from {low:.3g} to {high:.3g}, where the fit looks for it",
                    f"{value:.3g} in '{recipe.name}'",
                    "use its images alone",
                )
