"""What a run says while it goes on: a line an epoch, metrics.csv and progress.png."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

import lightning as L

from lensym.atomic import write_atomically
from lensym.train.learner import Learner

LOSSES = ("train_loss", "val_loss")


class RunLog(L.Callback):
    """After each epoch: print a line, rewrite metrics.csv and draw the curves anew.

    A resumed run goes on with the rows it finds.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "metrics.csv"
        self.figure = folder / "progress.png"
        self.rows = read_rows(self.path)
        self.started = time.monotonic()

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Add the epoch's row."""
        assert isinstance(pl_module, Learner)
        epoch = trainer.current_epoch
        self.rows = [row for row in self.rows if row["epoch"] < epoch]
        before = self.rows[-1]["seconds"] if self.rows else 0.0
        now, self.started = time.monotonic() - self.started, time.monotonic()
        figures = {key: pl_module.figures[key] for key in (*LOSSES, *pl_module.task.scores)}
        self.rows.append({"epoch": epoch, **figures, "seconds": round(before + now, 1)})
        write_atomically(self.path, _csv(self.rows))
        draw_progress(self.rows, self.figure)
        f = pl_module.figures
        print(
            f"epoch {epoch + 1}/{trainer.max_epochs}  loss {f['train_loss']:.4f}  validation: "
            f"loss {f['val_loss']:.4f}  {pl_module.task.said(f)}  "
            f"({before + now:.0f} s)",
            flush=True,
        )


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a metrics.csv as numbers, the epoch a whole one; none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    return [row | {"epoch": int(row["epoch"])} for row in rows]


def draw_progress(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw losses and scores over the epochs."""
    from lensym.evaluation.figures import png_bytes, training_curves

    write_atomically(path, png_bytes(training_curves(rows)))


def _csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
