"""The digit classifier that e2cnn documents as its example, built of e2cnn's layers.

Importing this module registers ``example_c8`` and ``example_d8``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from e2cnn import gspaces
from e2cnn import nn as enn
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from e2cnn_mended import mend_e2cnn
from lensym.models.classifier import Classifier
from lensym.models.registry import Build, register
from lensym.models.width import scaled

FIELDS = (24, 48, 48, 96, 96, 64)
KERNELS = (7, 5, 5, 5, 5, 5)
PADDINGS = (1, 2, 2, 2, 2, 1)
POOLED_AFTER = (2, 4)
SIZE = 28
SIGMA = 0.66
"""Of the blur before pixels are left out."""


class E2cnnExample(Classifier):
    """Six convolutions of regular fields on 29 px, two antialiased halvings, the largest value over the group.

    Parameters
    ----------
    group
        C8, D8, or another cyclic or dihedral group.
    width
        Factor on the fields of each layer; 1 is the documented network.
    """

    shapes_depend_on_values: ClassVar[bool] = True  # e2cnn compares its modules by values when a counter asks for them

    def __init__(self, group: str, classes: int, width: float = 1.0) -> None:
        *fields, hidden = scaled((*FIELDS, FIELDS[-1]), width)
        super().__init__(SIZE, 1, classes, features=hidden)
        mend_e2cnn()
        space = (gspaces.Rot2dOnR2 if group[0] == "C" else gspaces.FlipRot2dOnR2)(int(group[1:]))
        self.image_type = enn.FieldType(space, [space.trivial_repr])
        self.body = nn.ModuleList(_layers(self.image_type, fields))
        self.dense = nn.Sequential(nn.Linear(fields[-1], hidden), nn.BatchNorm1d(hidden), nn.ELU())

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """The dense layer, (N, hidden)."""
        x = enn.GeometricTensor(F.pad(images, (0, 1, 0, 1)), self.image_type)
        for layer in self.body:
            x = layer(x)
        features: Tensor = self.dense(x.tensor.flatten(1))
        return features


def _layers(kind: enn.FieldType, fields: Sequence[int]) -> list[nn.Module]:
    """From the image to one map of a pixel for each field."""
    layers: list[nn.Module] = [enn.MaskModule(kind, SIZE + 1, margin=1)]
    for number, (count, kernel, padding) in enumerate(zip(fields, KERNELS, PADDINGS, strict=True), start=1):
        regular = enn.FieldType(kind.gspace, count * [kind.gspace.regular_repr])
        layers.append(enn.R2Conv(kind, regular, kernel, padding=padding, bias=False))
        kind = regular
        layers += [enn.InnerBatchNorm(kind), enn.ReLU(kind, inplace=True)]
        if number in POOLED_AFTER:
            layers.append(enn.PointwiseAvgPoolAntialiased(kind, SIGMA, stride=2))
    return [*layers, enn.PointwiseAvgPoolAntialiased(kind, SIGMA, stride=1, padding=0), enn.GroupPooling(kind)]


def _example(group: str) -> Build:
    def build(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
        assert (image_size, channels) == (SIZE, 1)  # the benchmark has no others
        return E2cnnExample(group, classes, width)

    return build


EXAMPLES = tuple(f"example_{group.lower()}" for group in ("C8", "D8"))
for _group, _name in zip(("C8", "D8"), EXAMPLES, strict=True):
    register(_name, group=_group, exact=False, reference="e2cnn's example; Weiler & Cesa 2019")(_example(_group))
