"""lensnet: a network in polar coordinates about the lens, exactly invariant under D4.

A rotation of the image is a shift along the angle and a flip a reversal of it. Convolutions circular along the angle
commute with the shift, the mean and maximum over the angle remove it, and the reversal is averaged over. The idea of
canonical coordinates is Tai et al. 2019 (Equivariant transformer networks, arXiv:1901.11399); depthwise separable
convolutions keep it cheap (Chollet 2017, arXiv:1610.02357).

Three sizes differ in samples, widths and depths alone. None is equivariant to translations: the lens must be in the
middle of the image.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.models.classifier import Classifier
from lensym.models.polar import CircularConv, PolarSampling, check_angle_stride, polar_views
from lensym.models.registry import register
from lensym.models.width import scaled


@dataclass(frozen=True)
class Size:
    """How finely the image is sampled, and the features and blocks of each stage.

    ``reach`` is the largest radius sampled, in half-widths of the image: in Model I the brightest arcs end at half of
    it. ``stem_stride`` is of the first layer, along radius and angle; ``kernel`` of all circular convolutions.
    """

    radii: int
    angles: int
    widths: tuple[int, ...]
    depths: tuple[int, ...]
    reach: float = 0.6
    stem_stride: tuple[int, int] = (2, 4)
    kernel: int = 5


TINY = Size(32, 128, (16, 32, 64), (1, 2, 3))
USUAL = Size(40, 192, (32, 64, 128), (1, 2, 3))
LARGE = Size(48, 192, (48, 96, 192), (1, 2, 4))


class PolarBlock(nn.Module):
    """Depthwise circular convolution, then a pointwise one, normalisation and ReLU; residual where shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.spatial = CircularConv(inputs, inputs, kernel, (stride, stride), groups=inputs)
        self.mix = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.residual = inputs == outputs and stride == 1

    def forward(self, x: Float[Tensor, "n c r a"]) -> Float[Tensor, "n d s b"]:
        """Feature maps over (radius, angle)."""
        y = F.relu(self.norm(self.mix(self.spatial(x))))
        return x + y if self.residual else y


class LensNet(Classifier):
    """See the module's description.

    The second Fourier component of the maps along the angle turns by twice the angle of the image: its vectors.

    While training, each batch is seen at one random angle and with one of the two reversals, which is an unbiased
    draw of the average at half its cost; in evaluation the average is exact and nothing is random.
    """

    def __init__(self, image_size: int, channels: int, classes: int, size: Size, width: float = 1.0) -> None:
        widths = scaled(size.widths, width)
        super().__init__(image_size, channels, classes, features=2 * widths[-1])
        self.vector_count = widths[-1]
        check_angle_stride(size.angles, size.stem_stride[1] * 2 ** (len(widths) - 1))
        self.polar = PolarSampling(image_size, size.radii, size.angles, size.reach)
        self.body = body(2 * channels + 1, widths, size)

    @property
    def resampling_flop(self) -> int:
        """The bilinear samples of every channel."""
        return self.polar.flop * self.channels

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Features (N, 2 * widths[-1]), unchanged by any rotation by 90 degrees or flip of the images."""
        seen = [pooled_over_plane(maps) for maps, _, _ in self._maps(images)]
        return sum(seen[1:], seen[0]) / len(seen)

    def features_and_vectors(
        self, images: Float[Tensor, "n c h w"]
    ) -> tuple[Float[Tensor, "n f"], Float[Tensor, "n v 2"]]:
        """The features, and vectors (N, widths[-1], 2) of the maps' second Fourier component along the angle."""
        pooled, vectors = [], []
        for maps, shift, reversal in self._maps(images):
            pooled.append(pooled_over_plane(maps))
            vectors.append(_second_component(maps, self.polar.angles, shift, reversal))
        return sum(pooled[1:], pooled[0]) / len(pooled), sum(vectors[1:], vectors[0]) / len(vectors)

    def _maps(self, images: Float[Tensor, "n c h w"]) -> Iterator[tuple[Tensor, int, int]]:
        """Maps of the views the features are averages over, with the shift and the sign of the angle of each."""
        views = polar_views(self.brightness.stretched(self.polar(self.brightness.scaled(images))), self.polar.radius)
        if self.training:
            shift = int(torch.randint(self.polar.angles, ()))
            views = views.roll(shift, dims=-1)
            reversal = -1 if torch.rand(()) < 0.5 else 1
            yield self._mapped(views if reversal > 0 else views.flip(-1)), shift, reversal
            return
        yield self._mapped(views), 0, 1
        yield self._mapped(views.flip(-1)), 0, -1

    def _mapped(self, views: Float[Tensor, "n c r a"]) -> Float[Tensor, "n d s b"]:
        maps: Tensor = self.body(views.contiguous(memory_format=torch.channels_last))
        return maps


def pooled_over_plane(maps: Float[Tensor, "n c r a"]) -> Float[Tensor, "n f"]:
    """Mean over radius and angle, and the largest value over the angle, averaged over the radius."""
    return torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=3).mean(dim=2)], dim=1)


def _second_component(maps: Float[Tensor, "n c r a"], angles: int, shift: int, reversal: int) -> Float[Tensor, "n c 2"]:
    """Mean over radius and angle of maps times (cos 2 phi, sin 2 phi), phi being the image's angle of each place."""
    count = maps.shape[-1]
    place = torch.arange(count, device=maps.device, dtype=torch.float64) * (angles // count) + 0.5
    doubled = (reversal * place - shift) * (4 * math.pi / angles)
    circle = torch.stack([doubled.cos(), doubled.sin()], dim=-1).to(maps.dtype)
    return maps.mean(dim=2) @ circle / count


def body(inputs: int, widths: Sequence[int], size: Size) -> nn.Sequential:
    """Layers from views (N, inputs, radii, angles) to maps (N, widths[-1], ..., ...): a stem, then a stage a width."""
    layers: list[nn.Module] = [
        CircularConv(inputs, widths[0], size.kernel, size.stem_stride),
        nn.BatchNorm2d(widths[0]),
        nn.ReLU(),
    ]
    for stage, (width, depth) in enumerate(zip(widths, size.depths, strict=True)):
        if stage:
            layers.append(PolarBlock(widths[stage - 1], width, size.kernel, stride=2))
        layers += [PolarBlock(width, width, size.kernel) for _ in range(depth)]
    return nn.Sequential(*layers)


@register("lensnet-tiny", group="D4", exact=True, reference="lensym")
def lensnet_tiny(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The smallest: a fifth of the cost of lensnet."""
    return LensNet(image_size, channels, classes, TINY, width)


@register("lensnet", group="D4", exact=True, reference="lensym")
def lensnet(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The package's own network."""
    return LensNet(image_size, channels, classes, USUAL, width)


@register("lensnet-large", group="D4", exact=True, reference="lensym")
def lensnet_large(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The largest, for endless simulations: twice and a half the cost of lensnet."""
    return LensNet(image_size, channels, classes, LARGE, width)
