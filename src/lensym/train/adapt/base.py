"""What all methods of adaptation share: first the images with labels alone, then both."""

from __future__ import annotations

import copy
import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.models.classifier import Classifier
from lensym.train.augment import augmented
from lensym.train.method import Method
from lensym.train.options import TrainOptions
from lensym.train.task import Task

NOISE = 0.1
"""Standard deviation of the noise of a strongly varied image, in its root mean square."""

_RISE, _LOWEST = 0.2, 0.04
"""Share of a cycle in which the rate rises, and where it begins, in the highest."""


class Adaptation(Method):
    """For the first half of the steps learning from labels alone, then a second cycle of the rate for the method.

    Attributes
    ----------
    rate
        Highest rate of the second cycle, in that of the first.
    first
        The first step of the method's own.
    before
        The network as it was when adapting began; its parameters do not learn.
    """

    rate: ClassVar[float] = 1.0

    def __init__(self, network: Classifier, options: TrainOptions, task: Task, steps: int) -> None:
        super().__init__(options, task)
        self.first, self.steps = steps // 2, steps
        self.before = still(network)
        self.register_buffer("begun", torch.zeros((), dtype=torch.bool))
        self.begun: Tensor

    def loss(self, network: Classifier, batch: Sequence[Tensor], step: int) -> Tensor:
        """Loss of a batch: images with labels, the labels, images without."""
        images, labels, unlabelled = batch
        if step < self.first:
            return self.supervised(network, images, labels)
        if not self.begun:
            self.begin(network)
        return self.adapting(network, images, labels, unlabelled, (step - self.first) / (self.steps - self.first))

    def begin(self, network: Classifier) -> None:
        """Keep the network as it is before the first step of adapting."""
        self.before.load_state_dict(network.state_dict())
        self.begun.fill_(True)

    def encoder_of_labelled(self, network: Classifier) -> Classifier:
        """Whose features of images with labels those of the others are to be like."""
        return self.answering(network)

    @abstractmethod
    def adapting(
        self,
        network: Classifier,
        images: Float[Tensor, "n c h w"],
        labels: Tensor,
        unlabelled: Float[Tensor, "n c h w"],
        done: float,
    ) -> Tensor:
        """Loss of a step of the second half, of which the share ``done`` lies behind."""

    def weak(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Images varied as those of any training are."""
        return augmented(images, images.new_zeros(len(images)), self.options, self.task.turned)[0]

    def strong(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Images varied so, and noisier: nothing else leaves the substructure as it was."""
        unit = images.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
        return self.weak(images + NOISE * unit * torch.randn_like(images))

    def schedule(self, optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
        """Two cycles, the second of height `rate`."""
        # torch would save what hangs on a method, but leaves a function alone
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: self._height(step))

    def _height(self, step: int) -> float:
        """Rate of a step in the highest."""
        if step < self.first:
            return cycle(step / self.first)
        return self.rate * cycle(min((step - self.first) / (self.steps - self.first), 1.0))


def cycle(place: float) -> float:
    """Height of the rate at a place, 0 to 1, of a cycle: cosines up and down.

    >>> [round(cycle(place), 3) for place in (0, 0.2, 0.6, 1)]
    [0.04, 1.0, 0.5, 0.0]
    """
    if place < _RISE:
        return _LOWEST + (1 - _LOWEST) * (1 - math.cos(math.pi * place / _RISE)) / 2
    return (1 + math.cos(math.pi * (place - _RISE) / (1 - _RISE))) / 2


def still(network: Classifier) -> Classifier:
    """A copy whose parameters do not learn."""
    return copy.deepcopy(network).requires_grad_(False)


@contextmanager
def kept_statistics(network: nn.Module) -> Iterator[None]:
    """Within it, what normalisation learns of batches is learned by copies and forgotten."""
    found = [
        (module, name, buffer) for module in network.modules() for name, buffer in module.named_buffers(recurse=False)
    ]
    for module, name, buffer in found:
        setattr(module, name, buffer.clone())
    try:
        yield
    finally:
        for module, name, buffer in found:
            setattr(module, name, buffer)
