"""steerable_d4: a steerable network of mixed fields of D4: irreducible, quotient and regular ones.

Cohen & Welling 2017 (arXiv:1612.08498): a feature may move with the image in any way that a representation of D4 says,
filters between such features are intertwiners, and each kind of feature has a nonlinearity that commutes with how it
moves. The kinds are all five irreducible ones (A1, A2, B1, B2 of one channel, E of two), the functions on D4 / C4 (two
channels) and on D4 / D1 (four), and the regular one (eight). Their network for images is residual; so is this one.

Other than there: the intertwiners come from circular harmonics instead of the null space of a linear system, since
sampled on pixels they span the same filters up to their band limit; the ReLU of pairs (CReLU), which the paper finds
best, is a ReLU of magnitude where the group changes signs or turns pairs, and a plain ReLU where it permutes channels.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.models.blocks import Halving, activated, halvings, mean_and_maximum
from lensym.models.classifier import Classifier
from lensym.models.registry import register
from lensym.models.width import scaled
from lensym.symmetry import (
    FieldBatchNorm,
    FieldModule,
    FieldSequential,
    FieldType,
    Group,
    GroupPool,
    NormNonlinearity,
    PointwiseNonlinearity,
    SteerableConv,
    cyclic,
    dihedral,
    irrep_type,
    quotient_type,
    regular_type,
    trivial_type,
)

IRREPS = ("A1", "A2", "B1", "B2", "E1")
FIRST_KERNEL, KERNEL = 7, 5
FINAL_SIZE = 14
"""Largest size of the last map in pixels."""
STAGES = 3
LIFTED = 3
"""Regular fields that the image is lifted to, in units of the fields of a kind: fields of A2 are out of its reach."""
HALVED_IN = (1, 2, 3, 0)
"""Stages at whose beginning the map is halved, in the order in which larger images call for them."""


class AdmissibleNonlinearity(FieldModule):
    """A ReLU where the group permutes channels, and of the magnitude of the other fields, whose directions stay."""

    def __init__(self, in_type: FieldType) -> None:
        super().__init__(in_type, in_type)
        self.parts = nn.ModuleList(_nonlinearity(FieldType.of(r.representation, r.count)) for r in in_type.runs)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Fields of the same kinds."""
        self.check_input(x)
        runs = zip(self.parts, self.in_type.runs, strict=True)
        return torch.cat([part(x[:, run.channels]) for part, run in runs], dim=1)


def _nonlinearity(fields: FieldType) -> FieldModule:
    return PointwiseNonlinearity(fields) if fields.permutes_channels else NormNonlinearity(fields)


def normalised(in_type: FieldType, out_type: FieldType) -> FieldSequential:
    """A steerable convolution and the normalisation behind it."""
    conv = SteerableConv(in_type, out_type, KERNEL, padding=KERNEL // 2, bias=False)
    return FieldSequential(conv, FieldBatchNorm(out_type))


class ResidualBlock(FieldModule):
    """Two steerable convolutions around which the fields are added."""

    def __init__(self, in_type: FieldType) -> None:
        super().__init__(in_type, in_type)
        first, second = (normalised(in_type, in_type) for _ in range(2))
        self.branch = FieldSequential(first, AdmissibleNonlinearity(in_type), second)
        self.nonlinearity = AdmissibleNonlinearity(in_type)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Fields of the same kinds."""
        y: Tensor = self.nonlinearity(x + self.branch(x))
        return y


class SteerableNet(Classifier):
    """See the module's description.

    Parameters
    ----------
    image_size, channels, classes
        Of the images and the answer.
    count
        Fields of each kind in the first stage; twice and three times as many in the others.
    """

    def __init__(self, image_size: int, channels: int, classes: int, count: int) -> None:
        d4, invariants = dihedral(4), 4 * STAGES * count
        super().__init__(image_size, channels, classes, features=2 * invariants)
        halved = HALVED_IN[: halvings(image_size, FINAL_SIZE)]
        fields: FieldType = regular_type(d4, LIFTED * count)
        lift = SteerableConv(trivial_type(d4, channels), fields, FIRST_KERNEL, padding=FIRST_KERNEL // 2, bias=False)
        layers: list[FieldModule] = [activated(lift)]
        for stage in range(STAGES + 1):
            layers += [Halving(fields)] if stage in halved else []
            if stage:
                mixed = mixed_fields(d4, stage * count)
                layers += [normalised(fields, mixed), AdmissibleNonlinearity(mixed), ResidualBlock(mixed)]
                fields = mixed
        # regular fields, which every kind leads to: none leads from A2 to trivial ones within the filters' band limit
        last = regular_type(d4, invariants)
        layers += [normalised(fields, last), AdmissibleNonlinearity(last)]
        self.body = FieldSequential(*layers, GroupPool(last))

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Mean and maximum over the plane of what is largest over the group, (N, 24 count)."""
        x = self.brightness(images).contiguous(memory_format=torch.channels_last)
        return mean_and_maximum(self.body(x))


def mixed_fields(d4: Group, count: int) -> FieldType:
    """``count`` fields of each kind, 20 channels in all.

    >>> mixed_fields(dihedral(4), 2).size
    40
    """
    quotients = quotient_type(d4, cyclic(4), count) + quotient_type(d4, dihedral(1), count)
    fields = quotients + regular_type(d4, count)
    for label in IRREPS:
        fields = fields + irrep_type(d4, label, count)
    return fields


@register("steerable_d4", group="D4", exact=True, reference="Cohen & Welling 2017, arXiv:1612.08498")
def steerable_d4(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The network of all kinds of fields."""
    (count,) = scaled((2,), width)
    return SteerableNet(image_size, channels, classes, count)
