"""What there is to simulate: how many images of which class go into which split."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from lensym.conventions import canonical_class, names_in
from lensym.errors import UsageError, require_kind, unknown_name
from lensym.simulation.recipe import Recipe, require_recipe
from lensym.simulation.scene import SPLITS

STORED_SPLITS = SPLITS[:-1]
"""Splits of a data set on disk: all streams but the one of images that are not stored."""

DEFAULT_SPLIT: Mapping[str, float] = {"train": 0.8, "val": 0.1, "test": 0.1}
"""Fractions of the images where nothing else is asked for."""


def choose_classes(recipe: Recipe, asked: Iterable[str] | None) -> tuple[str, ...]:
    """Return the asked classes (None: all) in the recipe's order, whatever alias they were asked by."""
    require_recipe(recipe)
    if asked is None:
        return recipe.classes
    names = {canonical_class(name) for name in names_in(asked)}
    for name in sorted(names - set(recipe.classes)):
        raise unknown_name(f"class of recipe '{recipe.name}'", name, recipe.classes)
    if not names:
        raise UsageError("at least one class is needed", "none", f"choose of {', '.join(recipe.classes)}")
    return tuple(name for name in recipe.classes if name in names)


def share_out(count: int, fractions: Mapping[str, float]) -> dict[str, int]:
    """Split ``count`` images by ``fractions``, to exactly ``count``: the largest remainders are rounded up.

    >>> share_out(7, {"test": 0.2, "train": 0.8})
    {'train': 6, 'test': 1}
    """
    _check_fractions(fractions)
    exact = {name: count * fractions[name] for name in STORED_SPLITS if name in fractions}
    shares = {name: math.floor(value + 1e-9) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: shares[name] - exact[name])
    for name in by_remainder[: count - sum(shares.values())]:
        shares[name] += 1
    return shares


def _check_fractions(fractions: Mapping[str, float]) -> None:
    require_kind("fractions of the splits by name", fractions, Mapping, "give for instance {'train': 0.8, 'test': 0.2}")
    for name, fraction in fractions.items():
        if name not in STORED_SPLITS:
            raise unknown_name("split", name, STORED_SPLITS)
        if not 0 <= fraction <= 1:
            raise UsageError("the fraction of a split is from 0 to 1", f"{name}={fraction}", "mend it")
    total = sum(fractions.values())
    if abs(total - 1) > 1e-6:
        raise UsageError("the fractions of the splits must add up to 1", f"{total:g}", "mend them")
