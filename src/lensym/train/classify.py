"""Classification: the network, its loss and its figures on the validation images."""

from __future__ import annotations

from typing import Any

import lightning as L
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from lensym.errors import TrainingError
from lensym.evaluation.metrics import macro_auc
from lensym.models.classifier import Classifier
from lensym.train.options import TrainOptions


class Classification(L.LightningModule):
    """Cross-entropy on logits, AdamW with a one-cycle schedule (Smith & Topin 2019, arXiv:1708.07120)."""

    def __init__(self, network: Classifier, options: TrainOptions) -> None:
        super().__init__()
        self.network = network
        self.options = options
        self._val: list[tuple[Tensor, Tensor]] = []
        self._losses: list[float] = []
        self.figures: dict[str, float] = {}

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Loss of one batch; a loss that is not finite stops the run before it reaches the weights."""
        # what is random in a step comes from seed and step alone, so that a resumed run goes on as it would have
        torch.manual_seed((self.options.seed << 32) + self.global_step)
        images, labels = batch
        if self.options.augment:
            images = random_d4(images)
        loss = F.cross_entropy(self.network(images), labels)
        if not torch.isfinite(loss):
            raise TrainingError(
                "a finite loss",
                f"{loss.item()} in epoch {self.current_epoch}, batch {batch_idx}",
                "look for bad images (lensym info --verify) or lower --learning-rate; the last checkpoint is kept",
            )
        self._losses.append(float(loss.detach()))
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """Keep the logits of one batch."""
        images, labels = batch
        self._val.append((self.network(images).detach().float().cpu(), labels.cpu()))

    def on_validation_epoch_end(self) -> None:
        """Figures of the epoch: mean training loss, validation loss, macro AUC and accuracy."""
        logits, labels = (torch.cat(parts) for parts in zip(*self._val, strict=True))
        losses, self._losses = self._losses, []
        self._val.clear()
        self.figures = {
            "train_loss": sum(losses) / max(len(losses), 1),
            "val_loss": float(F.cross_entropy(logits, labels)),
            "val_auc": macro_auc(logits.softmax(1).numpy(), labels.numpy()),
            "val_accuracy": float((logits.argmax(1) == labels).float().mean()),
        }

    def configure_optimizers(self) -> Any:
        """AdamW, its rate rising over the first fifth of the steps and falling to zero."""
        o = self.options
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=o.learning_rate, weight_decay=o.weight_decay)
        steps = int(self.trainer.estimated_stepping_batches)
        # torch divides by zero where the rise ends at the first step
        rise = max(0.2, min(1.5 / steps, 0.9))
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, o.learning_rate, steps, pct_start=rise)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def random_d4(images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
    """Turn a batch of square images by one random element of D4."""
    element = int(torch.randint(8, ()))
    turned = images.rot90(element % 4, dims=(2, 3))
    return turned.flip(3) if element >= 4 else turned
