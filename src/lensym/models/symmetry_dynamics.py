"""symmetry_dynamics: the symmetries of fluids as those of photometry: sky level, flux unit, rotation, zoom.

Wang, Walters & Yu 2021 (arXiv:2002.03061) build four symmetries of flows into the layers of networks. On an image

- uniform motion, the same vector added everywhere, is the level of the sky: as there, each window is taken less its
  mean, which for a linear filter is the filter less its mean (:class:`SkyFreeLifting`);
- magnitude is the unit of flux: each value is computed in units of the scale of what surrounds it and multiplied by
  that again, so that a map grows with the image (:class:`MagnitudeActivation`), and the last maps are divided by the
  size of the first;
- rotation is that of the plane, here with reflections, as a group convolution (D4 instead of SO(2));
- scale is a zoom: the same weights see the image and its halving, and the larger answer counts.

The logits are exactly invariant under D4, and to rounding under any sky level, which may differ from channel to
channel, and any unit of flux. The zoom is a truncated symmetry: an image and the one half as large have one of their
two answers in common, so that the invariance is rough and only by a factor of two. The layers do what normalisation
by :mod:`lensym.models.normalise` does for other networks, so there is none here.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from lensym.models.blocks import Halving, halvings, mean_and_maximum
from lensym.models.classifier import Classifier
from lensym.models.registry import register
from lensym.models.width import scaled
from lensym.symmetry import (
    FieldBatchNorm,
    FieldModule,
    FieldSequential,
    FieldType,
    GroupConv,
    GroupPool,
    LiftingConv,
    PointwiseNonlinearity,
    dihedral,
    regular_type,
    trivial_type,
)

LAYERS = 5
LIFTING_KERNEL, KERNEL = 5, 3
FINAL_SIZE = 14
"""Largest size of the last map in pixels."""
HALVED_BEFORE = (1, 3, 2, 4)
"""Layers before which the map is halved, in the order in which larger images call for them."""
FLOOR = 1e-2
"""Scale of a value's surroundings in units of the map's, added so that nothing is divided by zero."""


class SkyFreeLifting(LiftingConv):
    """A lifting convolution of each window less its mean in each channel; without padding, which would show the sky."""

    @property
    def filters(self) -> Float[Tensor, "o i k k"]:
        """Filters of mean 0."""
        filters = super().filters
        return filters - filters.mean(dim=(2, 3), keepdim=True)


class MagnitudeActivation(FieldModule):
    """Batch normalisation and ReLU of each value in units of its surroundings, times that unit: 1-homogeneous.

    The unit is the root mean square over all channels and 3 x 3 pixels.
    """

    def __init__(self, in_type: FieldType) -> None:
        super().__init__(in_type, in_type)
        self.activation = FieldSequential(FieldBatchNorm(in_type), PointwiseNonlinearity(in_type))

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """A map that is ``s`` times as large where the input is."""
        self.check_input(x)
        square = x.square().mean(dim=1, keepdim=True)
        around = F.avg_pool2d(square, 3, 1, 1, count_include_pad=False)
        unit = _root(around + FLOOR**2 * square.mean(dim=(2, 3), keepdim=True))
        activated: Tensor = unit * self.activation(x / unit)
        return activated


class SymmetryDynamics(Classifier):
    """See the module's description."""

    heeds_brightness = False

    def __init__(self, image_size: int, channels: int, classes: int, fields: int) -> None:
        super().__init__(image_size, channels, classes, features=2 * fields)
        d4 = dihedral(4)
        image, hidden = trivial_type(d4, channels), regular_type(d4, fields)
        self.zoom = Halving(image)
        self.lift = SkyFreeLifting(image, hidden, LIFTING_KERNEL, bias=False)
        halved = HALVED_BEFORE[: halvings(image_size, FINAL_SIZE)]
        layers: list[FieldModule] = [MagnitudeActivation(hidden)]
        for layer in range(1, LAYERS):
            layers += [Halving(hidden)] if layer in halved else []
            conv = GroupConv(hidden, hidden, KERNEL, padding=KERNEL // 2, bias=False)
            layers += [conv, MagnitudeActivation(hidden)]
        self.body = FieldSequential(*layers, GroupPool(hidden))

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """The larger of the features of the image and of its halving, (N, 2 fields)."""
        # the filters take no notice of the sky's level, but what is far above zero has few digits left for the rest
        images = images - images.detach().amin(dim=(2, 3), keepdim=True)
        return torch.maximum(self._at_one_zoom(images), self._at_one_zoom(self.zoom(images)))

    def _at_one_zoom(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        lifted = self.lift(images)
        # a mean over a mean and a maximum over a maximum, so that how much of the frame the source fills cancels
        scale = mean_and_maximum(lifted.abs().mean(dim=1, keepdim=True)).clamp(min=torch.finfo(lifted.dtype).tiny)
        return mean_and_maximum(self.body(lifted)) / scale.repeat_interleave(self.feature_count // 2, dim=1)


def _root(square: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Square root that one may divide by; that of a map of zeros has a gradient too."""
    return square.clamp(min=torch.finfo(square.dtype).tiny).sqrt()


@register("symmetry_dynamics", group="D4", exact=True, reference="Wang, Walters & Yu 2021, arXiv:2002.03061")
def symmetry_dynamics(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The network of all four symmetries."""
    (fields,) = scaled((8,), width)
    return SymmetryDynamics(image_size, channels, classes, fields)
