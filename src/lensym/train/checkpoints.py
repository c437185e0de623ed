"""Checkpoints of a run: written whole, checked before they are used."""

from __future__ import annotations

import hashlib
import io
import math
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO

from lensym.atomic import write_atomically
from lensym.errors import IntegrityError
from lensym.train.runlog import RunLog
from lensym.train.task import Task

_NO_COMMENT = b"\0\0"
_SEAL_LENGTH = len(_NO_COMMENT) + 64


class Checkpoints(L.Callback):
    """After each epoch: ``last.ckpt``, to go on from, and ``best.ckpt`` where the task's figure is the best so far.

    Epochs before ``first`` are not among those to choose from. What was best is read from the log's rows, so that a
    run's folder may be moved before it is resumed.
    """

    def __init__(self, folder: Path, log: RunLog, task: Task, first: int = 0) -> None:
        self.last, self.best = folder / "last.ckpt", folder / "best.ckpt"
        self.runlog, self.task, self.first = log, task, first

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write the epoch's checkpoints; the log has the epoch's row already."""
        sign = 1 if self.task.highest else -1
        figures = [sign * row[self.task.best] for row in self.runlog.rows[self.first :]]
        if figures and figures[-1] > max(figures[:-1], default=-math.inf):
            trainer.save_checkpoint(self.best)
        trainer.save_checkpoint(self.last)


class WholeCheckpoints(TorchCheckpointIO):
    """How Lightning's checkpoints reach the disk and come back: whole or not at all."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        """Write a checkpoint under a temporary name, sync it, and give it its name."""
        content = io.BytesIO()
        torch.save(checkpoint, content)
        write_atomically(Path(path), _sealed(content.getvalue()))

    def load_checkpoint(
        self, path: str | Path, map_location: Any = "cpu", weights_only: bool | None = True
    ) -> dict[str, Any]:
        """As `read_checkpoint`."""
        return read_checkpoint(Path(path))


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a checkpoint, on the processor, no code of it being run.

    Raises
    ------
    IntegrityError
        If a byte was changed.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from error
    if content != _sealed(content[:-_SEAL_LENGTH] + _NO_COMMENT):
        raise _damaged(path, "a changed byte")
    found: dict[str, Any] = torch.load(io.BytesIO(content), "cpu", weights_only=True)
    return found


def _sealed(content: bytes) -> bytes:
    """A zip archive, as which torch saves, with its own sha256 as its comment: the last thing in such a file."""
    head = content.removesuffix(_NO_COMMENT)
    return head + (_SEAL_LENGTH - 2).to_bytes(2, "little") + hashlib.sha256(head).hexdigest().encode()


def _damaged(path: Path, fault: str) -> IntegrityError:
    return IntegrityError(
        "a checkpoint as it was written", f"'{path}' with {fault}", "restore it from a copy, or start a new RUN"
    )
