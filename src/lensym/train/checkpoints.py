"""Checkpoints of a run: written whole, checked before they are used."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO

from lensym.atomic import write_atomically
from lensym.errors import IntegrityError
from lensym.train.runlog import RunLog


class Checkpoints(L.Callback):
    """After each epoch: ``last.ckpt``, to go on from, and ``best.ckpt`` where the macro AUC is the highest so far.

    What was best is read from the log's rows, so that a run's folder may be moved before it is resumed.
    """

    def __init__(self, folder: Path, log: RunLog) -> None:
        self.last, self.best = folder / "last.ckpt", folder / "best.ckpt"
        self.runlog = log

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write the epoch's checkpoints; the log has the epoch's row already."""
        *former, newest = (row["val_auc"] for row in self.runlog.rows)
        if not former or newest > max(former):
            trainer.save_checkpoint(self.best)
        trainer.save_checkpoint(self.last)


class WholeCheckpoints(TorchCheckpointIO):
    """How Lightning's checkpoints reach the disk and come back: whole or not at all."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        """Write a checkpoint under a temporary name, sync it, and give it its name."""
        content = io.BytesIO()
        torch.save(checkpoint, content)
        write_atomically(Path(path), content.getvalue())

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
        If a byte was changed: torch writes a checksum of each part of the file and does not compare it.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            damaged = parts.testzip()
        if damaged is None:
            content: dict[str, Any] = torch.load(path, "cpu", weights_only=True)
            return content
    except Exception as error:  # noqa: BLE001  on damaged bytes these readers raise almost anything
        damaged = " ".join(str(error).split())
    raise IntegrityError(
        "a checkpoint as it was written", f"'{path}' with damage in {damaged}", "restore it, or start a new RUN"
    )
