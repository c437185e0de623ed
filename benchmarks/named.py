"""Recipes by the names that the benchmarks give them: ``model_1``, ``model_1 physical plain``, ``model_a early``."""

from __future__ import annotations

from lensym.simulation.recipe import Recipe, load_recipe

EARLY = ("classes.cdm.theta_E=0.0692820323", "classes.axion.theta_E=0.0692820323")
"""Model A as PyAutoLens simulated it until early 2020, by theta_E / r for a point mass: the square root of 0.0048."""

PLAIN = ("source.clumps=null", "neighbours=null")
"""A physical recipe whose sources are smooth and whose lenses have no neighbours, as a smooth lens can be fitted to."""


def recipe_of(name: str) -> Recipe:
    """The recipe of a name, alone or with a variant other than published, then ``early`` or ``plain``.

    >>> recipe_of("model_1 physical").variant, recipe_of("model_a early").variant
    ('physical', 'published')
    >>> recipe_of("model_1 physical plain").neighbours is None
    True
    """
    recipe, *kind = name.split()
    changes = {"early": EARLY, "plain": PLAIN}.get(kind[-1], ()) if kind else ()
    variant = [word for word in kind if word not in ("early", "plain")]
    return load_recipe(recipe, *variant, changes=changes)
