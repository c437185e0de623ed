"""Images with what a smooth lens leaves of them, as a second channel: a data set of them, and the fit for others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lensym import __version__
from lensym.errors import InputError, require_count
from lensym.simulation.pool import available_cores, run_tasks
from lensym.simulation.recipe import Recipe, parse_recipe
from lensym.simulation.smooth import CHANNELS, SmoothModel, fitted
from lensym.simulation.stored import FITTED, recipe_of
from lensym.store import DatasetFolder, manifest_digest, verify
from lensym.store.manifest import Manifest, ShardRecord, require_images_alone
from lensym.store.resume import complete
from lensym.store.shard import read_truth, write_block
from lensym.store.tasks import Task

Progress = Callable[[int, int], None]


def fit_to_folder(
    source: str | Path, out: str | Path, workers: int | None = None, progress: Progress = lambda done, total: None
) -> Manifest:
    """Fit smooth lenses to all images of a data set, into the folder ``out``, or finish what was begun there.

    The images of ``out`` have two channels, float32: the image over its root mean square, and what the fit leaves, in
    units of 4 standard deviations of the noise. Splits, order and truth are those of ``source``; the truth also has the
    numbers of each fit, in columns that begin with ``fit_``.

    Parameters
    ----------
    workers
        Processes; None for one a core. They change nothing in the result.
    progress
        Called with the images that are done and their total.

    Raises
    ------
    InputError
        If ``source`` is no data set, or was not simulated by this version's recipes.
    IntegrityError
        If a byte of it was changed.
    UsageError
        If no smooth lens can be fitted to images of its recipe, or ``out`` was begun with other images.
    OutputError
        If ``out`` holds something else, has another writer, or the disk is full; call again to go on.
    """
    data = DatasetFolder.open(source)
    recipe = _known_recipe(data)
    SmoothModel(recipe)  # refuses a recipe that it does not describe
    verify(source)  # a changed byte would be vouched for by the new manifest
    planned = replace(
        data.manifest,
        channels=CHANNELS,
        dtype="float32",
        shards=(),
        files={},
        lensym_version=__version__,
        smooth_fit=manifest_digest(source),
    )
    workers = available_cores() if workers is None else require_count("workers", workers)
    shard_images = max(shard.count for shard in data.manifest.shards)

    def maker(folder: Path) -> ShardFitter:
        return ShardFitter(recipe, data.path.resolve(), folder.resolve())

    return complete(out, planned, shard_images, maker, partial(run_tasks, workers=workers), progress)


@dataclass(frozen=True)
class ShardFitter:
    """Fits the images of any one shard of a data set, and writes the one beside it."""

    recipe: Recipe
    source: Path
    folder: Path

    def __call__(self, task: Task) -> ShardRecord:
        """Make a shard."""
        data = DatasetFolder.open(self.source)
        view, label = data.split(task.split), data.manifest.classes.index(task.class_name)
        rows = np.flatnonzero(view.labels == label)[task.start : task.start + task.count]
        images, numbers = fitted(SmoothModel(self.recipe), view.images(rows), f"'{self.source / task.file}'")
        truth = read_truth(self.source / task.file) | {FITTED + name: column for name, column in numbers.items()}
        return write_block(self.folder, task.split, task.class_name, task.start, images, label, truth)


def model_for(smooth_fit: Mapping[str, Any], free_place: bool = False) -> SmoothModel:
    """The smooth lenses that a network's second channel is made with, from what its config says of them.

    With ``free_place``, lenses that need not be in the middle of the image.
    """
    return SmoothModel(parse_recipe(smooth_fit["parameters"], smooth_fit["recipe"]), free_place)


def _known_recipe(data: DatasetFolder) -> Recipe:
    require_images_alone(data.path, data.manifest)
    recipe = recipe_of(data.manifest)
    if recipe is None:
        raise InputError(
            "a simulated data set: its recipe says what telescope saw the images",
            f"'{data.path}' of '{data.manifest.recipe}', which no recipe of this version made",
            "make one with 'lensym simulate'",
        )
    return recipe
