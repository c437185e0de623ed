"""CGDM: two heads, and gradients of both sets of images that point the same way (Du et al. 2021)."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.models.classifier import Classifier
from lensym.train.adapt.base import Adaptation
from lensym.train.options import TrainOptions
from lensym.train.task import Task

GRADIENTS, GUESSES, ENTROPY = 0.01, 0.01, 0.01
"""Weights of the gradients' discrepancy, of pseudo-labels and of the entropy, beside 1 for labels and for the heads'
difference; those of the authors' code for VisDA."""


class CGDM(Adaptation):
    """Cross-domain gradient discrepancy minimisation (arXiv:2106.04151).

    Both heads learn labels and to differ about images without; the encoder learns labels and to make them agree, and
    that the gradient of labels and that of pseudo-labels, with respect to a head, have one direction. In the paper this
    takes turns, here each step has all parts, and none reaches what it shall not move. Pseudo-labels are made of a
    batch, not of all images. The head of the network gives the answers.
    """

    def __init__(self, network: Classifier, options: TrainOptions, task: Task, steps: int) -> None:
        super().__init__(network, options, task, steps)
        self.second = nn.Linear(network.feature_count, network.classes)

    def supervised(self, network: Classifier, images: Tensor, answers: Tensor) -> Tensor:
        """Both heads learn labels."""
        features = network.features(self.weak(images))
        return self.task.loss(network.head(features), answers) + self.task.loss(self.second(features), answers)

    def adapting(self, network: Classifier, images: Tensor, labels: Tensor, unlabelled: Tensor, done: float) -> Tensor:
        """Loss of labels and certainty for all; of disagreement for the heads; of agreement for the encoder."""
        features = network.features(torch.cat([self.weak(images), self.weak(unlabelled)]))
        known, unknown = features.tensor_split([len(images)])
        heads = (network.head, self.second)
        guesses, weights = pseudo_labels(unknown.detach(), [head(unknown).detach() for head in heads])
        loss = -_difference([head(unknown.detach()) for head in heads])
        loss = loss + _difference([_unmoved(head, unknown) for head in heads])
        for head in heads:
            of_known, of_unknown = head(known), head(unknown)
            loss = loss + self.task.loss(of_known, labels) + ENTROPY * _entropy(of_unknown).mean()
            loss = loss + GUESSES * (F.cross_entropy(of_unknown, guesses, reduction="none") * weights).mean()
            first = head_gradient(known, _unmoved(head, known), labels)
            second = head_gradient(unknown, _unmoved(head, unknown), guesses, weights)
            loss = loss + GRADIENTS * (1 - F.cosine_similarity(first.flatten(), second.flatten(), dim=0))
        return loss


def head_gradient(
    features: Float[Tensor, "n f"],
    logits: Float[Tensor, "n k"],
    labels: Int[Tensor, " n"],
    weights: Float[Tensor, " n"] | None = None,
) -> Float[Tensor, "k g"]:
    """Gradient of the mean cross-entropy, weighted where there are weights (N,), by a linear head's weights and bias.

    In closed form, (K, F + 1), so that it can itself be derived at the cost of two products.
    """
    missed = logits.softmax(1) - F.one_hot(labels, logits.shape[1]).to(logits)
    if weights is not None:
        missed = missed * weights[:, None]
    return missed.T @ F.pad(features, (0, 1), value=1.0) / len(features)


def pseudo_labels(
    features: Float[Tensor, "n f"], logits: list[Float[Tensor, "n k"]]
) -> tuple[Int[Tensor, " n"], Float[Tensor, " n"]]:
    """The class whose centre each image is nearest to, by the angle; and a weight, 1 for what the heads are sure of.

    Centres are first means weighted by the heads' probabilities, then means of those nearest.
    """
    probabilities = torch.stack([part.softmax(1) for part in logits]).mean(0)
    directions = F.normalize(features, dim=1)
    nearest, shares = probabilities.argmax(1), probabilities
    for _ in range(2):
        centres = F.normalize(shares.T @ directions, dim=1)
        nearest = (directions @ centres.T).argmax(1)
        shares = F.one_hot(nearest, probabilities.shape[1]).to(features)
    return nearest, torch.exp(-_entropy(torch.log(probabilities.clamp(min=1e-12))))


def _entropy(logits: Float[Tensor, "n k"]) -> Float[Tensor, " n"]:
    return -(logits.softmax(1) * logits.log_softmax(1)).sum(1)


def _difference(logits: list[Float[Tensor, "n k"]]) -> Tensor:
    """Mean absolute difference of the two heads' probabilities."""
    first, second = logits
    return (first.softmax(1) - second.softmax(1)).abs().mean()


def _unmoved(head: nn.Module, features: Float[Tensor, "n f"]) -> Float[Tensor, "n k"]:
    """Logits of a linear head, whose gradient passes through it without reaching it."""
    assert isinstance(head, nn.Linear)
    return F.linear(features, head.weight.detach(), head.bias.detach())
