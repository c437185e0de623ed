"""radial_profile: logistic regression on how bright the rings about the centre are, and how uneven. No network.

What it reaches is the part of an answer that needs no look at the lens's structure. It is the baseline of
:mod:`lensym.evaluation.baseline` as a module, so that it is trained and tested as the networks are. Exactly invariant
under D4: each element maps every ring onto itself.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.models.classifier import Classifier
from lensym.models.registry import register

RING_WIDTH = 2.0
"""Width of a ring in pixels."""


class RadialProfile(Classifier):
    """Mean and standard deviation of each ring of each channel, standardised, and a linear layer."""

    rings: Tensor

    def __init__(self, image_size: int, channels: int, classes: int) -> None:
        rings = _ring_means(image_size)
        super().__init__(image_size, channels, classes, features=2 * channels * rings.shape[1])
        self.register_buffer("rings", rings, persistent=False)
        self.standardise = nn.BatchNorm1d(self.feature_count, affine=False)

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Standardised profiles (N, 2 * channels * rings)."""
        pixels = self.brightness(images).flatten(2)
        rings = self.rings.to(pixels.dtype)
        mean = pixels @ rings
        scatter = (pixels.square() @ rings - mean.square()).clamp(min=0).sqrt()
        standardised: Tensor = self.standardise(torch.cat([mean, scatter], dim=2).flatten(1))
        return standardised


def _ring_means(size: int) -> Float[Tensor, "p r"]:
    """Matrix (size^2, rings) whose columns take the mean over each ring; the corners belong to the last ring."""
    axis = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    ring = (torch.hypot(axis[:, None], axis).flatten() / RING_WIDTH).long().clamp(max=int(size / 2 / RING_WIDTH))
    members = F.one_hot(ring).double()
    return members / members.sum(0)


@register("radial_profile", group="D4", exact=True, reference="baseline, lensym")
def radial_profile(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """Logistic regression; it has no width."""
    return RadialProfile(image_size, channels, classes)
