"""radial_profile: logistic regression on how bright the rings about the centre are, and how uneven. No network.

What it reaches is the part of an answer that needs no look at the lens's structure. It is the baseline of
:mod:`lensym.evaluation.baseline` as a module, so that it is trained and tested as the networks are. Exactly invariant
under D4: each element maps every ring onto itself.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.models.classifier import Classifier
from lensym.models.registry import register

RING_WIDTH = 2.0
"""Width of a ring in pixels."""


class RadialProfile(Classifier):
    """Mean and standard deviation of each ring of each channel, standardised, and a linear layer."""

    ring: Tensor
    rings: Tensor
    """Matrix (size^2, rings) whose columns take the mean over each ring."""

    def __init__(self, image_size: int, channels: int, classes: int) -> None:
        ring = _ring_of_pixels(image_size)
        members = F.one_hot(ring).double()
        super().__init__(image_size, channels, classes, features=2 * channels * members.shape[1])
        self.register_buffer("ring", ring, persistent=False)
        self.register_buffer("rings", members / members.sum(0), persistent=False)
        self.standardise = nn.BatchNorm1d(self.feature_count, affine=False)

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Standardised profiles (N, 2 * channels * rings)."""
        pixels = self.brightness(images).flatten(2)
        rings = self.rings.to(pixels.dtype)
        mean = pixels @ rings
        # not as a difference of squares, which a level of the sky would leave no digits of
        scatter = ((pixels - mean.index_select(2, self.ring)).square() @ rings).sqrt()
        standardised: Tensor = self.standardise(torch.cat([mean, scatter], dim=2).flatten(1))
        return standardised


def _ring_of_pixels(size: int) -> Int[Tensor, " p"]:
    """Number of each pixel's ring (size^2,); the corners belong to the last ring."""
    axis = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    return (torch.hypot(axis[:, None], axis).flatten() / RING_WIDTH).long().clamp(max=int(size / 2 / RING_WIDTH))


@register("radial_profile", group="D4", exact=True, reference="baseline, lensym")
def radial_profile(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """Logistic regression; it has no width."""
    return RadialProfile(image_size, channels, classes)
