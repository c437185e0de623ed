"""e2_wrn: a wide residual network whose symmetry grows smaller from stage to stage, D8 to D4 to D1.

Zagoruyko & Komodakis 2016 (WRN-16-8, arXiv:1605.07146) with the fields of Weiler & Cesa 2019 (arXiv:1911.08251, section
3): small structures occur at every orientation, so the first stage is equivariant under D8, the second under D4; the
image as a whole is upright but for a reflection, so the third is so under D1 alone. Restriction takes the fields of one
stage for fields of the next one's group.

The whole network is therefore invariant under D1 only: exactly, here the reflection of y. A lens is not upright; what
it lacks of D4 it must learn from turned images. There are as many channels as in the plain network, whose cost it has
(the example of the e2cnn library keeps the number of weights instead, at sqrt(|G|) times the channels). The halvings
come before a stage and are antialiased, where the published ones are strides; the first one only if the image is
larger than 48 px.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from lensym.models.blocks import Halving
from lensym.models.classifier import Classifier
from lensym.models.registry import register
from lensym.models.width import scaled
from lensym.symmetry import (
    FieldBatchNorm,
    FieldDropout,
    FieldModule,
    FieldSequential,
    FieldType,
    Group,
    PointwiseNonlinearity,
    RestrictionModule,
    SteerableConv,
    dihedral,
    regular_type,
    trivial_type,
)

GROUPS = (dihedral(8), dihedral(4), dihedral(1))
"""Of the three stages."""
BLOCKS = 2
"""Blocks of a stage: 16 layers."""
DROPOUT = 0.3
FIRST_KERNEL = 5
LARGE = 48
"""An image of more pixels a side is halved once more."""


class WideBlock(FieldModule):
    """Normalisation, ReLU and convolution, twice; the input is added, through a pointwise convolution if it must."""

    def __init__(self, in_type: FieldType, out_type: FieldType, kernel: int) -> None:
        super().__init__(in_type, out_type)
        self.enter = _active(in_type)
        self.branch = FieldSequential(
            _conv(in_type, out_type, kernel),
            _active(out_type),
            FieldDropout(out_type, DROPOUT),
            _conv(out_type, out_type, kernel),
        )
        self.shortcut = None if in_type == out_type else _conv(in_type, out_type, 1)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d h w"]:
        """Fields of ``out_type``."""
        active = self.enter(x)
        y: Tensor = self.branch(active) + (x if self.shortcut is None else self.shortcut(active))
        return y


def _active(fields: FieldType) -> FieldSequential:
    return FieldSequential(FieldBatchNorm(fields), PointwiseNonlinearity(fields))


def _conv(in_type: FieldType, out_type: FieldType, kernel: int) -> SteerableConv:
    return SteerableConv(in_type, out_type, kernel, padding=kernel // 2, bias=False)


class E2WideResNet(Classifier):
    """See the module's description.

    Parameters
    ----------
    image_size, channels, classes
        Of the images and the answer.
    widths
        Channels of the first convolution and of the three stages.
    """

    def __init__(self, image_size: int, channels: int, classes: int, widths: Sequence[int]) -> None:
        super().__init__(image_size, channels, classes, features=widths[-1])
        first = _regular(GROUPS[0], widths[0])
        layers: list[FieldModule] = [_conv(trivial_type(GROUPS[0], channels), first, FIRST_KERNEL)]
        for stage, (group, width) in enumerate(zip(GROUPS, widths[1:], strict=True)):
            fields = layers[-1].out_type
            if fields.group != group:
                layers.append(RestrictionModule(fields, group))
                fields = layers[-1].out_type
            if stage or image_size > LARGE:
                layers.append(Halving(fields))
            layers += _stage(fields, group, width, last=stage == len(GROUPS) - 1)
        self.body = FieldSequential(*layers, _active(layers[-1].out_type))

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Means over the plane of the last trivial fields, (N, widths[-1])."""
        x = self.brightness(images).contiguous(memory_format=torch.channels_last)
        maps: Tensor = self.body(x)
        return maps.mean(dim=(2, 3))


def _stage(fields: FieldType, group: Group, width: int, last: bool) -> list[FieldModule]:
    """Blocks of regular fields; the very last one gives trivial fields."""
    kernel = 5 if group.rotations > 4 else 3
    regular = _regular(group, width)
    end = trivial_type(group, width) if last else regular
    return [WideBlock(fields, regular, kernel), *(WideBlock(regular, end, kernel) for _ in range(BLOCKS - 1))]


def _regular(group: Group, channels: int) -> FieldType:
    """Regular fields of about so many channels."""
    return regular_type(group, max(1, round(channels / group.order)))


@register("e2_wrn", group="D1", exact=True, reference="Weiler & Cesa 2019, arXiv:1911.08251")
def e2_wrn(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """WRN-16-8."""
    return E2WideResNet(image_size, channels, classes, scaled((16, 128, 256, 512), width))
