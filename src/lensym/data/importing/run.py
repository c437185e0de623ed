"""A data set from elsewhere, in a folder: surveyed, divided, written; resumed when it was stopped.

What is written depends on the source, the options and the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lensym.atomic import remove_temporaries, write_atomically
from lensym.data.importing.draft import Taken
from lensym.data.importing.goal import require_scale, set_goal
from lensym.data.importing.item import Refused
from lensym.data.importing.layout import choose_layout
from lensym.data.importing.options import ImportOptions
from lensym.data.importing.source import open_source
from lensym.data.importing.sources import SOURCES_NAME, sources_csv
from lensym.data.importing.split_folders import require_splits
from lensym.data.importing.survey import Progress, survey
from lensym.data.importing.write import ShardWriter
from lensym.store.lock import output_lock
from lensym.store.manifest import Manifest
from lensym.store.resume import Run

DEFAULT_OPTIONS = ImportOptions()


@dataclass(frozen=True)
class Imported:
    """A finished import.

    Parameters
    ----------
    layout
        The name of the source's layout, and by what it was known.
    taken, refused
        The images that the data set has, and those that it has not.
    remarks
        What a user should know of the layout.
    """

    manifest: Manifest
    layout: str
    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]
    remarks: tuple[str, ...] = ()


def import_to_folder(
    path: str | Path,
    out: str | Path,
    options: ImportOptions = DEFAULT_OPTIONS,
    report: Callable[[str], None] = lambda step: None,
    progress: Progress = lambda done, total: None,
) -> Imported:
    """Import the data set at ``path`` into the folder ``out``, or finish what was begun there.

    Parameters
    ----------
    report
        Called with the title of each step.
    progress
        Called with the images of a step that are done and their total.

    Raises
    ------
    UsageError
        If ``out`` was begun with another source or other options.
    InputError
        If no layout fits, a folder may or may not be a class or a split, no image can be taken, or they are of several
        sizes.
    OutputError
        If ``out`` holds something else, has another writer, or the disk is full; call again to go on.
    """
    source = open_source(Path(path))
    choice = choose_layout(source, options.layout)
    plan = choice.layout.plan(source, options.classes)
    require_splits(plan.items)
    require_scale(plan, options)
    with output_lock(out) as folder:
        remove_temporaries(folder)
        report(f"read as {choice.layout.name}")
        found = survey(source, plan, progress)
        goal = set_goal(found, plan, choice.layout.name, options)
        report("write")
        manifest = _write(ShardWriter(source, plan.open, folder, goal.manifest, goal.blocks), options, progress)
    return Imported(manifest, f"{choice.layout.name}, {choice.why}", goal.taken, goal.refused, plan.remarks)


def _write(writer: ShardWriter, options: ImportOptions, progress: Progress) -> Manifest:
    """Write what is missing of a data set, shard after shard."""
    run = Run(writer.folder, writer.manifest, options.shard_images)
    write_atomically(writer.folder / SOURCES_NAME, sources_csv(writer.blocks))
    progress(run.done, run.total)
    for record in writer.write(run.missing()):
        run.note(record)
        progress(run.done, run.total)
    return run.finish()
