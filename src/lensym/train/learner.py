"""The training step that all tasks share, and how it stops at what is not finite."""

from __future__ import annotations

from typing import Any

import lightning as L
import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from lensym.data.source import TrainingData
from lensym.errors import TrainingError
from lensym.models.classifier import Classifier
from lensym.train.augment import augmented
from lensym.train.options import TrainOptions
from lensym.train.task import Task

_SHOWN = 10
"""Images that an error names; the others are counted."""


class Learner(L.LightningModule):
    """A network that learns a task, by AdamW with a one-cycle schedule (Smith & Topin 2019, arXiv:1708.07120)."""

    def __init__(self, network: Classifier, options: TrainOptions, task: Task) -> None:
        super().__init__()
        self.network = network
        self.options = options
        self.task = task
        self._val: list[tuple[Tensor, Tensor]] = []
        self._losses: list[float] = []
        self._batch_idx = 0
        self.figures: dict[str, float] = {}

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Loss of one batch; a loss that is not finite stops the run before it reaches the weights."""
        # what is random in a step comes from seed and step alone, so that a resumed run goes on as it would have
        torch.manual_seed(step_seed(self.options.seed, self.global_step))
        images, answers = batch
        images, answers = augmented(images, answers, self.options, self.task.turned)
        self._batch_idx = batch_idx
        loss = self.task.loss(self.network(images), answers)
        if not torch.isfinite(loss):
            raise self._not_finite("a finite loss", str(loss.item()), images)
        self._losses.append(float(loss.detach()))
        return loss

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Stop the run at gradients that are not finite, before they reach the weights."""
        norm = torch.nn.utils.get_total_norm(p.grad for p in self.network.parameters() if p.grad is not None)
        if not torch.isfinite(norm):
            raise self._not_finite("gradients of finite length", str(norm.item()))

    def _not_finite(self, needed: str, got: str, images: Tensor | None = None) -> TrainingError:
        """Error that names epoch, batch, and the images with pixels that are no numbers, or else all of the batch."""
        data: object = getattr(self.trainer, "datamodule", None)
        assert isinstance(data, TrainingData)
        rows = data.train_rows(self.current_epoch, self._batch_idx)
        bad = np.zeros(len(rows), bool) if images is None else bad_images(images).cpu().numpy()
        named = named_rows(rows[bad] if bad.any() else rows)
        fault, remedy = (", pixels not all finite", "leave them out") if bad.any() else ("", "lower --learning-rate")
        place = f"epoch {self.current_epoch}, batch {self._batch_idx}"
        return TrainingError(
            needed,
            f"{got} in {place} (images {named} of {data.numbered_in}{fault})",
            f"{remedy} in a new RUN; the last checkpoint is kept",
        )

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """Keep the outputs of one batch."""
        images, answers = batch
        self._val.append((self.network(images).detach().float().cpu(), answers.cpu()))

    def on_validation_epoch_end(self) -> None:
        """Figures of the epoch: mean training loss, and the task's on validation images."""
        outputs, answers = (torch.cat(parts) for parts in zip(*self._val, strict=True))
        losses, self._losses = self._losses, []
        self._val.clear()
        if not torch.isfinite(outputs).all():
            raise TrainingError(
                "finite logits of the validation images",
                f"others after epoch {self.current_epoch}",
                "lower --learning-rate in a new RUN; the last checkpoint is kept",
            )
        mean = sum(losses) / max(len(losses), 1)
        self.figures = {"train_loss": mean, **self.task.figures(outputs, answers)}

    def configure_optimizers(self) -> Any:
        """AdamW, its rate rising over the first fifth of the steps and falling to zero."""
        o = self.options
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=o.learning_rate, weight_decay=o.weight_decay)
        steps = int(self.trainer.estimated_stepping_batches)
        # torch divides by zero where the rise ends at the first step
        rise = max(0.2, min(1.5 / steps, 0.9))
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, o.learning_rate, steps, pct_start=rise)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def step_seed(seed: int, step: int) -> int:
    """Seed of what is random in a step; torch heeds the lowest 32 bits of one only, on a processor."""
    return int(np.random.SeedSequence([seed, step]).generate_state(1)[0])


def named_rows(rows: Int64[np.ndarray, " n"]) -> str:
    """Numbers of images in their order, the first of many.

    >>> named_rows(np.arange(12)[::-1])
    '0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more'
    """
    shown = ", ".join(map(str, sorted(rows)[:_SHOWN]))
    return shown + (f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else "")


def bad_images(images: Float[Tensor, "n c h w"]) -> Bool[Tensor, " n"]:
    """Which images have a pixel that is not finite."""
    return ~images.isfinite().flatten(1).all(1)
