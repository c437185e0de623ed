"""equivariant_transformer: find how the image is turned and zoomed, undo it, and classify what is left.

Tai, Bailis & Valiant 2019 (arXiv:1901.11399). In log-polar coordinates about the lens a rotation is a shift along the
angle and a zoom a shift along the radius. A convolutional pose predictor gives a heat map along each axis, whose
centroid shifts with the image (section 4.2: self-consistent predictors); the image is shifted back by it and a network
follows that need not be equivariant to anything.

Exactly invariant under C4: a quarter turn shifts the samples by whole strides of the predictor. For other angles, and
for zooms, the shift is by parts of samples and the invariance approximate.

Other than there: pose and canonical image are computed in double precision, since a heat map without a clear maximum
multiplies rounding; the predictor is normalised within each image instead of over the batch, so that a pose is a
property of the image alone; and the network at the end sees the canonical map as a whole, where the published ones
take a maximum over all places, which undoes what the pose was found for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from lensym.models.classifier import Classifier, parameter_dtype
from lensym.models.polar import CircularConv, PolarSampling, check_angle_stride, polar_views
from lensym.models.registry import register
from lensym.models.width import scaled

RADII, ANGLES, REACH = 48, 192, 0.9
KERNEL = 5
STRIDE = 4
"""Of the pose predictor, in both directions."""
SLOPE = 0.1
"""Of the leaky ReLU."""


class PosePredictor(nn.Module):
    """Shifts along the radius and along the angle, in samples, that move with the samples (N, C, R, A)."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before in (inputs, hidden):
            conv = CircularConv(before, hidden, KERNEL, (2, 2))
            layers += [conv, nn.GroupNorm(1, hidden), nn.LeakyReLU(SLOPE)]
        self.maps = nn.Sequential(*layers)
        self.along_radius = nn.Conv1d(hidden, 1, KERNEL, padding=KERNEL // 2, bias=False)
        self.along_angle = nn.Conv1d(hidden, 1, KERNEL, padding=KERNEL // 2, padding_mode="circular", bias=False)

    def forward(self, samples: Float[Tensor, "n c r a"]) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
        """Shift along the radius, from the middle, and along the angle."""
        maps = self.maps(samples)
        radius = self.along_radius(maps.amax(dim=3)).squeeze(1).softmax(dim=1)
        angle = self.along_angle(maps.amax(dim=2)).squeeze(1).softmax(dim=1)
        return STRIDE * centroid(radius), STRIDE * periodic_centroid(angle)


def centroid(heat: Float[Tensor, "n k"]) -> Float[Tensor, " n"]:
    """Mean position, counted from the middle."""
    count = heat.shape[1]
    return heat @ (torch.arange(count, dtype=heat.dtype, device=heat.device) - (count - 1) / 2)


def periodic_centroid(heat: Float[Tensor, "n k"]) -> Float[Tensor, " n"]:
    """Position of the mean direction on a circle, between -k / 2 and k / 2."""
    count = heat.shape[1]
    turn = torch.arange(count, dtype=heat.dtype, device=heat.device) * (2 * math.pi / count)
    # without a direction there is a gradient too; where there is one the addition changes no digit
    return torch.atan2(heat @ turn.sin(), heat @ turn.cos() + 1e-30) * (count / (2 * math.pi))


def shifted(
    samples: Float[Tensor, "n c r a"], along_radius: Float[Tensor, " n"], along_angle: Float[Tensor, " n"]
) -> Float[Tensor, "n c r a"]:
    """Samples at positions later by the shifts, interpolated linearly: around the circle, and zero beyond the radii."""
    radii, angles = samples.shape[2:]
    place = torch.arange(angles, device=samples.device) + along_angle[:, None]
    turned = _between(samples, 3, place.floor().long().remainder(angles), place - place.floor())
    place = torch.arange(radii, device=samples.device) + along_radius[:, None] + 1
    first = place.floor().clamp(0, radii)
    return _between(F.pad(turned, (0, 0, 1, 1)), 2, first.long(), (place - first).clamp(0, 1))


def _between(
    samples: Float[Tensor, "n c r a"], dim: int, first: Tensor, part: Float[Tensor, "n k"]
) -> Float[Tensor, "n c r2 a2"]:
    """``(1 - part)`` of the samples number ``first`` (N, K) along an axis and ``part`` of those behind them."""
    shape = [first.shape[0], 1, 1, 1]
    shape[dim] = first.shape[1]
    size = [*samples.shape]
    size[dim] = first.shape[1]

    def at(index: Tensor) -> Tensor:
        return samples.gather(dim, index.view(shape).expand(size))

    return torch.lerp(at(first), at((first + 1) % samples.shape[dim]), part.view(shape))


class EquivariantTransformer(Classifier):
    """See the module's description."""

    def __init__(self, image_size: int, channels: int, classes: int, widths: Sequence[int], pose: int) -> None:
        super().__init__(image_size, channels, classes, features=widths[-1])
        check_angle_stride(ANGLES, STRIDE)
        self.polar = PolarSampling(image_size, RADII, ANGLES, REACH, logarithmic=True)
        self.pose = PosePredictor(2 * channels + 1, pose)
        self.body = _body(2 * channels + 1, widths)

    @property
    def resampling_flop(self) -> int:
        """The bilinear samples of every channel, and two linear interpolations of each."""
        return (self.polar.flop + 2 * 3 * RADII * ANGLES) * self.channels

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Features (N, widths[-1]) of the canonical image."""
        canonical = self.canonical(self.polar(self.brightness.scaled(images.double())))
        views = polar_views(canonical, self.polar.radius).to(parameter_dtype(self))
        features: Tensor = self.body(views.contiguous(memory_format=torch.channels_last))
        return features

    def canonical(self, samples: Float[Tensor, "n c r a"]) -> Float[Tensor, "n c r a"]:
        """Samples in double precision, shifted so that their pose is zero."""
        flux = self.brightness.stretched(samples)
        weights = {name: weight.double() for name, weight in self.pose.named_parameters()}
        along_radius, along_angle = functional_call(self.pose, weights, (polar_views(flux, self.polar.radius),))
        return shifted(flux, along_radius, along_angle)


def _body(inputs: int, widths: Sequence[int]) -> nn.Sequential:
    """Strided convolutions, then a dense layer of the last map of 3 radii and 12 angles."""
    *maps, hidden = widths
    layers: list[nn.Module] = []
    for before, width in zip([inputs, *maps], maps, strict=False):
        layers += [CircularConv(before, width, KERNEL, (2, 2)), nn.BatchNorm2d(width), nn.ReLU()]
    places = (RADII // 2 ** len(maps)) * (ANGLES // 2 ** len(maps))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(places * maps[-1], hidden), nn.ReLU())


@register("equivariant_transformer", group="C4", exact=True, reference="Tai et al. 2019, arXiv:1901.11399")
def equivariant_transformer(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The network in log-polar coordinates."""
    *widths, pose = scaled((32, 32, 64, 64, 64, 16), width)
    return EquivariantTransformer(image_size, channels, classes, widths, pose)
