"""What all autoencoders share: how badly an image comes back, beside how badly those of the training do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from lensym.models.detectors.base import Detector, compared

WINDOWS = (1, 3, 7)
"""Pixels of the view, a side, over which what is wrong is averaged, so that what is wide rises above the noise."""


class Autoencoder(Detector):
    """A view is encoded and decoded again.

    Its first score is the mean squared error until :meth:`calibrate` has seen training images. Then it is by how much
    the errors are above theirs: the error of each channel, averaged over each of `WINDOWS`, in logarithms and standard
    deviations of the training images' errors, 0 where it is below their mean; root mean square of all of these.
    """

    usual: Tensor

    def __init__(self, image_size: int, channels: int, features: int) -> None:
        super().__init__(image_size, channels, features)
        self.register_buffer("usual", torch.zeros(2, len(WINDOWS) * channels))

    @abstractmethod
    def reconstruction(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n c s s"]:
        """The view as it comes back from its code."""

    def losses(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n 1"]:
        """Mean squared error."""
        return squared_error(view, self.reconstruction(view))

    def scores(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n k"]:
        """How badly the view comes back, in two measures."""
        back = self.reconstruction(view)
        scores = compared(view, back)
        if self.usual.is_meta or not self.usual.any():  # a count of the cost computes no numbers
            return scores
        mean, scale = self.usual.to(view.dtype)
        above = ((errors(view, back) - mean) / scale).clamp(min=0)
        return torch.stack([above.square().mean(1).sqrt(), scores[:, 1]], dim=1)

    @torch.inference_mode()
    def calibrate(self, batches: Iterable[Float[Tensor, "n c h w"]]) -> None:
        """Keep mean and spread of the errors of images, on the network's device, by channel and window."""
        views = (self.view(images.to(self.usual.device)) for images in batches)
        found = torch.cat([errors(view, self.reconstruction(view)) for view in views]).double()
        self.usual.copy_(torch.stack([found.mean(0), found.std(0, correction=0).clamp(min=1e-6)]))

    def forget(self) -> None:
        """Give the mean squared error again."""
        self.usual.zero_()


def squared_error(view: Float[Tensor, "n c s s"], back: Float[Tensor, "n c s s"]) -> Float[Tensor, "n 1"]:
    """Mean squared error of each image."""
    return (view - back).square().mean(dim=(1, 2, 3))[:, None]


def errors(view: Float[Tensor, "n c s s"], back: Float[Tensor, "n c s s"]) -> Float[Tensor, "n e"]:
    """Logarithm of the mean squared error of each channel, averaged over each of `WINDOWS`.

    >>> view = torch.zeros(1, 1, 9, 9)
    >>> errors(view, view + 1).tolist()
    [[0.0, 0.0, 0.0]]
    """
    wrong, least = view - back, torch.finfo(view.dtype).tiny
    means = (F.avg_pool2d(wrong, window, 1, window // 2, count_include_pad=False) for window in WINDOWS)
    return torch.cat([mean.square().mean(dim=(2, 3)).clamp(min=least).log() for mean in means], dim=1)
