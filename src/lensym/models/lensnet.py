"""lensnet: a network in polar coordinates about the lens, exactly invariant under D4.

A rotation of the image is a shift along the angle and a flip a reversal of it. Convolutions circular along the angle
commute with the shift, the mean and maximum over the angle remove it, and the reversal is averaged over. The idea of
canonical coordinates is Tai et al. 2019 (Equivariant transformer networks, arXiv:1901.11399); depthwise separable
convolutions keep it cheap (Chollet 2017, arXiv:1610.02357).

It is not equivariant to translations: the lens must be in the middle of the image.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.models.classifier import Classifier
from lensym.models.polar import CircularConv, PolarSampling, check_angle_stride, polar_views
from lensym.models.registry import register
from lensym.models.width import scaled

RADII, ANGLES, REACH = 48, 192, 0.65
STEM_STRIDE = (2, 4)
KERNEL = 5


class PolarBlock(nn.Module):
    """Depthwise circular convolution, then a pointwise one, normalisation and ReLU; residual where shapes agree."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.spatial = CircularConv(inputs, inputs, KERNEL, (stride, stride), groups=inputs)
        self.mix = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.residual = inputs == outputs and stride == 1

    def forward(self, x: Float[Tensor, "n c r a"]) -> Float[Tensor, "n d s b"]:
        """Feature maps over (radius, angle)."""
        y = F.relu(self.norm(self.mix(self.spatial(x))))
        return x + y if self.residual else y


class LensNet(Classifier):
    """See the module's description.

    While training, each batch is seen at one random angle and with one of the two reversals, which is an unbiased
    draw of the average at half its cost; in evaluation the average is exact and nothing is random.
    """

    def __init__(self, image_size: int, channels: int, classes: int, widths: Sequence[int], depths: Sequence[int]):
        super().__init__(image_size, channels, classes, features=2 * widths[-1])
        check_angle_stride(ANGLES, STEM_STRIDE[1] * 2 ** (len(widths) - 1))
        self.polar = PolarSampling(image_size, RADII, ANGLES, REACH)
        self.body = _body(2 * channels + 1, widths, depths)

    @property
    def resampling_flop(self) -> int:
        """The bilinear samples of every channel."""
        return self.polar.flop * self.channels

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Features (N, 2 * widths[-1]), unchanged by any rotation by 90 degrees or flip of the images."""
        views = polar_views(self.brightness.stretched(self.polar(self.brightness.scaled(images))), self.polar.radius)
        if self.training:
            views = views.roll(int(torch.randint(ANGLES, ())), dims=-1)
            return self._pooled(views.flip(-1) if torch.rand(()) < 0.5 else views)
        return (self._pooled(views) + self._pooled(views.flip(-1))) / 2

    def _pooled(self, views: Float[Tensor, "n c r a"]) -> Float[Tensor, "n f"]:
        maps = self.body(views.contiguous(memory_format=torch.channels_last))
        return torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=3).mean(dim=2)], dim=1)


def _body(inputs: int, widths: Sequence[int], depths: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = [
        CircularConv(inputs, widths[0], KERNEL, STEM_STRIDE),
        nn.BatchNorm2d(widths[0]),
        nn.ReLU(),
    ]
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        if stage:
            layers.append(PolarBlock(widths[stage - 1], width, stride=2))
        layers += [PolarBlock(width, width) for _ in range(depth)]
    return nn.Sequential(*layers)


@register("lensnet", group="D4", exact=True, reference="lensym")
def lensnet(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The package's own network."""
    return LensNet(image_size, channels, classes, widths=scaled((32, 64, 128), width), depths=(1, 2, 3))
