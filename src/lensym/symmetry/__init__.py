"""Exactly equivariant layers for rotations by 90 degrees and reflections, in plain torch.

A feature map has a field type: a group, and for each field how its channels move. Layers state the types they take
and give, and refuse what does not fit. Groups on the pixel grid: C1, C2, C4, D1, D2, D4.

>>> import torch
>>> from lensym.symmetry import (
...     FieldSequential, GroupPool, LiftingConv, PointwiseNonlinearity, SpatialPool,
...     assert_equivariant, dihedral, regular_type, trivial_type,
... )
>>> d4 = dihedral(4)
>>> features = regular_type(d4, 4)
>>> net = FieldSequential(
...     LiftingConv(trivial_type(d4, 1), features, kernel_size=5, padding=2),
...     PointwiseNonlinearity(features, "relu"),
...     GroupPool(features),
...     SpatialPool(trivial_type(d4, 4)),
... )
>>> net.out_type
D4: 4 trivial (4 channels)
>>> net(torch.randn(2, 1, 9, 9)).shape
torch.Size([2, 4])
>>> assert_equivariant(net, d4)
"""

from __future__ import annotations

from lensym.symmetry.conv import (
    DepthwiseGroupConv,
    GroupConv,
    LiftingConv,
    PointwiseGroupConv,
    SeparableGroupConv,
)
from lensym.symmetry.field import FieldType, regular_type, trivial_type
from lensym.symmetry.group import Group, cyclic, dihedral
from lensym.symmetry.module import FieldModule, FieldSequential
from lensym.symmetry.nonlinearity import PointwiseNonlinearity
from lensym.symmetry.norm import FieldBatchNorm
from lensym.symmetry.pool import AntialiasedPool, GroupPool, SpatialPool
from lensym.symmetry.representation import Representation, regular, trivial
from lensym.symmetry.testing import EquivarianceError, assert_equivariant, equivariance_error

__all__ = [
    "AntialiasedPool",
    "DepthwiseGroupConv",
    "EquivarianceError",
    "FieldBatchNorm",
    "FieldModule",
    "FieldSequential",
    "FieldType",
    "Group",
    "GroupConv",
    "GroupPool",
    "LiftingConv",
    "PointwiseGroupConv",
    "PointwiseNonlinearity",
    "Representation",
    "SeparableGroupConv",
    "SpatialPool",
    "assert_equivariant",
    "cyclic",
    "dihedral",
    "equivariance_error",
    "regular",
    "regular_type",
    "trivial",
    "trivial_type",
]
