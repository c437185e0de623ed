"""Recipes by the names that the benchmarks give them: ``model_1``, ``model_1 physical``, ``model_a early``."""

from __future__ import annotations

from lensym.simulation.recipe import Recipe, load_recipe

EARLY = ("classes.cdm.theta_E=0.0692820323", "classes.axion.theta_E=0.0692820323")
"""Model A as PyAutoLens simulated it until early 2020, by theta_E / r for a point mass: the square root of 0.0048."""


def recipe_of(name: str) -> Recipe:
    """The recipe of a name, alone or with a variant other than published, or ``early``.

    >>> recipe_of("model_1 physical").variant, recipe_of("model_a early").variant
    ('physical', 'published')
    """
    recipe, _, kind = name.partition(" ")
    if kind == "early":
        return load_recipe(recipe, changes=EARLY)
    return load_recipe(recipe, kind or "published")
