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

from lensym.symmetry.continuous import ContinuousGroup, o2, parse_group, so2
from lensym.symmetry.conv import (
    DepthwiseGroupConv,
    GroupConv,
    LiftingConv,
    PointwiseGroupConv,
    SeparableGroupConv,
)
from lensym.symmetry.decomposition import Decomposition
from lensym.symmetry.dropout import FieldDropout
from lensym.symmetry.field import FieldType, irrep_type, quotient_type, regular_type, trivial_type
from lensym.symmetry.folding import fold
from lensym.symmetry.fourier import FourierNonlinearity
from lensym.symmetry.group import Group, cyclic, dihedral
from lensym.symmetry.irreducible import Irrep, irreps
from lensym.symmetry.mask import DiskMask
from lensym.symmetry.module import FieldModule, FieldSequential
from lensym.symmetry.nonlinearity import GatedNonlinearity, NormNonlinearity, PointwiseNonlinearity
from lensym.symmetry.norm import FieldBatchNorm, FieldInstanceNorm, FieldLayerNorm
from lensym.symmetry.plane import Isometry, PlaneGroup
from lensym.symmetry.pointwise import PointwiseConv, SeparableSteerableConv
from lensym.symmetry.pool import AntialiasedPool, GroupPool, NormPool, SpatialPool
from lensym.symmetry.representation import (
    Representation,
    direct_sum,
    from_irreps,
    irrep,
    quotient,
    regular,
    spectral,
    trivial,
)
from lensym.symmetry.restriction import RestrictionModule
from lensym.symmetry.rings import Rings
from lensym.symmetry.smooth import smooth_equivariance_error
from lensym.symmetry.steerable import DepthwiseSteerableConv, SteerableConv
from lensym.symmetry.testing import EquivarianceError, assert_equivariant, equivariance_error
from lensym.symmetry.upsample import Upsample

__all__ = [
    "AntialiasedPool",
    "ContinuousGroup",
    "Decomposition",
    "DepthwiseGroupConv",
    "DepthwiseSteerableConv",
    "DiskMask",
    "EquivarianceError",
    "FieldBatchNorm",
    "FieldDropout",
    "FieldInstanceNorm",
    "FieldLayerNorm",
    "FieldModule",
    "FieldSequential",
    "FieldType",
    "FourierNonlinearity",
    "GatedNonlinearity",
    "Group",
    "GroupConv",
    "GroupPool",
    "Irrep",
    "Isometry",
    "LiftingConv",
    "NormNonlinearity",
    "NormPool",
    "PlaneGroup",
    "PointwiseConv",
    "PointwiseGroupConv",
    "PointwiseNonlinearity",
    "Representation",
    "RestrictionModule",
    "Rings",
    "SeparableGroupConv",
    "SeparableSteerableConv",
    "SpatialPool",
    "SteerableConv",
    "Upsample",
    "assert_equivariant",
    "cyclic",
    "dihedral",
    "direct_sum",
    "equivariance_error",
    "fold",
    "from_irreps",
    "irrep",
    "irrep_type",
    "irreps",
    "o2",
    "parse_group",
    "quotient",
    "quotient_type",
    "regular",
    "regular_type",
    "smooth_equivariance_error",
    "so2",
    "spectral",
    "trivial",
    "trivial_type",
]
