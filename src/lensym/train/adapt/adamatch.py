"""AdaMatch: pseudo-labels as frequent and as certain as the answers about labelled images (Berthelot et al. 2022)."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cross_entropy

from lensym.models.classifier import Classifier
from lensym.train.adapt.base import Adaptation, kept_statistics

CERTAINTY = 0.9
"""Least certainty of a pseudo-label, in the mean certainty about images with labels."""


class AdaMatch(Adaptation):
    """AdaMatch (arXiv:2106.04732): logits between those of two normalisations, alignment, a relative threshold."""

    def adapting(self, network: Classifier, images: Tensor, labels: Tensor, unlabelled: Tensor, done: float) -> Tensor:
        """Cross-entropy of labels, and, of weight that grows to 1, of pseudo-labels of strongly varied images."""
        known = torch.cat([self.weak(images), self.strong(images)])
        both = network(torch.cat([known, self.weak(unlabelled), self.strong(unlabelled)]))
        with kept_statistics(network):
            alone = network(known)
        together, target_weak, target_strong = both.split([len(known), len(unlabelled), len(unlabelled)])
        share = torch.rand_like(alone)
        weak, strong = (share * together + (1 - share) * alone).chunk(2)
        pseudo, sure = pseudo_labels(weak.detach(), target_weak.detach())
        supervised = self.task.loss(weak, labels) + self.task.loss(strong, labels)
        guessed = (cross_entropy(target_strong, pseudo, reduction="none") * sure).mean()
        return supervised + warmed(done) * guessed


def pseudo_labels(
    known: Float[Tensor, "n k"], unknown: Float[Tensor, "m k"]
) -> tuple[Float[Tensor, "m k"], Float[Tensor, " m"]]:
    """Aligned probabilities (M, K) of images without labels, and 1 where they are certain enough, else 0.

    Parameters
    ----------
    known, unknown
        Logits of images with and without labels.
    """
    of_known, of_unknown = known.softmax(1), unknown.softmax(1)
    aligned = of_unknown * (of_known.mean(0) / of_unknown.mean(0).clamp(min=1e-6))
    aligned = aligned / aligned.sum(1, keepdim=True)
    least = CERTAINTY * of_known.amax(1).mean()
    return aligned, (aligned.amax(1) >= least).to(aligned)


def warmed(done: float) -> float:
    """Weight of the pseudo-labels: 0 at first, 1 from the middle on.

    >>> [round(warmed(done), 3) for done in (0, 0.25, 0.5, 1)]
    [0.0, 0.5, 1.0, 1.0]
    """
    return 0.5 - math.cos(min(math.pi, 2 * math.pi * done)) / 2
