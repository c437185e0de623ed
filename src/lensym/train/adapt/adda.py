"""ADDA: a second encoder learns features that a judge cannot tell from those of the first (Tzeng et al. 2017)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import binary_cross_entropy_with_logits

from lensym.models.classifier import Classifier
from lensym.train.adapt.base import Adaptation, kept_statistics
from lensym.train.options import TrainOptions
from lensym.train.task import Task

HIDDEN = 500


class ADDA(Adaptation):
    """Adversarial discriminative domain adaptation (arXiv:1702.05464), with inverted labels for the encoder.

    The encoder of the first half is kept as it is and makes features of the images with labels. The network goes on as
    the encoder of the others, from the same weights; the head stays. In the paper judge and encoder learn in turn, here
    in one step, each from a part of the loss that does not reach the other.
    """

    rate: ClassVar[float] = 0.1
    """The paper's 2e-4 beside a usual 1e-3 and more: an encoder that runs ahead of the judge leaves the head behind."""

    def __init__(self, network: Classifier, options: TrainOptions, task: Task, steps: int) -> None:
        super().__init__(network, options, task, steps)
        self.judge = nn.Sequential(
            nn.Linear(network.feature_count, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, 1),
        )

    def encoder_of_labelled(self, network: Classifier) -> Classifier:
        """The encoder of the first half."""
        return self.before

    def adapting(self, network: Classifier, images: Tensor, labels: Tensor, unlabelled: Tensor, done: float) -> Tensor:
        """Loss of the judge, which says 1 for images with labels, and of the encoder, which wants to hear 1."""
        with torch.no_grad(), kept_statistics(self.before):
            known = self.before.features(self.weak(images))
        new = network.features(self.weak(unlabelled))
        judged = self.judge(torch.cat([known, new.detach()])).squeeze(1)
        truth = torch.cat([torch.ones(len(known)), torch.zeros(len(new))]).to(judged)
        unmoved = {name: p.detach() for name, p in self.judge.named_parameters()}
        heard = functional_call(self.judge, unmoved, new).squeeze(1)
        loss_of_judge = binary_cross_entropy_with_logits(judged, truth)
        return loss_of_judge + binary_cross_entropy_with_logits(heard, torch.ones_like(heard))
