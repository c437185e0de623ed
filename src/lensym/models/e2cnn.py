"""e2cnn_c4, e2cnn_c8, e2cnn_d4 and e2cnn_d8: the steerable networks of the published lens studies, made invariant.

The layers are those of the DeepLense studies (six steerable convolutions of 24, 48, 48, 96, 96 and 64 regular fields,
antialiased halvings behind the second and the fourth, then the largest value over the group and a dense layer of 64
numbers), which took them from the example of the e2cnn library (Weiler & Cesa 2019, arXiv:1911.08251).

The published networks are not invariant: the dense layer reads the last map, of 25 to 31 pixels a side, place by place,
and sees it turn; at even sizes their halvings do not keep the centre either. Here the dense layer reads the mean over
the plane, and the halvings keep it at every size. C4 and D4 are exact; C8 and D8 are exact for the quarter turns (and
their reflections) and approximate between.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.models.blocks import Halving, activated
from lensym.models.classifier import Classifier
from lensym.models.registry import Build, register
from lensym.models.width import scaled
from lensym.symmetry import (
    DiskMask,
    FieldModule,
    FieldSequential,
    Group,
    GroupPool,
    SteerableConv,
    cyclic,
    dihedral,
    regular_type,
    trivial_type,
)

KERNELS = (7, 5, 5, 5, 5, 5)
PADDINGS = (1, 2, 2, 2, 2, 1)
HALVED_AFTER = (2, 4)
FIELDS, HIDDEN = (24, 48, 48, 96, 96, 64), 64


class E2CNN(Classifier):
    """See the module's description."""

    def __init__(
        self, image_size: int, channels: int, classes: int, group: Group, fields: Sequence[int], hidden: int
    ) -> None:
        super().__init__(image_size, channels, classes, features=hidden)
        image = trivial_type(group, channels)
        layers: list[FieldModule] = [DiskMask(image, margin=1)]
        for number, (count, kernel, padding) in enumerate(zip(fields, KERNELS, PADDINGS, strict=True), start=1):
            regular = regular_type(group, count)
            layers.append(activated(SteerableConv(layers[-1].out_type, regular, kernel, padding=padding, bias=False)))
            if number in HALVED_AFTER:
                layers.append(Halving(regular))
        self.body = FieldSequential(*layers, GroupPool(layers[-1].out_type))
        self.dense = nn.Sequential(nn.Linear(fields[-1], hidden), nn.BatchNorm1d(hidden), nn.ELU())

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """The dense layer (N, hidden)."""
        x = self.brightness(images).contiguous(memory_format=torch.channels_last)
        features: Tensor = self.dense(self.body(x).mean(dim=(2, 3)))
        return features


def _network(group: Group) -> Build:
    def build(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
        *fields, hidden = scaled((*FIELDS, HIDDEN), width)
        return E2CNN(image_size, channels, classes, group, fields, hidden)

    return build


for _group in (cyclic(4), cyclic(8), dihedral(4), dihedral(8)):
    register(
        f"e2cnn_{_group.name.lower()}",
        group=_group.name,
        exact=_group.acts_on_grid,
        reference="Weiler & Cesa 2019, arXiv:1911.08251; DeepLense",
    )(_network(_group))
