"""A simulated data set in a folder: made in parallel, and resumed when it was stopped.

Every image depends on (recipe, seed, split, class, index) alone and every shard on its images alone, so neither the
number of workers nor an interruption changes a byte of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from lensym import __version__
from lensym.errors import require_count
from lensym.simulation.plan import DEFAULT_SPLIT, choose_classes, share_out
from lensym.simulation.pool import Executor, available_cores, run_tasks
from lensym.simulation.recipe import Recipe
from lensym.simulation.scene import check_seed
from lensym.simulation.worker import ShardMaker, leave_mark
from lensym.store.manifest import Manifest
from lensym.store.resume import complete

Progress = Callable[[int, int], None]


def simulate_to_folder(
    recipe: Recipe,
    out: str | Path,
    count: int,
    split: Mapping[str, float] = DEFAULT_SPLIT,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
    classes: Iterable[str] | None = None,
    shard_images: int = 500,
    executor: Executor | None = None,
) -> Manifest:
    """Simulate ``count`` images a class into the folder ``out``, or finish what was begun there.

    Shards of a finished data set that were lost or damaged since are made anew.

    Parameters
    ----------
    split
        Fraction of the images in each split.
    workers
        Processes; None for one a core. They change nothing in the result.
    progress
        Called with the images that are done and their total: at first with those that ``out`` already has (all of
        them, if it is finished), then after each shard.
    classes
        Some of the recipe's classes; None for all.
    shard_images
        Images in one file.
    executor
        What makes the shards instead, for instance :func:`lensym.simulation.cluster.on_scheduler`. The journal and the
        manifest are written here.

    Raises
    ------
    UsageError
        If ``out`` was begun with another recipe, seed or count, or an argument is wrong.
    OutputError
        If ``out`` holds something else, has another writer, or the disk is full; call again to go on.
    """
    planned = _plan(recipe, count, split, check_seed(seed), choose_classes(recipe, classes))
    workers = available_cores() if workers is None else require_count("workers", workers)
    execute = executor or partial(run_tasks, workers=workers)
    shard_images = require_count("shard_images", shard_images)

    def maker(folder: Path) -> ShardMaker:
        return ShardMaker(recipe, folder.resolve(), planned.classes, seed, leave_mark(folder))

    return complete(out, planned, shard_images, maker, execute, progress)


def _plan(recipe: Recipe, count: int, split: Mapping[str, float], seed: int, classes: tuple[str, ...]) -> Manifest:
    """Return the manifest of the data set to make, without its shards."""
    shares = share_out(require_count("count", count), split)
    return manifest_of(recipe, classes, {name: dict.fromkeys(classes, share) for name, share in shares.items()}, seed)


def manifest_of(recipe: Recipe, classes: tuple[str, ...], splits: dict[str, dict[str, int]], seed: int) -> Manifest:
    """What is known of a recipe's images before there are any: a manifest without shards."""
    return Manifest(
        recipe=recipe.name,
        variant=recipe.variant,
        classes=classes,
        channels=recipe.channels,
        image_size=recipe.image_size,
        pixel_scale=recipe.pixel_scale,
        dtype=recipe.dtype,
        seed=seed,
        splits=splits,
        parameters=recipe.to_dict(),
        lensym_version=__version__,
    )
