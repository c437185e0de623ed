"""What a worker does, in whatever process of whatever machine: make a shard."""

from __future__ import annotations

import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from lensym import __version__
from lensym.atomic import TEMPORARY_END, output_errors
from lensym.errors import OutputError, UsageError
from lensym.simulation.images import Block, simulate_block
from lensym.simulation.recipe import Recipe
from lensym.store.manifest import ShardRecord
from lensym.store.shard import write_block
from lensym.store.tasks import Task


@dataclass(frozen=True)
class ShardMaker:
    """Simulates and writes any one shard of a data set.

    Parameters
    ----------
    folder
        Where the data set is, as an absolute path.
    mark
        Name of a file that :func:`leave_mark` put there.
    version
        The lensym that writes the manifest; shards of another one could have other bytes.
    """

    recipe: Recipe
    folder: Path
    classes: tuple[str, ...]
    seed: int
    mark: str
    version: str = __version__

    def __call__(self, task: Task) -> ShardRecord:
        """Make a shard.

        Raises
        ------
        OutputError
            If the folder is not the one that the mark was left in, or cannot be written.
        UsageError
            If this is another version of lensym.
        """
        self._check()
        block = self.block(task.class_name, task.split, task.start, task.count)
        label = self.classes.index(task.class_name)
        return write_block(self.folder, task.split, task.class_name, task.start, block.images, label, block.truth)

    def block(self, class_name: str, split: str, start: int, count: int) -> Block:
        """Images ``start`` to ``start + count - 1`` of a class and split, with their truth."""
        return simulate_block(self.recipe, class_name, split, start, count, self.seed)

    def _check(self) -> None:
        if self.version != __version__:
            raise UsageError(
                f"lensym {self.version} on every worker",
                f"lensym {__version__} on '{socket.gethostname()}'",
                "install the same version everywhere",
            )
        if not (self.folder / self.mark).exists():
            raise OutputError(
                "a folder that every worker sees",
                f"'{self.folder}', which is missing or another folder on '{socket.gethostname()}'",
                "choose one on a disk that all machines share",
            )


def leave_mark(folder: Path) -> str:
    """Put an empty file of a name that no other folder has into ``folder``; it counts as temporary."""
    mark = f".mark.{secrets.token_hex(8)}{TEMPORARY_END}"
    with output_errors(folder):
        (folder / mark).touch()
    return mark
