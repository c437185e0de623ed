"""What every network of the package has in common: an encoder of images, and a head that answers a task's question."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.errors import InputError
from lensym.models.normalise import USUAL


class Classifier(nn.Module):
    """Images to outputs through invariant features: ``head(features(images))``, logits where the task is to classify.

    A family is an encoder: it implements :meth:`features`, (N, channels, image_size, image_size) to (N, F), whose first
    step is ``self.brightness(images)``. The head is linear, so that features averaged over a group give the averaged
    logits; `lensym.models.heads` puts another one in its place. A family that sets ``vector_count`` implements
    :meth:`features_and_vectors` too, for answers that turn with the image.
    """

    shapes_depend_on_values: ClassVar[bool] = False
    """Whether the sizes of tensors inside depend on the images, so that the cost is that of an example."""

    heeds_brightness: ClassVar[bool] = True
    """Whether the first step is ``self.brightness(images)``; a family whose layers do what it does has none."""

    def __init__(self, image_size: int, channels: int, classes: int, features: int) -> None:
        super().__init__()
        self.feature_count = features
        self.vector_count = 0
        self.image_size = image_size
        self.channels = channels
        self.classes = classes
        self.head: nn.Module = nn.Linear(features, classes)
        self.brightness = USUAL

    @abstractmethod
    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """The last features before the head."""

    def features_and_vectors(
        self, images: Float[Tensor, "n c h w"]
    ) -> tuple[Float[Tensor, "n f"], Float[Tensor, "n v 2"]]:
        """The features, and vectors (N, V, 2) that turn twice as far as the image and mirror with it."""
        raise NotImplementedError

    @property
    def resampling_flop(self) -> int:
        """Floating-point operations of one image's resampling, which a counter of convolutions does not see."""
        return 0

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n k"]:
        """Outputs, such as logits (N, classes), of images (N, channels, image_size, image_size)."""
        self.check_shape(images)
        return self.features_and_outputs(images)[1]

    def features_and_outputs(
        self, images: Float[Tensor, "n c h w"]
    ) -> tuple[Float[Tensor, "n f"], Float[Tensor, "n k"]]:
        """The features and the outputs of images."""
        if isinstance(self.head, AxisHead):
            features, vectors = self.features_and_vectors(images)
            return features, self.head(features, vectors)
        features = self.features(images)
        return features, self.head(features)

    def check_shape(self, images: Tensor) -> None:
        """Refuse images of another shape than the network's."""
        expected = (self.channels, self.image_size, self.image_size)
        if images.ndim != 4 or tuple(images.shape[1:]) != expected:
            raise InputError(
                f"images of shape (N, {expected[0]}, {expected[1]}, {expected[2]})",
                str(tuple(images.shape)),
                "cut or resample them to the network's size",
            )


class AxisHead(nn.Module):
    """An axis, which turns with the image and has no ends: (cos 2 phi, sin 2 phi) and a logarithm of the variance.

    The vector is a sum of the encoder's vectors with weights that depend on its invariant features alone, so that it
    turns as exactly as they do; the logarithm is invariant.
    """

    def __init__(self, features: int, vectors: int) -> None:
        super().__init__()
        self.gates = nn.Linear(features, vectors)
        self.weight = nn.Parameter(torch.randn(vectors) / vectors**0.5)
        self.log_variance = nn.Linear(features, 1)

    def forward(self, features: Float[Tensor, "n f"], vectors: Float[Tensor, "n v 2"]) -> Float[Tensor, "n 3"]:
        """Outputs (N, 3)."""
        weights = self.weight * torch.sigmoid(self.gates(features))
        return torch.cat([(weights[..., None] * vectors).sum(1), self.log_variance(features)], dim=1)


def parameter_dtype(module: nn.Module) -> torch.dtype:
    """The dtype a module computes in."""
    return next(module.parameters()).dtype
