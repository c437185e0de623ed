"""What every classifier of the package has in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.errors import InputError
from lensym.models.normalise import USUAL


class Classifier(nn.Module):
    """Images to logits through invariant features: ``logits = head(features(images))``.

    A family implements :meth:`features`, (N, channels, image_size, image_size) to (N, F), whose first step is
    ``self.brightness(images)``; the head is linear, so that features averaged over a group give the averaged logits.
    """

    shapes_depend_on_values: ClassVar[bool] = False
    """Whether the sizes of tensors inside depend on the images, so that the cost is that of an example."""

    heeds_brightness: ClassVar[bool] = True
    """Whether the first step is ``self.brightness(images)``; a family whose layers do what it does has none."""

    def __init__(self, image_size: int, channels: int, classes: int, features: int) -> None:
        super().__init__()
        self.image_size = image_size
        self.channels = channels
        self.classes = classes
        self.head = nn.Linear(features, classes)
        self.brightness = USUAL

    @abstractmethod
    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """The last features before the head."""

    @property
    def resampling_flop(self) -> int:
        """Floating-point operations of one image's resampling, which a counter of convolutions does not see."""
        return 0

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n k"]:
        """Logits (N, classes) of images (N, channels, image_size, image_size)."""
        self.check_shape(images)
        logits: Tensor = self.head(self.features(images))
        return logits

    def check_shape(self, images: Tensor) -> None:
        """Refuse images of another shape than the network's."""
        expected = (self.channels, self.image_size, self.image_size)
        if images.ndim != 4 or tuple(images.shape[1:]) != expected:
            raise InputError(
                f"images of shape (N, {expected[0]}, {expected[1]}, {expected[2]})",
                str(tuple(images.shape)),
                "cut or resample them to the network's size",
            )


def parameter_dtype(module: nn.Module) -> torch.dtype:
    """The dtype a module computes in."""
    return next(module.parameters()).dtype
