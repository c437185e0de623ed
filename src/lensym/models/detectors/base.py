"""What all detectors share: a small, symmetric view of the image, and scores of how strange it is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.errors import UsageError
from lensym.models.classifier import Classifier

LARGEST = 48
"""Pixels a side of the view; a larger image is averaged down to it."""
SCORES = ("reconstruction", "wasserstein")
"""What a detector gives of an image: how badly it is reconstructed (or what stands for it), and the Wasserstein
distance between the values of the pixels before and after (Panaretos & Zemel 2019, arXiv:1806.05500)."""


class Detector(Classifier):
    """Images to scores (N, 2), the larger the stranger; while training to losses (N, 1).

    A kind implements :meth:`features`, codes (N, F), and :meth:`losses` and :meth:`scores` of a view.
    """

    def __init__(self, image_size: int, channels: int, features: int) -> None:
        super().__init__(image_size, channels, len(SCORES), features)
        if image_size < 16:
            raise UsageError("images of at least 16 px", str(image_size), "give larger ones")
        self.head = nn.Identity()
        # eight divides it, so that three halvings stay symmetric about the centre
        self.side = min(LARGEST, image_size // 8 * 8)

    def view(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c s s"]:
        """The image in the network's brightness, averaged over windows that lie symmetrically about the centre."""
        return F.adaptive_avg_pool2d(self.brightness(images), self.side)

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Codes (N, F)."""
        return self.codes(self.view(images))

    def features_and_outputs(
        self, images: Float[Tensor, "n c h w"]
    ) -> tuple[Float[Tensor, "n f"], Float[Tensor, "n k"]]:
        """Codes, and scores (N, 2), or losses (N, 1) while training."""
        view = self.view(images)
        if self.training:
            return view.new_zeros(len(view), self.feature_count), self.losses(view)
        return self.codes(view), self.scores(view)

    @abstractmethod
    def codes(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n f"]:
        """What is kept of a view."""

    @abstractmethod
    def losses(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n 1"]:
        """What training makes small."""

    @abstractmethod
    def scores(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n k"]:
        """How badly the view comes back, in two measures."""

    def calibrate(self, batches: Iterable[Float[Tensor, "n c h w"]]) -> None:
        """Learn from training images what is not learned by steps."""

    def forget(self) -> None:
        """Forget it, before the steps of another training."""


def compared(view: Float[Tensor, "n c h w"], back: Float[Tensor, "n c h w"]) -> Float[Tensor, "n 2"]:
    """Mean squared error, and Wasserstein distance of the pixels' values, wherever they are.

    >>> image = torch.tensor([[[[0.0, 1.0], [1.0, 0.0]]]])
    >>> compared(image, 1 - image)
    tensor([[1., 0.]])
    """
    error = (view - back).square().mean(dim=(1, 2, 3))
    distance = (view.flatten(1).sort(1).values - back.flatten(1).sort(1).values).abs().mean(1)
    return torch.stack([error, distance], dim=1)
