"""A small steerable network of regular fields, and three of them of the plain cnn's cost in the registry.

Importing this module registers ``equal_c8`` and ``equal_c16``, which at 64 px and width 1 cost within 3 % of what
``cnn`` does, ``peak_c16``, which differs from the latter in that it keeps the largest value over the plane too, and
``digits_c8``, which at 28 px costs a twelfth of the cheapest of e2cnn's networks that it is to beat.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from lensym.models.blocks import Halving, mean_and_maximum
from lensym.models.classifier import Classifier
from lensym.models.registry import register
from lensym.models.width import scaled
from lensym.symmetry import (
    DiskMask,
    FieldBatchNorm,
    FieldModule,
    FieldSequential,
    FieldType,
    Group,
    GroupPool,
    PointwiseNonlinearity,
    SeparableSteerableConv,
    SteerableConv,
    cyclic,
    regular_type,
    trivial_type,
)

FIRST_KERNEL, KERNEL = 7, 5
EQUAL = ("equal_c8", "equal_c16", "peak_c16")
"""Networks of cnn's cost."""
DIGITS = ("digits_c8",)
"""Networks for digits."""


class SmallSteerable(Classifier):
    """Regular fields: a dense first convolution, then separable blocks, halved (antialiased) before each stage.

    Parameters
    ----------
    image_size, channels, classes
        Of the images and the answer.
    group
        C_N or D_N.
    fields
        Regular fields of each stage.
    halved
        How often the image is halved before anything else.
    closing
        Fields of a last separable block whose filters are as large as the map, so that they see where in it what lies;
        0 for the mean over the plane instead.
    peak
        Whether the largest value over the plane stands beside the mean. It falls between the pixels of a coarse map,
        and changes with every turn by another angle than a quarter.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        classes: int,
        group: Group,
        fields: Sequence[int],
        halved: int = 0,
        closing: int = 0,
        peak: bool = False,
    ) -> None:
        super().__init__(image_size, channels, classes, features=closing or (2 if peak else 1) * fields[-1])
        image, regular = trivial_type(group, channels), regular_type(group, fields[0])
        layers: list[FieldModule] = [DiskMask(image, margin=1), *(Halving(image) for _ in range(halved))]
        layers.append(_active(SteerableConv(image, regular, FIRST_KERNEL, padding=FIRST_KERNEL // 2, bias=False)))
        for count in fields[1:]:
            layers += [Halving(regular), _block(regular, regular_type(group, count))]
            regular = layers[-1].out_type
            layers.append(Residual(regular))
        if closing:
            size = math.ceil(image_size / 2 ** (halved + len(fields) - 1))
            layers.append(_block(regular, regular_type(group, closing), size, padding=0))
            regular = layers[-1].out_type
        self.peak = peak
        self.body = FieldSequential(*layers, GroupPool(regular))

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """The largest values over the group, at the one pixel left or their mean over the plane."""
        x = self.body(self.brightness(images).contiguous(memory_format=torch.channels_last))
        return mean_and_maximum(x) if self.peak else x.mean(dim=(2, 3))


class Residual(FieldModule):
    """A block whose input is added to its output."""

    def __init__(self, fields: FieldType) -> None:
        super().__init__(fields, fields)
        self.branch = _block(fields, fields)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Fields of the same kind."""
        y: Tensor = x + self.branch(x)
        return y


def _block(
    in_type: FieldType, out_type: FieldType, kernel: int = KERNEL, padding: int = KERNEL // 2
) -> FieldSequential:
    return _active(SeparableSteerableConv(in_type, out_type, kernel, padding=padding, bias=False))


def _active(conv: FieldModule) -> FieldSequential:
    return FieldSequential(conv, FieldBatchNorm(conv.out_type), PointwiseNonlinearity(conv.out_type))


@register("equal_c8", group="C8", exact=False, reference="Weiler & Cesa 2019, arXiv:1911.08251")
def equal_c8(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """C8 at cnn's cost."""
    return SmallSteerable(image_size, channels, classes, cyclic(8), scaled((4, 10, 20), width), halved=1)


@register("equal_c16", group="C16", exact=False, reference="Weiler & Cesa 2019, arXiv:1911.08251")
def equal_c16(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """C16 at cnn's cost."""
    return _c16(image_size, channels, classes, width)


@register("peak_c16", group="C16", exact=False, reference="Weiler & Cesa 2019, arXiv:1911.08251")
def peak_c16(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """C16 at cnn's cost, with the largest value over the plane."""
    return _c16(image_size, channels, classes, width, peak=True)


def _c16(image_size: int, channels: int, classes: int, width: float, peak: bool = False) -> Classifier:
    return SmallSteerable(image_size, channels, classes, cyclic(16), scaled((2, 4, 10), width), halved=1, peak=peak)


@register("digits_c8", group="C8", exact=False, reference="Weiler & Cesa 2019, arXiv:1911.08251")
def digits_c8(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """C8 for digits; chosen by the validation digits alone."""
    *fields, closing = scaled((6, 12, 24, 64), width)
    return SmallSteerable(image_size, channels, classes, cyclic(8), fields, closing=closing)
