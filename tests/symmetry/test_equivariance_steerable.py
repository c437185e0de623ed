"""Every layer for any group and field, on even and odd sizes, in both precisions, before and after training."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from lensym.symmetry import (
    AntialiasedPool,
    DepthwiseSteerableConv,
    DiskMask,
    FieldBatchNorm,
    FieldDropout,
    FieldInstanceNorm,
    FieldLayerNorm,
    FieldModule,
    FieldSequential,
    FieldType,
    FourierNonlinearity,
    GatedNonlinearity,
    Group,
    GroupPool,
    NormNonlinearity,
    NormPool,
    PlaneGroup,
    PointwiseConv,
    PointwiseNonlinearity,
    RestrictionModule,
    SeparableSteerableConv,
    SpatialPool,
    SteerableConv,
    Upsample,
    assert_equivariant,
    cyclic,
    dihedral,
    equivariance_error,
    irrep_type,
    o2,
    quotient_type,
    regular_type,
    so2,
    spectral,
    trivial_type,
)

EVEN, ODD = 6, 7
GROUPS = [cyclic(8), dihedral(2, axis=45), dihedral(8), so2(), o2()]


def image(group: PlaneGroup) -> FieldType:
    return trivial_type(group, 1)


def permuted(group: PlaneGroup) -> FieldType:
    """Fields whose channels are permuted, of several kinds where there are several."""
    if not isinstance(group, Group):
        return trivial_type(group, 3)
    return regular_type(group, 2) + quotient_type(group, cyclic(2), 1) + trivial_type(group, 1)


def mixed(group: PlaneGroup) -> FieldType:
    """Fields whose channels are mixed as well."""
    return permuted(group) + irrep_type(group, _vector(group), 2) + series(group)


def _vector(group: PlaneGroup) -> str:
    return "psi_1,1" if group.reflections else "psi_1"


def series(group: PlaneGroup) -> FieldType:
    return FieldType.of(spectral(group, 1), 2)


def network(group: PlaneGroup) -> FieldSequential:
    hidden = trivial_type(group, 2) + irrep_type(group, _vector(group), 2)
    gated = GatedNonlinearity(hidden)
    return FieldSequential(
        DiskMask(image(group)),
        SteerableConv(image(group), gated.in_type, 5, padding=2),
        FieldBatchNorm(gated.in_type),
        gated,
        SeparableSteerableConv(hidden, mixed(group), 3, padding=1),
        FieldBatchNorm(mixed(group)),
        NormNonlinearity(mixed(group)),
        AntialiasedPool(mixed(group)),
        NormPool(mixed(group)),
        SpatialPool(trivial_type(group, len(mixed(group).fields))),
    )


Layer = Callable[[PlaneGroup], FieldModule]
LAYERS: dict[str, tuple[Layer, tuple[int, ...]]] = {
    "steerable": (lambda g: SteerableConv(mixed(g), mixed(g), 3, padding=1), (EVEN, ODD)),
    "steerable, even kernel": (lambda g: SteerableConv(image(g), mixed(g), 4, padding=1), (EVEN, ODD)),
    "steerable, stride 2": (lambda g: SteerableConv(permuted(g), mixed(g), 5, stride=2, padding=2), (ODD,)),
    "steerable, even, stride 2": (lambda g: SteerableConv(mixed(g), permuted(g), 4, stride=2, padding=1), (EVEN,)),
    "depthwise": (lambda g: DepthwiseSteerableConv(mixed(g), 5, padding=2), (EVEN, ODD)),
    "depthwise, stride 2": (lambda g: DepthwiseSteerableConv(mixed(g), 3, stride=2, padding=1), (ODD,)),
    "pointwise": (lambda g: PointwiseConv(mixed(g), mixed(g)), (EVEN, ODD)),
    "separable": (lambda g: SeparableSteerableConv(mixed(g), permuted(g), 3, padding=1), (EVEN, ODD)),
    "batch norm": (lambda g: FieldBatchNorm(mixed(g)), (EVEN, ODD)),
    "instance norm": (lambda g: FieldInstanceNorm(mixed(g)), (EVEN, ODD)),
    "layer norm": (lambda g: FieldLayerNorm(mixed(g)), (EVEN, ODD)),
    "relu": (lambda g: PointwiseNonlinearity(permuted(g)), (EVEN, ODD)),
    "norm relu": (lambda g: NormNonlinearity(mixed(g)), (EVEN, ODD)),
    "gated": (lambda g: GatedNonlinearity(mixed(g), "elu"), (EVEN, ODD)),
    "fourier": (lambda g: FourierNonlinearity(series(g)), (EVEN, ODD)),
    "dropout": (lambda g: FieldDropout(mixed(g)), (EVEN, ODD)),
    "antialiased pool": (lambda g: AntialiasedPool(mixed(g)), (EVEN,)),
    "antialiased pool, odd": (lambda g: AntialiasedPool(mixed(g), 3), (ODD,)),
    "group pool": (lambda g: GroupPool(permuted(g)), (EVEN, ODD)),
    "norm pool": (lambda g: NormPool(mixed(g)), (EVEN, ODD)),
    "spatial pool": (lambda g: SpatialPool(mixed(g)), (EVEN, ODD)),
    "mask": (lambda g: DiskMask(mixed(g), 1), (EVEN, ODD)),
    "upsample": (lambda g: Upsample(mixed(g)), (EVEN, ODD)),
    "upsample, corners": (lambda g: Upsample(mixed(g), 3, align_corners=True), (EVEN, ODD)),
    "network": (network, (8, 10)),
}


PRECISIONS = [(group, torch.float64) for group in GROUPS] + [(group, torch.float32) for group in (cyclic(8), o2())]


@pytest.mark.parametrize(("group", "dtype"), PRECISIONS, ids=str)
@pytest.mark.parametrize("name", LAYERS)
def test_layers_before_and_after_training(name, group, dtype):
    layer, sizes = LAYERS[name]
    module = layer(group)
    for size in sizes:
        x = torch.randn(2, module.in_type.size, size, size)
        assert_equivariant(module, group, x, dtype=dtype)
    if dtype == torch.float64 and list(module.parameters()):
        train(module, x)
        assert_equivariant(module, group, x, dtype=dtype)


def train(module: nn.Module, x: torch.Tensor, steps: int = 2) -> None:
    """A few steps towards a target that has no symmetry at all."""
    before = [parameter.detach().clone() for parameter in module.parameters()]
    optimiser = torch.optim.Adam(module.parameters(), lr=0.05)
    module.train()
    target = torch.randn_like(module(x))
    for _ in range(steps):
        optimiser.zero_grad()
        nn.functional.mse_loss(module(x), target).backward()
        optimiser.step()
    assert any(not torch.equal(new, old) for new, old in zip(module.parameters(), before, strict=True))


RESTRICTIONS = [
    (dihedral(8), cyclic(4)),
    (dihedral(8), dihedral(2, axis=45)),
    (cyclic(8), cyclic(2)),
    (dihedral(4), dihedral(1, axis=45)),
    (o2(), dihedral(4)),
    (o2(), so2()),
    (so2(), cyclic(8)),
]


@pytest.mark.parametrize(("group", "subgroup"), RESTRICTIONS, ids=str)
def test_a_network_that_gives_up_symmetry_keeps_the_subgroup_s(group, subgroup, dtype):
    before, restriction = mixed(group), RestrictionModule(mixed(group), subgroup)
    after = restriction.out_type
    chain = FieldSequential(
        SteerableConv(image(group), before, 3, padding=1),
        NormNonlinearity(before),
        restriction,
        SteerableConv(after, after, 3, padding=1),
        FieldBatchNorm(after),
        NormNonlinearity(after),
    )
    x = torch.randn(1, 1, ODD, ODD)
    assert_equivariant(chain, subgroup, x, dtype=dtype)
    # lengths of fields do not ask what the channels do: they move with the plane as far as the symmetry is left
    lengths = nn.Sequential(chain, NormPool(after))
    scalars = trivial_type(group, len(after.fields))
    errors = equivariance_error(lengths, group, x, in_type=image(group), out_type=scalars, dtype=dtype)
    for g in group.grid_elements:
        kept = subgroup.element(group.isometry(g)) is not None
        assert errors[group.label(g)] <= 1e-5 if kept else errors[group.label(g)] > 1e-3


# what must fail


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_layers_of_no_group_fail(group, dtype):
    plain = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU())
    errors = equivariance_error(plain, group, torch.randn(1, 1, 7, 7), out_type=trivial_type(group, 4), dtype=dtype)
    first, *others = errors.values()
    assert first <= 1e-5
    assert min(others) > 1e-3


@pytest.mark.parametrize("group", [cyclic(8), dihedral(4), o2()], ids=str)
@pytest.mark.parametrize("name", ["a bias on each channel", "a relu on each channel", "dropout of channels"])
def test_what_is_not_admissible_fails(name, group):
    """The plain counterparts of bias, nonlinearity and dropout, on fields of vectors."""
    fields = irrep_type(group, _vector(group), 2)
    bias = nn.Conv2d(4, 4, 1, groups=4)
    nn.init.ones_(bias.weight)
    plain = {"a bias on each channel": bias, "a relu on each channel": nn.ReLU(), "dropout of channels": Drop()}[name]
    x = torch.randn(1, 4, 5, 5)
    assert max(equivariance_error(plain, group, x, in_type=fields, out_type=fields).values()) > 1e-3


class Drop(nn.Module):
    def forward(self, x):
        return x * torch.tensor([1.0, 0.0, 1.0, 1.0], dtype=x.dtype).view(1, 4, 1, 1)
