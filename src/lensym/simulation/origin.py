"""What made the images of a data set, as models and results keep it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lensym.errors import UsageError
from lensym.simulation.parts import VARIANTS
from lensym.simulation.recipe import Recipe, available_recipes, load_recipe
from lensym.store import Manifest


def origin(manifest: Manifest) -> dict[str, Any]:
    """Recipe, variant and seed; with ``changes``, where the recipe is not as it stands in the package."""
    changed = changes(manifest.recipe, manifest.variant, manifest.parameters)
    facts = {"recipe": manifest.recipe, "variant": manifest.variant, "seed": manifest.seed}
    return facts | ({"changes": changed} if changed else {})


def named(facts: Mapping[str, Any]) -> str:
    """The recipe in words, of what `origin` found.

    >>> named({"recipe": "model_a", "variant": "published", "seed": 1, "changes": ["z_lens=0.6"]})
    'model_a (published) with z_lens=0.6'
    """
    changed = facts.get("changes", [])
    return f"{facts.get('recipe')} ({facts.get('variant')})" + (f" with {', '.join(changed)}" if changed else "")


def alike(facts: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    """Whether both, as `origin` found them, are of one recipe with the same changes, whatever their seeds and order."""
    one, other = ((f.get("recipe"), f.get("variant"), set(f.get("changes", []))) for f in (facts, others))
    return one == other


def recipe_from(facts: Mapping[str, Any]) -> Recipe | None:
    """The recipe that `origin` said; None where the package has none of its name."""
    try:
        return load_recipe(facts["recipe"], facts["variant"], facts.get("changes", []))
    except (KeyError, UsageError):
        return None


def changes(name: str, variant: str, parameters: Mapping[str, Any]) -> list[str]:
    """Differences from the package's recipe, each as ``--set`` takes it; a key that is gone has the value null.

    None where the package has no recipe of this name and variant: then the name says nothing that could be untrue.

    >>> changes("model_1", "published", load_recipe("model_1", changes=["image.size=64"]).to_dict())
    ['image.size=64']
    """
    if name not in available_recipes() or variant not in VARIANTS:
        return []
    base = load_recipe(name, variant).to_dict()
    return [f"{path}={json.dumps(value)}" for path, value in _differences(base, parameters)]


def _differences(base: Mapping[str, Any], own: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Path and own value of what differs, in the order of the own keys."""
    for key in [*own, *(key for key in base if key not in own)]:
        before, now = base.get(key), own.get(key)
        if isinstance(before, Mapping) and isinstance(now, Mapping):
            yield from _differences(before, now, f"{prefix}{key}.")
        elif before != now:
            yield f"{prefix}{key}", now
