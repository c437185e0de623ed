"""What a recipe gives, and what a data set holds, in one picture: a few images of each class from all sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lensym.errors import require_count
from lensym.simulation.images import simulate_block
from lensym.simulation.plan import STORED_SPLITS, choose_classes
from lensym.simulation.recipe import Recipe
from lensym.simulation.render import render
from lensym.simulation.scene import Scene, draw_scene
from lensym.simulation.stored import is_of, recipe_of
from lensym.store.folder import DatasetFolder
from lensym.store.manifest import ShardRecord
from lensym.store.shard import read_truth

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Place = tuple[str, str, int, int]
"""Class, split, index and seed of a simulated image."""


@dataclass(frozen=True)
class View:
    """An image from all sides; the last two are None where it was not simulated, or not by this version.

    Attributes
    ----------
    stored
        As the telescope delivers it, (C, H, W).
    model
        Without noise, (C, H, W).
    change
        What the substructure changes in it, (H, W), bands added up, in units of the lensed source's brightest pixel.
    """

    class_name: str
    stored: NDArray[Any]
    model: NDArray[np.float64] | None = None
    change: NDArray[np.float64] | None = None


def preview_recipe(recipe: Recipe, seed: int = 0, each: int = 2, classes: Iterable[str] | None = None) -> Figure:
    """Contact sheet of a recipe: ``each`` images of each class, the first that ``lensym simulate`` would make."""
    from lensym.simulation.sheet import contact_sheet

    numbers = range(require_count("each", each))
    places = [(name, STORED_SPLITS[0], k, seed) for name in choose_classes(recipe, classes) for k in numbers]
    views = []
    for name, split, k, _ in places:
        image = simulate_block(recipe, name, split, k, 1, seed).images[0]
        views.append(_simulated(recipe, (name, split, k, seed), image))
    pixels = f"{recipe.image_size} px of {recipe.pixel_scale:g}″"
    title = f"{recipe.name}, {recipe.variant}: {pixels}, seed {seed}"
    return contact_sheet(views, title, recipe.image_size, recipe.pixel_scale)


def preview_data_set(folder: str | Path, each: int = 2) -> Figure:
    """Contact sheet of a data set: the first ``each`` images of each class in its first split, as they are stored.

    Where they were simulated, as the manifest says, each stands beside itself without noise.
    """
    from lensym.simulation.sheet import contact_sheet

    data = DatasetFolder.open(folder)
    m = data.manifest
    split = m.shards[0].split
    views = [
        view
        for record in m.shards
        if (record.split, record.start) == (split, 0)
        for view in _stored(data, record, min(require_count("each", each), record.count))
    ]
    title = f"{Path(folder).name}: {m.recipe}, {m.variant}, split {split}"
    return contact_sheet(views, title, m.image_size, m.pixel_scale)


def _stored(data: DatasetFolder, record: ShardRecord, each: int) -> Iterator[View]:
    """The first images of a shard."""
    view, recipe = data.split(record.split), recipe_of(data.manifest)
    rows = np.flatnonzero(view.labels == view.classes.index(record.class_name))[:each]
    truth = read_truth(data.path / record.file)
    bands = 1 if data.manifest.smooth_fit else data.manifest.channels
    for k, image in enumerate(view.images(rows)[:, :bands]):
        place = (record.class_name, record.split, k, data.manifest.seed or 0)
        if recipe and is_of(draw_scene(recipe, *place), {name: column[k] for name, column in truth.items()}):
            yield _simulated(recipe, place, image)
        else:
            yield View(record.class_name, image)


def _simulated(recipe: Recipe, place: Place, stored: NDArray[Any]) -> View:
    """The stored image beside what is known of it."""
    scene = draw_scene(recipe, *place)
    dark = ((),) * recipe.channels
    lensed = render(recipe, replace(scene, foreground=dark)).sum(axis=0)
    unperturbed = render(recipe, replace(smooth_scene(recipe, place), foreground=dark)).sum(axis=0)
    return View(place[0], stored, render(recipe, scene), (lensed - unperturbed) / lensed.max())


def smooth_scene(recipe: Recipe, place: Place) -> Scene:
    """The same scene had it no substructure.

    A compensated lens has given up the mass that substructure adds inside its Einstein radius: without substructure it
    would have kept that.
    """
    return replace(draw_scene(replace(recipe, compensated=False), *place), perturbers=())
