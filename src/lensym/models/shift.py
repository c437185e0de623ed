"""Is an image like those the network was trained on? A detector beside every set of weights.

Two distances are measured, each the Mahalanobis distance to the training images: of the network's features to the
nearest class (Lee et al. 2018, arXiv:1807.03888), and of the image's radial profile, which sees lens-galaxy light,
neighbours and a wrong pixel scale even where the features do not. Both are invariant under D4, so the score is.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lensym.models.normalise import USUAL

RINGS = 24
RIDGE = 1e-3
SMALLEST = 1e-12
"""Variances and limits stay above it, so that images all alike give finite numbers."""
FALSE_ALARMS = 0.01
"""Fraction of validation images that the threshold calls unlike the training images."""


class ShiftDetector(nn.Module):
    """Score images against the training images: above 1 is less typical than 99 % of the validation images.

    Parameters
    ----------
    image_size
        Pixels a side.
    features
        Length of the network's feature vector.
    classes
        Number of classes.
    """

    def __init__(self, image_size: int, features: int, classes: int) -> None:
        super().__init__()
        self.register_buffer("rings", _ring_weights(image_size), persistent=False)
        for name, shape in {
            "class_mean": (classes, features),
            "whitening": (features, features),
            "profile_mean": (2 * RINGS,),
            "profile_whitening": (2 * RINGS, 2 * RINGS),
            "limits": (2,),
        }.items():
            self.register_buffer(name, torch.zeros(shape))
        self.rings: Tensor
        self.class_mean: Tensor
        self.whitening: Tensor
        self.profile_mean: Tensor
        self.profile_whitening: Tensor
        self.limits: Tensor

    def fit(self, features: Float[Tensor, "n f"], profiles: Float[Tensor, "n p"], labels: Int[Tensor, " n"]) -> None:
        """Learn means and covariances from the features and the profiles of training images."""
        classes = self.class_mean.shape[0]
        means = torch.stack([features[labels == k].mean(0) for k in range(classes)])
        self.class_mean.copy_(means)
        self.whitening.copy_(_whitening(features - means[labels]))
        self.profile_mean.copy_(profiles.mean(0))
        self.profile_whitening.copy_(_whitening(profiles - profiles.mean(0)))

    def calibrate(self, features: Float[Tensor, "n f"], profiles: Float[Tensor, "n p"]) -> None:
        """Set the threshold from validation images, so that ``FALSE_ALARMS`` of them score above 1."""
        distances = self.distances(features, profiles)
        limits = torch.quantile(distances, 1 - FALSE_ALARMS, dim=0).clamp(min=SMALLEST)
        joint = torch.quantile((distances / limits).amax(1), 1 - FALSE_ALARMS)
        self.limits.copy_(limits * joint)

    def score(self, features: Float[Tensor, "n f"], images: Float[Tensor, "n c h w"]) -> Float[Tensor, " n"]:
        """Out-of-distribution score (N,): the larger of the two distances, each in units of its threshold."""
        return (self.distances(features, self.profile(images)) / self.limits).amax(1)

    def distances(self, features: Float[Tensor, "n f"], profiles: Float[Tensor, "n p"]) -> Float[Tensor, "n 2"]:
        """Distance of the features to the nearest class, and of the radial profiles to the mean profile."""
        offsets = (features[:, None] - self.class_mean) @ self.whitening
        profiles = (profiles - self.profile_mean) @ self.profile_whitening
        return torch.stack([offsets.norm(dim=-1).amin(1), profiles.norm(dim=-1)], dim=1)

    def profile(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n p"]:
        """Mean and scatter of the normalised image in rings about the centre, (N, 2 RINGS)."""
        flat = USUAL(images).mean(1).flatten(1)
        rings = self.rings.to(flat.dtype)
        mean = flat @ rings
        scatter = (flat.square() @ rings - mean.square()).clamp(min=0).sqrt()
        return torch.cat([mean, scatter], dim=1)


def _ring_weights(size: int) -> Float[Tensor, "p r"]:
    """Matrix (size^2, RINGS) whose columns average over rings of equal width out to the half-width."""
    axis = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    radius = torch.hypot(axis[:, None], axis[None, :]).flatten()
    ring = (radius / (size / 2) * RINGS).long()
    member = (ring[:, None] == torch.arange(RINGS)).to(torch.float64)
    return member / member.sum(0).clamp(min=1)


def _whitening(deviations: Float[Tensor, "n f"]) -> Float[Tensor, "f f"]:
    """Matrix W with ``W W^T`` the inverse covariance, its small directions bounded by a ridge."""
    values, vectors = torch.linalg.eigh(torch.cov(deviations.double().T))
    floor = RIDGE * values.mean()
    scaled: Tensor = vectors / (values.clamp(min=0) + floor).clamp(min=SMALLEST).sqrt()
    return scaled.to(deviations.dtype)
