"""The training step that all tasks share, and how it stops at what is not finite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightning as L
import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from lensym.data.source import TrainingData
from lensym.errors import TrainingError
from lensym.models.classifier import Classifier
from lensym.train.method import Method, Supervised
from lensym.train.options import TrainOptions
from lensym.train.task import Task

_SHOWN = 10
"""Images that an error names; the others are counted."""


class Learner(L.LightningModule):
    """A network that learns a task by a method, from answers alone where none is given; by AdamW."""

    def __init__(self, network: Classifier, options: TrainOptions, task: Task, method: Method | None = None) -> None:
        super().__init__()
        self.network = network
        self.options = options
        self.task = task
        self.method = method or Supervised(options, task)
        self._val: list[tuple[Tensor, Tensor]] = []
        self._unlabelled: list[Tensor] = []
        self._losses: list[float] = []
        self._batch_idx = 0
        self.figures: dict[str, float] = {}

    @property
    def answering(self) -> Classifier:
        """The network that is validated and kept."""
        return self.method.answering(self.network)

    def training_step(self, batch: Sequence[Tensor], batch_idx: int) -> Tensor:
        """Loss of one batch; a loss that is not finite stops the run before it reaches the weights."""
        # what is random in a step comes from seed and step alone, so that a resumed run goes on as it would have
        torch.manual_seed(step_seed(self.options.seed, self.global_step))
        self._batch_idx = batch_idx
        loss = self.method.loss(self.network, batch, self.global_step)
        if not torch.isfinite(loss):
            raise self._not_finite("a finite loss", str(loss.item()), batch)
        self._losses.append(float(loss.detach()))
        return loss

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Stop the run at gradients that are not finite, before they reach the weights."""
        norm = torch.nn.utils.get_total_norm(p.grad for p in self.parameters() if p.grad is not None)
        if not torch.isfinite(norm):
            raise self._not_finite("gradients of finite length", str(norm.item()))

    def _not_finite(self, needed: str, got: str, batch: Sequence[Tensor] = ()) -> TrainingError:
        """Error that names epoch, batch, and the images with pixels that are no numbers, or else all of the batch."""
        data: object = getattr(self.trainer, "datamodule", None)
        assert isinstance(data, TrainingData)
        shown = data.shown(self.current_epoch, self._batch_idx)
        (rows, numbered_in), fault, remedy = shown[0], "", "lower --learning-rate"
        for images, (numbers, place) in zip([*batch[:1], *batch[2:]], shown, strict=False):
            bad = bad_images(images).cpu().numpy()
            if bad.any():
                rows, numbered_in = numbers[bad], place
                fault, remedy = ", pixels not all finite", "leave them out"
        where = f"epoch {self.current_epoch}, batch {self._batch_idx}"
        return TrainingError(
            needed,
            f"{got} in {where} (images {named_rows(rows)} of {numbered_in}{fault})",
            f"{remedy} in a new RUN; the last checkpoint is kept",
        )

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Keep the outputs of one batch: of images and answers, or, from a second loader, of images alone."""
        images = batch if dataloader_idx else batch[0]
        outputs = self.answering(images).detach().float().cpu()
        if dataloader_idx:
            self._unlabelled.append(outputs)
        else:
            self._val.append((outputs, batch[1].cpu()))

    def on_validation_epoch_end(self) -> None:
        """Figures of the epoch: mean training loss, and the task's on validation images."""
        outputs, answers = (torch.cat(parts) for parts in zip(*self._val, strict=True))
        losses, self._losses = self._losses, []
        self._val.clear()
        unlabelled, self._unlabelled = self._unlabelled, []
        if not all(torch.isfinite(part).all() for part in (outputs, *unlabelled)):
            raise TrainingError(
                "finite logits of the validation images",
                f"others after epoch {self.current_epoch}",
                "lower --learning-rate in a new RUN; the last checkpoint is kept",
            )
        mean = sum(losses) / max(len(losses), 1)
        self.figures = {"train_loss": mean, **self.task.figures(outputs, answers)}
        if unlabelled:
            self.figures |= self.task.unlabelled_figures(torch.cat(unlabelled))

    def configure_optimizers(self) -> Any:
        """AdamW, its rate as the method has it."""
        o = self.options
        learned = [p for p in self.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(learned, lr=o.learning_rate, weight_decay=o.weight_decay)
        schedule = self.method.schedule(optimizer, int(self.trainer.estimated_stepping_batches))
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
