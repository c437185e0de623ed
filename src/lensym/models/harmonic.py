"""harmonic: a harmonic network, equivariant to every rotation of the plane as far as pixels allow.

Worrall et al. 2017 (arXiv:1612.04642): features are complex numbers of the rotation orders 0 and 1, filters circular
harmonics of any radial profile and phase, and the nonlinearity acts on the magnitude alone (C-ReLU). The shape is that
of the paper's rotated digits: three stages of two convolutions of 8, 16 and 32 features of each order with a halving
between, a last convolution whose magnitudes are added over the orders, and the mean over the plane.

A complex number is two channels here: those of order 0 stay as they are, those of order 1 turn with the image
(irreducible fields of SO(2)); the filters between them are all that commute with that, the conjugate ones too, which
complex multiplication leaves out. Every normalised stage has a threshold for each feature's magnitude. Exact for the
quarter turns (C4), approximate between.
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
    FieldModule,
    FieldSequential,
    FieldType,
    NormNonlinearity,
    NormPool,
    SteerableConv,
    direct_sum,
    irrep_type,
    so2,
    trivial,
    trivial_type,
)

KERNEL = 5
ORDERS = 2
"""Rotation orders 0 and 1."""


class Harmonic(Classifier):
    """See the module's description."""

    def __init__(self, image_size: int, channels: int, classes: int, counts: Sequence[int]) -> None:
        super().__init__(image_size, channels, classes, features=counts[-1])
        fields = trivial_type(so2(), channels)
        layers: list[FieldModule] = []
        for stage, count in enumerate(counts):
            streams = complex_streams(count)
            if stage:
                layers.append(Halving(fields))
            layers += [_normalised(fields, streams), _normalised(streams, streams)]
            fields = streams
        last = SteerableConv(fields, fields, KERNEL, padding=KERNEL // 2, bias=False)
        self.body = FieldSequential(*layers, last, NormPool(fields))

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Magnitudes, added over the orders, and their mean over the plane, (N, counts[-1])."""
        x = self.brightness(images).contiguous(memory_format=torch.channels_last)
        magnitudes: Tensor = self.body(x).mean(dim=(2, 3))
        return magnitudes.view(images.shape[0], ORDERS, self.feature_count).sum(dim=1)


def complex_streams(count: int) -> FieldType:
    """``count`` complex features of order 0 and as many of order 1, of two channels each."""
    order_0 = direct_sum([trivial(so2()), trivial(so2())], name="complex")
    return FieldType.of(order_0, count) + irrep_type(so2(), "psi_1", count)


def _normalised(inputs: FieldType, outputs: FieldType) -> FieldSequential:
    conv = SteerableConv(inputs, outputs, KERNEL, padding=KERNEL // 2, bias=False)
    return FieldSequential(conv, FieldBatchNorm(outputs), NormNonlinearity(outputs))


@register("harmonic", group="SO2", exact=False, reference="Worrall et al. 2017, arXiv:1612.04642")
def harmonic(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The network of the paper's rotated digits."""
    return Harmonic(image_size, channels, classes, scaled((8, 16, 32), width))
