"""Which recipes' images a smooth lens can be fitted to."""

from __future__ import annotations

from lensym.errors import UsageError
from lensym.simulation.distributions import Distribution
from lensym.simulation.parts import Noiseless, Place, PoissonSky, PolarPlace, PublishedCounts, SersicLight, SersicSource
from lensym.simulation.recipe import Recipe


def require_fittable(recipe: Recipe) -> None:
    """Refuse a recipe that the model does not describe, or whose noise or brightness it could not know."""
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
        "multipoles": not (is_always(lens.a3, 0.0) and is_always(lens.a4, 0.0)),
        "a source of unknown brightness seen for an unknown time": isinstance(noise, PublishedCounts) and not known,
        "exposures that differ": isinstance(noise, PoissonSky) and not noise.exposure.is_constant,
    }


def is_always(part: Distribution, value: float) -> bool:
    """Whether every draw is ``value``."""
    return part.is_constant and part.quantile(0.5) == value


def is_middle(place: Place | PolarPlace) -> bool:
    """Whether a place is the middle of every image."""
    parts = (place.radius,) if isinstance(place, PolarPlace) else (place.x, place.y)
    return all(is_always(part, 0.0) for part in parts)
