"""Self-ensembling: a mean of the network over the steps teaches it (French, Mackiewicz & Fisher 2018)."""

from __future__ import annotations

import torch
from torch import Tensor

from lensym.models.classifier import Classifier
from lensym.train.adapt.base import Adaptation, still
from lensym.train.options import TrainOptions
from lensym.train.task import Task

DECAY = 0.99
CERTAINTY = 0.968
"""Least probability of the teacher's class for its answer to teach."""
WEIGHT = 3.0
"""Of the teacher's answers beside labels."""


class SelfEnsembling(Adaptation):
    """Self-ensembling for visual domain adaptation (arXiv:1706.05208), with the threshold on certainty.

    Images with and without labels pass through the network apart, so that each are normalised among their like; the
    teacher sees those without alone and gives the answers in the end.
    """

    def __init__(self, network: Classifier, options: TrainOptions, task: Task, steps: int) -> None:
        super().__init__(network, options, task, steps)
        self.teacher = still(network)

    def answering(self, network: Classifier) -> Classifier:
        """The teacher, once there is one."""
        return self.teacher if self.begun else network

    def begin(self, network: Classifier) -> None:
        """The first teacher is the network itself."""
        super().begin(network)
        self.teacher.load_state_dict(network.state_dict())

    def adapting(self, network: Classifier, images: Tensor, labels: Tensor, unlabelled: Tensor, done: float) -> Tensor:
        """Cross-entropy of labels, and the squared difference from the teacher where it is certain."""
        self._follow(network)
        supervised = self.task.loss(network(self.strong(images)), labels)
        said = network(self.strong(unlabelled)).softmax(1)
        with torch.no_grad():
            taught = self.teacher(self.strong(unlabelled)).softmax(1)
        sure = (taught.amax(1) > CERTAINTY).to(said)
        consistent: Tensor = ((said - taught).square().mean(1) * sure).mean()
        return supervised + WEIGHT * consistent

    @torch.no_grad()
    def _follow(self, network: Classifier) -> None:
        """Bring the teacher's parameters nearer to those of the network."""
        for slow, fast in zip(self.teacher.parameters(), network.parameters(), strict=True):
            slow.lerp_(fast, 1 - DECAY)
