"""Pieces that the networks of fields share."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from lensym.symmetry import (
    AntialiasedPool,
    FieldBatchNorm,
    FieldModule,
    FieldSequential,
    FieldType,
    PointwiseNonlinearity,
)


class Halving(FieldModule):
    """Half as many pixels a side, for even and odd sizes: n to n / 2 or (n + 1) / 2.

    The blur has 4 px for an even size and 3 for an odd one, so that the pixels kept are symmetric about the centre
    and the symmetry is exact at every size.
    """

    def __init__(self, in_type: FieldType) -> None:
        super().__init__(in_type, in_type)
        self.even, self.odd = AntialiasedPool(in_type, 4), AntialiasedPool(in_type, 3)

    def forward(self, x: Float[Tensor, "n c h h"]) -> Float[Tensor, "n c i i"]:
        """The blurred and thinned map."""
        pool = self.odd if x.shape[-1] % 2 else self.even
        halved: Tensor = pool(x)
        return halved


def activated(conv: FieldModule, function: str = "relu") -> FieldSequential:
    """A convolution with batch normalisation and a pointwise function behind it."""
    fields = conv.out_type
    return FieldSequential(conv, FieldBatchNorm(fields), PointwiseNonlinearity(fields, function))


def halvings(image_size: int, final_size: int) -> int:
    """How often to halve an image so that at most about ``final_size`` pixels a side are left.

    >>> [halvings(size, 14) for size in (16, 28, 64, 150)]
    [1, 1, 3, 4]
    """
    return max(0, math.ceil(math.log2(image_size / final_size)))


def mean_and_maximum(maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
    """The mean and the largest value over the plane, (N, 2 C)."""
    return torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)
