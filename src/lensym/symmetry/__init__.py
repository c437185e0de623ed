"""Equivariant layers for rotations and reflections of the plane, in plain torch.

A feature map has a field type: a group, and for each field how its channels move. Layers state the types they take
and give, and refuse what does not fit. Whatever the group, they are exact for its elements that map the pixel grid
onto itself (multiples of 90 degrees and the reflections that go with them), and approximate for the others. The
notation is that of Weiler & Cesa 2019, arXiv:1911.08251.

>>> import torch
>>> from lensym.symmetry import (
...     FieldBatchNorm, FieldSequential, GroupPool, PointwiseNonlinearity, SpatialPool, SteerableConv,
...     assert_equivariant, dihedral, regular_type, trivial_type,
... )
>>> d8 = dihedral(8)
>>> features = regular_type(d8, 4)
>>> net = FieldSequential(
...     SteerableConv(trivial_type(d8, 1), features, kernel_size=5, padding=2),
...     FieldBatchNorm(features),
...     PointwiseNonlinearity(features, "relu"),
...     GroupPool(features),
...     SpatialPool(trivial_type(d8, 4)),
... )
>>> net.out_type
D8: 4 trivial (4 channels)
>>> net(torch.randn(2, 1, 9, 9)).shape
torch.Size([2, 4])
>>> assert_equivariant(net, d8)

Groups
    ``cyclic(n)``, ``dihedral(n, axis=0)``, ``so2()``, ``o2()``, ``parse_group(name)``; classes ``PlaneGroup``,
    ``Group(rotations, reflections=False, axis=0)``, ``ContinuousGroup(reflections=False)``. ``group.contains(other)``,
    ``group.embed(h, subgroup)``, ``group.grid_elements``, ``group.transform(x, g)``, ``group.label(g)``.
Representations
    ``trivial(group)``, ``regular(group)``, ``quotient(group, subgroup)``, ``irrep(group, label)``,
    ``spectral(group, max_frequency)``, ``from_irreps(irreps, name=None)``, ``direct_sum(representations, name=None)``,
    ``Representation(group, name, matrices)``; ``.matrix(g)``, ``.restrict(subgroup)``, ``.change_basis(basis, name)``,
    ``.decomposition``. The irreducible ones themselves: ``irreps(group, max_frequency=None)``, ``Irrep``.
Field types
    ``trivial_type(group, count)``, ``regular_type(group, count)``, ``quotient_type(group, subgroup, count)``,
    ``irrep_type(group, label, count)``, ``FieldType.of(representation, count)``, ``FieldType(group, fields)``; sums
    with ``+``; ``.restrict(subgroup)``, ``.transform(x, g)``, ``.size``, ``.fields``.
Convolutions, any group and fields
    ``SteerableConv(in_type, out_type, kernel_size, stride=1, padding=0, bias=True, rings=None)``,
    ``DepthwiseSteerableConv(in_type, kernel_size, stride=1, padding=0, bias=True, rings=None)``,
    ``PointwiseConv(in_type, out_type, bias=True)``,
    ``SeparableSteerableConv(in_type, out_type, kernel_size, stride=1, padding=0, bias=True, rings=None)``;
    ``Rings.standard(kernel_size)``, ``Rings.compact(kernel_size)``, ``Rings(radii, widths, cutoffs)``.
Convolutions of grid groups (C1, C2, C4, D1, D2, D4), filters without band limit
    ``LiftingConv(in_type, out_type, kernel_size, stride=1, padding=0, bias=True)``, ``GroupConv`` (the same),
    ``DepthwiseGroupConv(in_type, kernel_size, stride=1, padding=0, bias=True)``,
    ``PointwiseGroupConv(in_type, out_type, bias=True)``, ``SeparableGroupConv`` (as ``GroupConv``).
Normalisation, any fields
    ``FieldBatchNorm(in_type, eps=1e-5, momentum=0.1)``, ``FieldInstanceNorm(in_type, eps=1e-5)``,
    ``FieldLayerNorm(in_type, eps=1e-5)``.
Nonlinearities
    ``PointwiseNonlinearity(in_type, function="relu")`` for fields whose channels are permuted,
    ``NormNonlinearity(in_type)`` for orthogonal ones, ``GatedNonlinearity(out_type, function="relu")`` for all (give
    the convolution before it ``gated.in_type``), ``FourierNonlinearity(in_type, function="relu", rotations=None)`` for
    fields such as ``spectral(group, k)``.
Pooling, and what else leaves the fields as they are
    ``AntialiasedPool(in_type, kernel_size=4, stride=2)``, ``SpatialPool(in_type)``,
    ``GroupPool(in_type, reduction="max")``, ``NormPool(in_type)``, ``Upsample(in_type, scale=2, align_corners=False)``,
    ``DiskMask(in_type, margin=0)``, ``FieldDropout(in_type, p=0.5)``, ``RestrictionModule(in_type, subgroup)``.
Together
    ``FieldSequential(*modules)``; ``FieldModule(in_type, out_type)`` is the base of a layer of one's own;
    ``fold(module)`` gives plain torch modules for inference and export.
Checks of any torch module
    ``assert_equivariant(module, group, x=None, *, in_type=None, out_type=None, dtype=torch.float64, seed=0,
    tolerance=None)``, ``equivariance_error`` (the same, without the tolerance, gives the error of each element),
    ``smooth_equivariance_error(module, group, elements=None, *, size=33, in_type=None, out_type=None, ...)`` for
    angles off the grid, ``layer_audit(module, images, group)`` for what each layer has learned and
    ``layer_curves(module, images, angles)`` for the same over the angle.
"""

from __future__ import annotations

from lensym.symmetry.audit import LayerCurve, LayerEquivariance, layer_audit, layer_curves
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
from lensym.symmetry.kinds import direct_sum, quotient, regular, spectral
from lensym.symmetry.mask import DiskMask
from lensym.symmetry.module import FieldModule, FieldSequential
from lensym.symmetry.nonlinearity import GatedNonlinearity, NormNonlinearity, PointwiseNonlinearity
from lensym.symmetry.norm import FieldBatchNorm, FieldInstanceNorm, FieldLayerNorm
from lensym.symmetry.plane import Isometry, PlaneGroup
from lensym.symmetry.pointwise import PointwiseConv, SeparableSteerableConv
from lensym.symmetry.pool import AntialiasedPool, GroupPool, NormPool, SpatialPool
from lensym.symmetry.representation import Representation, from_irreps, irrep, trivial
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
    "LayerCurve",
    "LayerEquivariance",
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
    "layer_audit",
    "layer_curves",
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
