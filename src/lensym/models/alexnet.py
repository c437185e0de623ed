"""alexnet: the network of the first DeepLense papers' comparisons, on pixels, without symmetry.

Krizhevsky, Sutskever & Hinton 2012, with the widths of the one-column form (Krizhevsky 2014, arXiv:1404.5997): five
convolutions, three maxima, two layers of 4096 numbers with dropout. The maxima are padded by one pixel, so that small
images do not vanish under them, and the maps are brought to 6 x 6 by means.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.models.classifier import Classifier
from lensym.models.registry import register
from lensym.models.width import scaled

GRID = 6
"""Pixels a side of the map that the dense layers see."""


class AlexNet(Classifier):
    """See the module's description.

    Parameters
    ----------
    image_size, channels, classes
        Of the images and the answer.
    widths
        Channels of the five convolutions.
    hidden
        Numbers in each of the two dense layers.
    """

    def __init__(self, image_size: int, channels: int, classes: int, widths: Sequence[int], hidden: int) -> None:
        super().__init__(image_size, channels, classes, features=hidden)
        a, b, c, d, e = widths
        self.maps = nn.Sequential(
            *_convolution(channels, a, 11, stride=4),
            nn.MaxPool2d(3, 2, 1),
            *_convolution(a, b, 5),
            nn.MaxPool2d(3, 2, 1),
            *_convolution(b, c, 3),
            *_convolution(c, d, 3),
            *_convolution(d, e, 3),
            nn.MaxPool2d(3, 2, 1),
            nn.AdaptiveAvgPool2d(GRID),
        )
        self.dense = nn.Sequential(*_dense(e * GRID**2, hidden), *_dense(hidden, hidden))

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """The second dense layer, (N, hidden)."""
        x = self.brightness(images).contiguous(memory_format=torch.channels_last)
        features: Tensor = self.dense(self.maps(x).flatten(1))
        return features


def _convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> tuple[nn.Module, ...]:
    """Padded by half a kernel, or by 2 pixels where the stride is 4."""
    return nn.Conv2d(inputs, outputs, kernel, stride, 2 if stride > 1 else kernel // 2), nn.ReLU()


def _dense(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return nn.Dropout(0.5), nn.Linear(inputs, outputs), nn.ReLU()


@register("alexnet", group="C1", exact=True, reference="Krizhevsky 2014, arXiv:1404.5997")
def alexnet(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """AlexNet."""
    *widths, hidden = scaled((64, 192, 384, 256, 256, 4096), width)
    return AlexNet(image_size, channels, classes, widths, hidden)
