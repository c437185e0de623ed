"""A restricted Boltzmann machine on pixels, learned by contrastive divergence; visible units are Gaussian."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.models.detectors.base import Detector, compared
from lensym.models.width import scaled

SIDE = 16
"""Pixels a side of what it sees."""
HIDDEN = 128


class RestrictedBoltzmannMachine(Detector):
    """Scores: the error of a pass to the hidden units and back, and the distance of the values."""

    def __init__(self, image_size: int, channels: int, width: float = 1.0) -> None:
        (hidden,) = scaled((HIDDEN,), width)
        super().__init__(image_size, channels, hidden)
        pixels = channels * SIDE**2
        self.norm = nn.BatchNorm1d(pixels, affine=False)
        self.weight = nn.Parameter(torch.randn(hidden, pixels) * 0.01)
        self.visible = nn.Parameter(torch.zeros(pixels))
        self.hidden = nn.Parameter(torch.zeros(hidden))

    def codes(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n f"]:
        """Chances of the hidden units to be on."""
        return self._on(self._pixels(view))

    def scores(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n k"]:
        """The pixels against those of one pass to and fro."""
        pixels = self._pixels(view)
        return compared(pixels[:, None, None], self._back(self._on(pixels))[:, None, None])

    def losses(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n 1"]:
        """Free energy of the pixels above that of a sample one step on: its gradient is the contrastive divergence."""
        pixels = self._pixels(view)
        with torch.no_grad():
            sample = self._back(torch.bernoulli(self._on(pixels)))
        return (self._energy(pixels) - self._energy(sample))[:, None] / pixels.shape[1]

    def _pixels(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n p"]:
        pixels: Tensor = self.norm(F.adaptive_avg_pool2d(view, SIDE).flatten(1))
        return pixels

    def _on(self, pixels: Float[Tensor, "n p"]) -> Float[Tensor, "n f"]:
        return torch.sigmoid(F.linear(pixels, self.weight, self.hidden))

    def _back(self, hidden: Float[Tensor, "n f"]) -> Float[Tensor, "n p"]:
        return hidden @ self.weight + self.visible

    def _energy(self, pixels: Float[Tensor, "n p"]) -> Float[Tensor, " n"]:
        quadratic = (pixels - self.visible).square().sum(1) / 2
        return quadratic - F.softplus(F.linear(pixels, self.weight, self.hidden)).sum(1)
