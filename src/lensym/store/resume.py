"""What a folder holds of a data set in the making, and whether it may go on there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from lensym import __version__
from lensym.atomic import remove_temporaries
from lensym.errors import IntegrityError, OutputError, UsageError
from lensym.store.journal import Journal
from lensym.store.lock import LOCK_NAME, output_lock
from lensym.store.manifest import MANIFEST_NAME, Manifest, ShardRecord, read_manifest, write_manifest
from lensym.store.tasks import Task, plan_tasks
from lensym.store.verify import byte_fault, find_faults

Make = Callable[[Task], ShardRecord]
"""What makes a shard."""

_SHOWN = 3
"""Differences that an error names; the others are counted."""


def complete(
    out: str | Path,
    planned: Manifest,
    shard_images: int,
    maker: Callable[[Path], Make],
    execute: Callable[[Make, Sequence[Task]], Generator[ShardRecord, None, None]],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Manifest:
    """Make the shards that the folder ``out`` lacks of a planned data set, then its manifest.

    Parameters
    ----------
    planned, shard_images
        As for `Run`.
    maker
        Gives, for the folder, what makes one of its shards.
    execute
        Carries out the tasks.
    progress
        Called with the images that are done and their total: at first, then after each shard.

    Raises
    ------
    UsageError
        If the folder was begun with another request.
    OutputError
        If it holds anything else, has another writer, or the disk is full; call again to go on.
    """
    with output_lock(out) as folder:
        remove_temporaries(folder)
        run = Run(folder, planned, shard_images)
        progress(run.done, run.total)
        try:
            with closing(execute(maker(folder), run.missing())) as records:
                for record in records:
                    run.note(record)
                    progress(run.done, run.total)
        finally:
            remove_temporaries(folder)
        return run.finish()


class Run:
    """The making of a data set in a folder: nothing of it yet, a part, or all.

    Parameters
    ----------
    folder
        Where it is; the caller holds its lock.
    planned
        The manifest to reach, without its shards.
    shard_images
        Images in one shard.

    Raises
    ------
    UsageError
        If the folder was begun with another request.
    OutputError
        If it holds anything else.
    """

    def __init__(self, folder: Path, planned: Manifest, shard_images: int) -> None:
        self.folder = folder
        self.manifest = planned
        self.tasks = plan_tasks(planned.splits, shard_images)
        self._request = planned.to_dict() | {"shard_images": shard_images}
        self._journal = Journal(folder)
        self._whole = _whole_shards(folder, self._noted())

    @property
    def total(self) -> int:
        """Images when all is done."""
        return sum(task.count for task in self.tasks)

    @property
    def done(self) -> int:
        """Images in whole shards."""
        return sum(record.count for record in self._whole.values())

    def missing(self) -> list[Task]:
        """The tasks that no whole shard answers."""
        return [task for task in self.tasks if task.file not in self._whole]

    def note(self, record: ShardRecord) -> None:
        """Count a shard as finished, also for a later run.

        Raises
        ------
        IntegrityError
            If the shard belongs to a finished data set and came out with other bytes than that has on record.
        """
        self._require_recorded(record)
        if not self._journal.exists():
            self._journal.begin(self._request)
        self._journal.append(record)
        self._whole[record.file] = record

    def finish(self) -> Manifest:
        """Write the manifest, which makes the folder a data set, and end the journal."""
        shards = tuple(self._whole[task.file] for task in self.tasks)
        manifest = dataclasses.replace(self.manifest, shards=shards)
        if manifest != self.manifest:
            write_manifest(self.folder, manifest)
        self._journal.remove()
        return manifest

    def _require_recorded(self, made: ShardRecord) -> None:
        recorded = {record.file: record for record in self.manifest.shards}.get(made.file, made)
        if made != recorded:
            raise IntegrityError(
                f"'{made.file}' as lensym {self.manifest.lensym_version} made it, sha256 {recorded.sha256[:12]}",
                f"sha256 {made.sha256[:12]} when made anew by lensym {__version__}",
                f"mend '{self.folder}' with the version that made it, or choose another folder",
            )

    def _noted(self) -> Iterable[ShardRecord]:
        """Shards that the manifest or the journal says are there, if either is of the same request."""
        if (self.folder / MANIFEST_NAME).exists():
            return self._adopt(read_manifest(self.folder))
        if self._journal.exists():
            _require_same(self.folder, self._journal.request(), self._request)
            return self._journal.records()
        _require_empty(self.folder)
        self._journal.begin(self._request)
        return ()

    def _adopt(self, found: Manifest) -> Iterable[ShardRecord]:
        """Take a finished data set for this run's, if it is what was asked for in whatever shards."""
        _require_same(self.folder, _identity(found), _identity(self.manifest))
        self.manifest = found
        self.tasks = [Task(r.split, r.class_name, r.start, r.count) for r in found.shards]
        return found.shards


def _whole_shards(folder: Path, noted: Iterable[ShardRecord]) -> dict[str, ShardRecord]:
    """Those of the noted shards that are still as they were written, by file name."""
    latest = {record.file: record for record in noted}
    faults = find_faults(folder, latest.values(), byte_fault)
    return {file: record for file, record in latest.items() if file not in faults}


def _identity(manifest: Manifest) -> dict[str, Any]:
    """What a finished data set must share with the one that is asked for."""
    return dataclasses.replace(manifest, shards=(), lensym_version="").to_dict()


def _require_same(folder: Path, found: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    changes = list(_changes(found, asked))
    if changes:
        raise UsageError(
            f"'{folder}' was begun with {_listed((key, old) for key, old, _ in changes)} and can only go on so",
            _listed((key, new) for key, _, new in changes),
            "give the same options again or choose another folder",
        )


def _changes(found: Any, asked: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(key, found value, asked value) for each value of two nested mappings that is not the same."""
    if isinstance(found, Mapping) and isinstance(asked, Mapping):
        for name in {**found, **asked}:
            yield from _changes(found.get(name), asked.get(name), f"{key}.{name}" if key else name)
    elif found != asked:
        yield key, found, asked


def _listed(values: Iterable[tuple[str, Any]]) -> str:
    words = [f"{key}: {value!r}" for key, value in values]
    more = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _require_empty(folder: Path) -> None:
    others = sorted(path.name for path in folder.iterdir() if path.name != LOCK_NAME)
    if others:
        raise OutputError(
            "an empty or new folder is needed, or one where the same was begun",
            f"'{folder}' with other files ({len(others)}, the first is '{others[0]}')",
            "choose another folder",
        )
