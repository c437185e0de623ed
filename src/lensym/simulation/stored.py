"""The scene of a stored image, drawn again: the numbers that its file keeps, and those that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lensym.errors import InputError, UsageError
from lensym.simulation.recipe import Recipe, parse_recipe
from lensym.simulation.scene import Scene, draw_scene
from lensym.simulation.turned import TURNED, turned
from lensym.store.folder import DatasetFolder
from lensym.store.manifest import Manifest
from lensym.store.shard import read_truth

FITTED = "fit_"
"""Columns that begin so are of fits to the images, and not of what was drawn."""

_SAME = 1e-9
"""Relative difference that another kind of processor may make in a drawn number."""


@dataclass(frozen=True)
class StoredScene:
    """What a stored image shows.

    Attributes
    ----------
    recipe, scene
        What it was simulated with, and what was drawn; a turned scene is as it was seen.
    class_name, index
        Its class, and its number in the class and split.
    """

    recipe: Recipe
    scene: Scene
    class_name: str
    index: int


def recipe_of(manifest: Manifest) -> Recipe | None:
    """What a data set was simulated with; None if it was not, or if its recipe is not one of this version."""
    if manifest.seed is None:
        return None
    try:
        return parse_recipe(manifest.parameters, manifest.recipe)
    except UsageError:
        return None


def is_of(scene: Scene, truth: Mapping[str, Any]) -> bool:
    """Whether the stored numbers of an image are the scene's, those of another version of lensym may not be."""
    drawn = {name: np.ravel(value) for name, value in scene.truth.items()}
    return drawn.keys() == {name for name in truth if not name.startswith(FITTED)} and all(
        np.allclose(np.ravel(truth[name])[: len(value)], value, rtol=_SAME, atol=0) for name, value in drawn.items()
    )


def stored_scene(data: DatasetFolder, split: str, number: int) -> StoredScene:
    """Scene of image ``number`` of a split, counted from 0 through all classes, as `SplitView` counts.

    Raises
    ------
    UsageError
        If there is no such split or image.
    InputError
        If the data set was not simulated, or by another version of lensym, whose scenes are others.
    """
    view = data.split(split)
    if not 0 <= number < len(view):
        raise UsageError(f"an image from 0 to {len(view) - 1} of the split '{split}'", str(number), "choose another")
    recipe, seed = recipe_of(data.manifest), data.manifest.seed
    if recipe is None or seed is None:
        raise InputError(
            "a data set with the truth of a recipe of this version", f"'{data.path}' without", "simulate one"
        )
    class_name = view.classes[int(view.labels[number])]
    index = number - int(np.flatnonzero(view.labels == view.labels[number])[0])
    scene, truth = draw_scene(recipe, class_name, split, index, seed), _truth(data, class_name, split, index)
    angle = truth.pop("turned_by", None) if data.manifest.variant.endswith(TURNED) else None
    if not is_of(scene, truth):
        raise InputError(
            "a data set whose truth this version of lensym draws again",
            f"'{data.path}' by lensym {data.manifest.lensym_version}, with other numbers",
            "take that version, or simulate it anew",
        )
    return StoredScene(recipe, scene if angle is None else turned(scene, np.deg2rad(float(angle))), class_name, index)


def _truth(data: DatasetFolder, class_name: str, split: str, index: int) -> dict[str, Any]:
    """The stored numbers of an image."""
    (record,) = (
        record
        for record in data.manifest.shards
        if (record.class_name, record.split) == (class_name, split) and 0 <= index - record.start < record.count
    )
    return {name: column[index - record.start] for name, column in read_truth(data.path / record.file).items()}
