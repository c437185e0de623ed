"""resnet18: the residual network that most published lens classifiers start from, on pixels, without symmetry.

He, Zhang, Ren & Sun 2016 (arXiv:1512.03385), table 1: a strided 7 px convolution and a maximum, then four stages of
two blocks of 64, 128, 256 and 512 channels. Random weights; the images' own number of channels instead of three.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.models.classifier import Classifier
from lensym.models.registry import register
from lensym.models.width import scaled
from lensym.symmetry.dense import every

BLOCKS = 2
"""Blocks of a stage."""


class BasicBlock(nn.Module):
    """Two 3 px convolutions around which the input is added, by a strided pointwise one where shapes differ."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.stride = stride
        self.shortcut = nn.Sequential()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d i j"]:
        """Feature maps."""
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(every(x, self.stride)))


class ResNet(Classifier):
    """See the module's description."""

    def __init__(self, image_size: int, channels: int, classes: int, widths: Sequence[int]) -> None:
        super().__init__(image_size, channels, classes, features=widths[-1])
        layers: list[nn.Module] = [
            nn.Conv2d(channels, widths[0], 7, 2, 3, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        ]
        before = widths[0]
        for stage, width in enumerate(widths):
            layers.append(BasicBlock(before, width, stride=2 if stage else 1))
            layers += [BasicBlock(width, width, stride=1) for _ in range(BLOCKS - 1)]
            before = width
        self.body = nn.Sequential(*layers)
        _initialise(self.body)

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Means (N, widths[-1]) of the last maps."""
        x = self.brightness(images).contiguous(memory_format=torch.channels_last)
        maps: Tensor = self.body(x)
        return maps.mean(dim=(2, 3))


def _initialise(body: nn.Module) -> None:
    """Normal weights of variance 2 / (outputs * pixels of the kernel), section 3.4 of the paper."""
    for module in body.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


@register("resnet18", group="C1", exact=True, reference="He et al. 2016, arXiv:1512.03385")
def resnet18(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """ResNet-18."""
    return ResNet(image_size, channels, classes, scaled((64, 128, 256, 512), width))
