"""What the values of a recipe must be, whatever drew them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lensym.errors import UsageError
from lensym.simulation.distributions import Distribution
from lensym.simulation.parts import Lens, PointMassPopulation, Source, VortexPopulation

if TYPE_CHECKING:
    from lensym.simulation.recipe import Recipe

_SMALLEST_IMAGE = 16
"""Pixels a side below which the networks have nothing to work on."""

Rule = tuple[str, Any, bool, str]
"""Key's path, its value, whether that is good, and what it must be."""


def check(recipe: Recipe) -> None:
    """Refuse values that no scene can have, by UsageError with the key's path."""
    for rules in (_macro_rules, _source_rules, _population_rules, _observation_rules):
        for key, value, good, rule in rules(recipe):
            if not good:
                shown = value.to_plain() if isinstance(value, Distribution) else value
                raise UsageError(f"{key} must be {rule}", repr(shown), "mend this key of the recipe")


def _macro_rules(recipe: Recipe) -> Iterator[Rule]:
    cosmology = recipe.cosmology
    behind = recipe.z_source > recipe.z_lens > 0
    yield "z_source", recipe.z_source, behind, f"behind the lens at {recipe.z_lens}"
    yield _above(0, "cosmology.H0", cosmology.H0)
    yield "cosmology.Om0", cosmology.Om0, 0 <= cosmology.Om0 <= 1, "from 0 to 1"
    yield _one_of(("angular", "luminosity"), "cosmology.distance", cosmology.distance)
    yield _above(0, "lens.mass", recipe.lens.mass)
    yield _ellipticity("lens", recipe.lens)


def _source_rules(recipe: Recipe) -> Iterator[Rule]:
    source = recipe.source
    yield _above(0, "source.amplitude", source.amplitude)
    yield _above(0, "source.R_sersic", source.R_sersic)
    yield _above(0.2, "source.n_sersic", source.n_sersic)
    yield _ellipticity("source", source)


def _population_rules(recipe: Recipe) -> Iterator[Rule]:
    for name, population in recipe.populations.items():
        if isinstance(population, PointMassPopulation):
            yield _above(0, f"classes.{name}.mass", population.mass)
            yield _at_least(0, f"classes.{name}.radius", population.radius)
        elif isinstance(population, VortexPopulation):
            yield _above(0, f"classes.{name}.total_mass", population.total_mass)


def _observation_rules(recipe: Recipe) -> Iterator[Rule]:
    observation = recipe.observation
    yield _at_least(_SMALLEST_IMAGE, "image.size", recipe.image_size)
    yield _above(0, "image.pixel_scale", recipe.pixel_scale)
    yield _above(0, "observation.psf_fwhm", observation.psf_fwhm)
    yield _above(0, "observation.psf_truncation", observation.psf_truncation)
    yield _above(0, "observation.exposure", observation.exposure)
    yield _at_least(0, "observation.background_rms", observation.background_rms)
    yield _one_of(("published_counts",), "observation.noise", observation.noise)


def _above(bound: float, key: str, value: float | Distribution) -> Rule:
    return key, value, _lowest(value) > bound, f"above {bound:g}"


def _at_least(bound: float, key: str, value: float | Distribution) -> Rule:
    return key, value, _lowest(value) >= bound, f"{bound:g} or more"


def _lowest(value: float | Distribution) -> float:
    return value.low if isinstance(value, Distribution) else value


def _one_of(names: tuple[str, ...], key: str, value: str) -> Rule:
    return key, value, value in names, " or ".join(map(repr, names))


def _ellipticity(key: str, shape: Lens | Source) -> Rule:
    modulus = math.hypot(shape.e1, shape.e2)
    return f"{key}.e1, {key}.e2", (shape.e1, shape.e2), modulus < 1, "an ellipticity with a modulus below 1"
