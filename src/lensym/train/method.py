"""How a batch becomes a loss: from its answers alone, or in another way that a method brings with it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lensym.models.classifier import Classifier
from lensym.train.augment import augmented
from lensym.train.options import TrainOptions
from lensym.train.task import Task


class Method(nn.Module, ABC):
    """A way to learn. Its own parameters, if it has any, learn beside the network's and are in each checkpoint."""

    def __init__(self, options: TrainOptions, task: Task) -> None:
        super().__init__()
        self.options, self.task = options, task

    @abstractmethod
    def loss(self, network: Classifier, batch: Sequence[Tensor], step: int) -> Tensor:
        """Loss of a batch, whose first two parts are images (N, C, H, W) and answers."""

    def answering(self, network: Classifier) -> Classifier:
        """The network that is validated and kept."""
        return network

    def schedule(self, optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
        """One cycle (Smith & Topin 2019, arXiv:1708.07120): the rate rises over a fifth of the steps and falls to 0."""
        # torch divides by zero where the rise ends at the first step
        rise = max(0.2, min(1.5 / steps, 0.9))
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, self.options.learning_rate, steps, pct_start=rise)

    def supervised(self, network: Classifier, images: Tensor, answers: Tensor) -> Tensor:
        """The task's loss on varied images."""
        images, answers = augmented(images, answers, self.options, self.task.turned)
        return self.task.loss(network(images), answers)


class Supervised(Method):
    """Learning from answers alone."""

    def loss(self, network: Classifier, batch: Sequence[Tensor], step: int) -> Tensor:
        """The task's loss on varied images."""
        images, answers = batch
        return self.supervised(network, images, answers)
