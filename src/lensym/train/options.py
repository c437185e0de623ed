"""Options of a training run: plain data without torch, so that ``lensym train --help`` stays fast."""

from __future__ import annotations

from dataclasses import dataclass

from lensym.errors import UsageError


@dataclass(frozen=True)
class TrainOptions:
    """How to train.

    Parameters
    ----------
    model
        Name of the network (see lensym models).
    epochs
        Passes over the training images.
    batch_size
        Images a step.
    learning_rate
        Highest rate of the one-cycle schedule.
    weight_decay
        AdamW's weight decay.
    augment
        Turn and flip the training images by a random element of D4.
    seed
        Seed of the weights, the order and the augmentation.
    device
        auto, cpu or cuda.
    threads
        CPU threads; 0 takes torch's default.
    """

    model: str = "lensnet"
    epochs: int = 6
    batch_size: int = 64
    learning_rate: float = 4e-3
    weight_decay: float = 1e-2
    augment: bool = True
    seed: int = 0
    device: str = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        for key, least in (("epochs", 1), ("batch_size", 2), ("threads", 0), ("seed", 0)):
            if getattr(self, key) < least:
                raise UsageError(f"--{key} must be at least {least}", str(getattr(self, key)), "mend the option")
        if not 0 < self.learning_rate < 1:
            raise UsageError("--learning_rate between 0 and 1", str(self.learning_rate), "mend the option")
        if self.device not in {"auto", "cpu", "cuda"}:
            raise UsageError("--device auto, cpu or cuda", f"'{self.device}'", "choose one of them")
