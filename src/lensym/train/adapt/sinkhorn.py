"""Sinkhorn: features of both sets of images made alike by optimal transport, weighed by the training itself (SIDDA)."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.models.classifier import Classifier
from lensym.train.adapt.base import Adaptation
from lensym.train.options import TrainOptions
from lensym.train.task import Task

BLUR, LEAST_BLUR = 0.05, 0.01
"""Blur of the transport: in the largest distance between features, and at least."""
LEAST, LEAST_RATIO = 1e-3, 0.25
"""Of the first weight, and of the second in the first."""
SCALING = 0.9
"""Factor on the blur from one iteration to the next."""


class Sinkhorn(Adaptation):
    """SIDDA, Sinkhorn dynamic domain adaptation (Pandya et al. 2025, arXiv:2501.14048).

    Both losses stand under squares of learned weights, ``L / (2 a^2) + S / (2 b^2) + log(a b)``, and the blur of the
    Sinkhorn divergence S follows the distances between features.
    """

    def __init__(self, network: Classifier, options: TrainOptions, task: Task, steps: int) -> None:
        super().__init__(network, options, task, steps)
        self.weights = nn.Parameter(torch.ones(2))

    def adapting(self, network: Classifier, images: Tensor, labels: Tensor, unlabelled: Tensor, done: float) -> Tensor:
        """Cross-entropy of labels and divergence of the features, weighed."""
        self._bound()
        features = network.features(torch.cat([self.weak(images), self.weak(unlabelled)]))
        known, unknown = features.tensor_split([len(images)])
        supervised = self.task.loss(network.head(known), labels)
        blur = max(BLUR * float(torch.cdist(known, unknown).detach().max()), LEAST_BLUR)
        parts = torch.stack([supervised, sinkhorn_divergence(known, unknown, blur)])
        return (parts / (2 * self.weights.square())).sum() + self.weights.log().sum()

    @torch.no_grad()
    def _bound(self) -> None:
        """Bring the weights back to where they may be."""
        self.weights[0].clamp_(min=LEAST)
        self.weights[1].clamp_(min=LEAST_RATIO * float(self.weights[0]))


def sinkhorn_divergence(x: Float[Tensor, "n f"], y: Float[Tensor, "m f"], blur: float) -> Tensor:
    """Debiased entropic transport cost between two clouds of points of equal weights (Feydy et al. 2019, eq. 3).

    The cost of moving by d is d^2 / 2 and the temperature ``blur`` squared; 0 where the clouds are the same. The
    gradient is that at the potentials found, which do not change it to first order.
    """
    scales = _temperatures(x.detach(), y.detach(), blur)
    across, back = _potentials(x, y, scales)
    own_x, own_y = _own_potential(x, scales), _own_potential(y, scales)
    return (across - own_x).mean() + (back - own_y).mean()


def _temperatures(x: Tensor, y: Tensor, blur: float) -> list[float]:
    """From the square of the clouds' extent down to that of the blur."""
    points = torch.cat([x, y])
    extent = max(float((points.amax(0) - points.amin(0)).norm()), blur)
    if not math.isfinite(extent / blur):  # the loss will say so
        return [blur**2]
    count = math.ceil(math.log(extent / blur) / -math.log(SCALING))
    return [max(extent * SCALING**k, blur) ** 2 for k in range(count + 1)]


def _cost(x: Float[Tensor, "n f"], y: Float[Tensor, "m f"]) -> Float[Tensor, "n m"]:
    return (x[:, None] - y).square().sum(2) / 2


def _soft_minimum(cost: Float[Tensor, "n m"], potential: Float[Tensor, " m"], scale: float) -> Float[Tensor, " n"]:
    """``min_j (cost_ij - potential_j)``, softened at a temperature, j being of equal weights."""
    return -scale * (torch.logsumexp((potential - cost) / scale, dim=1) - math.log(cost.shape[1]))


def _potentials(x: Tensor, y: Tensor, scales: list[float]) -> tuple[Float[Tensor, " n"], Float[Tensor, " m"]]:
    """Dual potentials of both clouds; the last step alone has a gradient."""
    with torch.no_grad():
        cost = _cost(x, y)
        f, g = (_soft_minimum(c, c.new_zeros(c.shape[1]), scales[0]) for c in (cost, cost.T))
        for scale in scales:
            f_new, g_new = _soft_minimum(cost, g, scale), _soft_minimum(cost.T, f, scale)
            f, g = (f + f_new) / 2, (g + g_new) / 2
    there, back = _cost(x, y.detach()), _cost(y, x.detach())
    return _soft_minimum(there, g, scales[-1]), _soft_minimum(back, f, scales[-1])


def _own_potential(x: Tensor, scales: list[float]) -> Float[Tensor, " n"]:
    """Dual potential of a cloud beside itself."""
    with torch.no_grad():
        cost = _cost(x, x)
        f = _soft_minimum(cost, cost.new_zeros(len(cost)), scales[0])
        for scale in scales:
            f = (f + _soft_minimum(cost, f, scale)) / 2
    return _soft_minimum(_cost(x, x.detach()), f, scales[-1])
