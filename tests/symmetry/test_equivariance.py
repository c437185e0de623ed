"""Every layer under every group, on even and odd sizes, in both precisions, before and after training."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from lensym.errors import SymmetryError
from lensym.symmetry import (
    AntialiasedPool,
    DepthwiseGroupConv,
    FieldBatchNorm,
    FieldModule,
    FieldSequential,
    Group,
    GroupConv,
    GroupPool,
    LiftingConv,
    PointwiseGroupConv,
    PointwiseNonlinearity,
    SeparableGroupConv,
    SpatialPool,
    assert_equivariant,
    equivariance_error,
    regular_type,
    trivial_type,
)
from lensym.symmetry.testing import TOLERANCES

EVEN, ODD = 6, 7


def image(group: Group):
    return trivial_type(group, 2)


def features(group: Group):
    return regular_type(group, 2)


def mixed(group: Group):
    return trivial_type(group, 1) + regular_type(group, 2)


def network(group: Group) -> FieldSequential:
    hidden, wide = regular_type(group, 3), regular_type(group, 4)
    return FieldSequential(
        LiftingConv(image(group), hidden, 5, padding=2),
        FieldBatchNorm(hidden),
        PointwiseNonlinearity(hidden),
        SeparableGroupConv(hidden, wide, 3, padding=1),
        FieldBatchNorm(wide),
        PointwiseNonlinearity(wide, "gelu"),
        AntialiasedPool(wide),
        GroupConv(wide, wide, 3, padding=1),
        PointwiseNonlinearity(wide, "elu"),
        GroupPool(wide),
        SpatialPool(trivial_type(group, 4)),
    )


Layer = Callable[[Group], FieldModule]
LAYERS: dict[str, tuple[Layer, tuple[int, ...]]] = {
    "lifting": (lambda g: LiftingConv(image(g), features(g), 3, padding=1), (EVEN, ODD)),
    "lifting, even kernel": (lambda g: LiftingConv(image(g), features(g), 4, padding=1), (EVEN, ODD)),
    "lifting, stride 2": (lambda g: LiftingConv(image(g), features(g), 5, stride=2, padding=2), (ODD,)),
    "group": (lambda g: GroupConv(features(g), regular_type(g, 3), 3, padding=1), (EVEN, ODD)),
    "group, no bias": (lambda g: GroupConv(features(g), features(g), 3, bias=False), (EVEN, ODD)),
    "group, stride 2": (lambda g: GroupConv(features(g), features(g), 4, stride=2, padding=1), (EVEN,)),
    "group, stride 3": (lambda g: GroupConv(features(g), features(g), 3, stride=3, padding=1), (ODD,)),
    "depthwise": (lambda g: DepthwiseGroupConv(features(g), 3, padding=1), (EVEN, ODD)),
    "depthwise, stride 2": (lambda g: DepthwiseGroupConv(features(g), 3, stride=2, padding=1), (ODD,)),
    "pointwise": (lambda g: PointwiseGroupConv(features(g), regular_type(g, 3)), (EVEN, ODD)),
    "separable": (lambda g: SeparableGroupConv(features(g), regular_type(g, 3), 5, padding=2), (EVEN, ODD)),
    "batch norm": (lambda g: FieldBatchNorm(mixed(g)), (EVEN, ODD)),
    "relu": (lambda g: PointwiseNonlinearity(mixed(g), "relu"), (EVEN, ODD)),
    "elu": (lambda g: PointwiseNonlinearity(mixed(g), "elu"), (EVEN, ODD)),
    "gelu": (lambda g: PointwiseNonlinearity(mixed(g), "gelu"), (EVEN, ODD)),
    "antialiased pool, even": (lambda g: AntialiasedPool(mixed(g), 4), (EVEN,)),
    "antialiased pool, odd": (lambda g: AntialiasedPool(mixed(g), 3), (ODD,)),
    "antialiased pool, stride 3": (lambda g: AntialiasedPool(mixed(g), 5, stride=3), (ODD,)),
    "group pool, max": (lambda g: GroupPool(mixed(g), "max"), (EVEN, ODD)),
    "group pool, mean": (lambda g: GroupPool(mixed(g), "mean"), (EVEN, ODD)),
    "spatial pool": (lambda g: SpatialPool(mixed(g)), (EVEN, ODD)),
    "network": (network, (8, 10)),
}


CASES = [pytest.param(layer, size, id=f"{name}-{size}") for name, (layer, sizes) in LAYERS.items() for size in sizes]


def train(module: nn.Module, x: torch.Tensor, steps: int = 3) -> None:
    """A few steps towards a target that has no symmetry at all."""
    optimiser = torch.optim.Adam(module.parameters(), lr=0.05)
    module.train()
    target = torch.randn_like(module(x))
    for _ in range(steps):
        optimiser.zero_grad()
        nn.functional.mse_loss(module(x), target).backward()
        optimiser.step()


@pytest.mark.parametrize(("layer", "size"), CASES)
def test_layers_before_and_after_training(layer, size, group, dtype):
    module = layer(group)
    x = torch.randn(2, module.in_type.size, size, size)
    assert_equivariant(module, group, x, dtype=dtype)
    if list(module.parameters()):
        before = {name: value.clone() for name, value in module.state_dict().items()}
        train(module, x)
        assert any(not torch.equal(value, before[name]) for name, value in module.state_dict().items())
        assert_equivariant(module, group, x, dtype=dtype)


def test_maps_that_are_not_square(group, dtype):
    module = network(group)
    assert_equivariant(module, group, torch.randn(1, 2, 8, 12), dtype=dtype)


def test_a_classifier_on_top_is_invariant(group, dtype):
    classifier = nn.Sequential(network(group), nn.Linear(4, 3))
    x = torch.randn(2, 2, 8, 8)
    train(classifier, x)
    assert_equivariant(classifier, group, x, dtype=dtype)


def test_the_layers_can_tell_orientations_apart(group):
    """Not vacuous: features before the pool do change when the image moves (for every group but the trivial one)."""
    module = LiftingConv(image(group), features(group), 3, padding=1)
    x = torch.randn(1, 2, 7, 7)
    for g in group.elements[1:]:
        assert (module(image(group).transform(x, g)) - module(x)).abs().max() > 0.1


# what must fail


def plain_network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 4, 3, padding=1))


@pytest.mark.parametrize("name", ["C2", "C4", "D1", "D2", "D4"])
def test_a_plain_network_fails(name, dtype):
    group = Group.parse(name)
    errors = equivariance_error(plain_network(), group, out_type=trivial_type(group, 4), dtype=dtype)
    assert errors["e"] <= TOLERANCES[dtype]
    assert all(error > 1e-3 for element, error in errors.items() if element != "e")


def test_an_odd_kernel_at_stride_2_on_an_even_size_fails_in_torch_and_is_refused_here(dtype):
    """With a symmetric filter, so that the stride alone is at fault."""
    group = Group.parse("D4")
    plain = nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)
    nn.init.ones_(plain.weight)
    one = trivial_type(group, 1)
    x = torch.randn(1, 1, 8, 8)
    assert max(equivariance_error(plain, group, x, out_type=one, dtype=dtype).values()) > 1e-3
    assert_equivariant(plain, group, torch.randn(1, 1, 9, 9), out_type=one, dtype=dtype)
    ours = LiftingConv(one, regular_type(group, 1), 3, stride=2, padding=1)
    with pytest.raises(SymmetryError, match="got 8; use 7 or 9"):
        ours(x)


@pytest.mark.parametrize("name", ["C2", "C4", "D1", "D2", "D4"])
@pytest.mark.parametrize("kind", ["lifting", "group", "depthwise", "pointwise", "separable"])
def test_one_filter_permuted_wrongly_fails(kind, name, dtype):
    group = Group.parse(name)
    module = LAYERS[kind][0](group)
    conv = module.layers[0] if kind == "separable" else module
    conv.orbits[1] = conv.orbits[1].flatten().roll(1).view_as(conv.orbits[1])
    errors = equivariance_error(module, group, torch.randn(1, module.in_type.size, 7, 7), dtype=dtype)
    assert max(errors.values()) > 1e-3
