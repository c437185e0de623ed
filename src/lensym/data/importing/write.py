"""Shards of images that were surveyed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lensym.data.importing.checks import canonical_digest
from lensym.data.importing.draft import Taken
from lensym.data.importing.item import Open, Read
from lensym.data.importing.source import Source
from lensym.data.importing.sources import Blocks
from lensym.errors import InputError, LensymError
from lensym.store.manifest import Manifest, ShardRecord
from lensym.store.shard import write_block
from lensym.store.tasks import Task

_WRITERS = 2
"""Shards that are written at a time."""


@dataclass(frozen=True)
class ShardWriter:
    """Writes the shards of an imported data set."""

    source: Source
    open: Open
    folder: Path
    manifest: Manifest
    blocks: Blocks

    def write(self, tasks: Iterable[Task]) -> Iterator[ShardRecord]:
        """Write images as they were surveyed; those that were not kept are read again.

        The next shard is put together while threads write the ones before.

        Raises
        ------
        InputError
            If a file is no longer what it was.
        """
        with ThreadPoolExecutor(_WRITERS) as pool:
            waiting: deque[Future[ShardRecord]] = deque()
            for task in tasks:
                waiting.append(pool.submit(self._write, task, self._stack(self._block(task))))
                if len(waiting) > _WRITERS:
                    yield waiting.popleft().result()
            yield from (record.result() for record in waiting)

    def _write(self, task: Task, images: NDArray[np.generic]) -> ShardRecord:
        label = self.manifest.classes.index(task.class_name)
        truth = truth_table(self._block(task))
        return write_block(self.folder, task.split, task.class_name, task.start, images, label, truth)

    def _block(self, task: Task) -> Sequence[Taken]:
        return self.blocks[task.split, task.class_name][task.start : task.start + task.count]

    def _stack(self, block: Sequence[Taken]) -> NDArray[np.generic]:
        return np.stack(list(self._images(block)), dtype=self.manifest.dtype, casting="unsafe")

    def _images(self, block: Sequence[Taken]) -> Iterator[NDArray[np.generic]]:
        for file, images in groupby(block, key=lambda image: image.item.file if image.kept is None else None):
            if file is not None:
                yield from self._read_again(file, images)
            else:
                yield from (image.kept for image in images if image.kept is not None)

    def _read_again(self, file: str, images: Iterable[Taken]) -> Iterator[NDArray[np.generic]]:
        with self.source.local(file) as path, self.open(file, path, None) as read:
            for image in images:
                yield self._image(read, image)

    def _image(self, read: Read, image: Taken) -> NDArray[np.generic]:
        try:
            pixels = read(image.item).pixels
        except (LensymError, OSError) as error:
            raise _changed(image) from error
        if pixels.shape != image.shape or canonical_digest(pixels, image.dtype) != image.digest:
            raise _changed(image)
        return pixels


def truth_table(block: Sequence[Taken]) -> dict[str, NDArray[np.float64]]:
    """A column for each number that any image of a block has; NaN for an image without it."""
    names = dict.fromkeys(name for image in block for name in image.truth)
    return {name: np.array([image.truth.get(name, np.nan) for image in block]) for name in names}


def _changed(image: Taken) -> InputError:
    return InputError(
        "files that stay as they are while they are imported",
        f"'{image.item}', which has changed",
        "run the same command again in an empty folder",
    )
