"""Classification of images without labels: the epoch is chosen without them."""

from __future__ import annotations

import math

from jaxtyping import Float
from torch import Tensor

from lensym.train.classify import Classification


class AdaptedClassification(Classification):
    """Which class an image is of; the best epoch is the one whose answers about unlabelled images say most."""

    scores = (*Classification.scores, "val_information")
    best = "val_information"

    def unlabelled_figures(self, outputs: Tensor) -> dict[str, float]:
        """Information of the answers about images without labels."""
        return {"val_information": information(outputs)}

    def said(self, figures: dict[str, float]) -> str:
        """Scores with labels, and without."""
        return f"{super().said(figures)}  information without labels {figures['val_information']:.3f}"


def information(logits: Float[Tensor, "n k"]) -> float:
    """Mutual information of image and predicted class over its largest value, log K (Bridle et al. 1991).

    The entropy of the mean prediction less the mean entropy of predictions: 1 where each is certain and all classes
    are as frequent, 0 where all predictions are alike.

    >>> import torch
    >>> [round(information(torch.tensor(logits)), 3) for logits in ([[99.0, 0.0], [0.0, 99.0]], [[9.0, 0.0]] * 2)]
    [1.0, 0.0]
    """
    probabilities = logits.double().softmax(1)
    mean = probabilities.mean(0)
    among = -(mean * mean.clamp(min=1e-300).log()).sum()
    within = -(probabilities * probabilities.clamp(min=1e-300).log()).sum(1).mean()
    return float((among - within) / math.log(logits.shape[1]))
