"""The fast convolutions beside plain twins: loops over fields and group elements, filters moved one by one."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lensym.errors import SymmetryError
from lensym.symmetry import (
    DepthwiseGroupConv,
    Group,
    GroupConv,
    LiftingConv,
    PointwiseGroupConv,
    SeparableGroupConv,
    cyclic,
    dihedral,
    regular_type,
    trivial_type,
)
from lensym.symmetry.conv import FieldConv

C4, D4 = cyclic(4), dihedral(4)


def bias_of(conv: FieldConv) -> Tensor:
    return conv.weight.new_zeros(len(conv.weight)) if conv.bias is None else conv.bias


def lifting_twin(conv: LiftingConv, x: Tensor) -> Tensor:
    group, k = conv.in_type.group, conv.kernel_size
    base = conv.weight.view(*conv.weight.shape[:2], k, k)
    outputs = []
    for field, filters in enumerate(base):
        for g in group.elements:
            moved = group.transform(filters, g)
            outputs.append(F.conv2d(x, moved[None], bias_of(conv)[field : field + 1], conv.stride, conv.padding))
    return torch.cat(outputs, dim=1)


def group_twin(conv: GroupConv, x: Tensor) -> Tensor:
    group, k = conv.in_type.group, conv.kernel_size
    inputs = x.unflatten(1, (-1, group.order))
    base = conv.weight.view(*conv.weight.shape[:2], group.order, k, k)
    outputs = []
    for field, filters in enumerate(base):
        for g in group.elements:
            total = bias_of(conv)[field]
            for source in range(filters.shape[0]):
                for h in group.elements:
                    moved = group.transform(filters[source, group.multiply(group.inverse(g), h)], g)
                    seen = inputs[:, source, h].unsqueeze(1)
                    total = total + F.conv2d(seen, moved[None, None], None, conv.stride, conv.padding)
            outputs.append(total)
    return torch.cat(outputs, dim=1)


def pointwise_twin(conv: PointwiseGroupConv, x: Tensor) -> Tensor:
    group = conv.in_type.group
    inputs = x.unflatten(1, (-1, group.order))
    outputs = []
    for field, weights in enumerate(conv.weight):
        for g in group.elements:
            total = torch.zeros_like(x[:, 0]) + bias_of(conv)[field]
            for source in range(weights.shape[0]):
                for h in group.elements:
                    total = total + weights[source, group.multiply(group.inverse(g), h)] * inputs[:, source, h]
            outputs.append(total)
    return torch.stack(outputs, dim=1)


def depthwise_twin(conv: DepthwiseGroupConv, x: Tensor) -> Tensor:
    group, k = conv.in_type.group, conv.kernel_size
    outputs = []
    for field, weights in enumerate(conv.weight):
        for h in group.elements:
            moved = group.transform(weights.view(1, 1, k, k), h)
            channel = x[:, field * group.order + h].unsqueeze(1)
            outputs.append(F.conv2d(channel, moved, bias_of(conv)[field : field + 1], conv.stride, conv.padding))
    return torch.cat(outputs, dim=1)


def separable_twin(conv: SeparableGroupConv, x: Tensor) -> Tensor:
    depthwise, pointwise = conv.layers
    return pointwise_twin(pointwise, depthwise_twin(depthwise, x))


TWINS = {
    "lifting": (lambda g: LiftingConv(trivial_type(g, 2), regular_type(g, 3), 3, padding=1), lifting_twin),
    "lifting, strided": (lambda g: LiftingConv(trivial_type(g, 2), regular_type(g, 3), 4, 2, 1), lifting_twin),
    "group": (lambda g: GroupConv(regular_type(g, 2), regular_type(g, 3), 3, padding=1), group_twin),
    "group, strided": (lambda g: GroupConv(regular_type(g, 2), regular_type(g, 2), 4, 2, 1), group_twin),
    "pointwise": (lambda g: PointwiseGroupConv(regular_type(g, 2), regular_type(g, 3)), pointwise_twin),
    "pointwise as group": (lambda g: PointwiseGroupConv(regular_type(g, 2), regular_type(g, 3)), group_twin),
    "depthwise": (lambda g: DepthwiseGroupConv(regular_type(g, 3), 5, padding=2), depthwise_twin),
    "depthwise, strided": (lambda g: DepthwiseGroupConv(regular_type(g, 3), 4, 2, 1), depthwise_twin),
    "separable": (lambda g: SeparableGroupConv(regular_type(g, 2), regular_type(g, 3), 3, padding=1), separable_twin),
}


@pytest.mark.parametrize("name", TWINS)
def test_the_fast_path_agrees_with_its_plain_twin(name, group):
    layer, twin = TWINS[name]
    module = layer(group).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    x = torch.randn(2, module.in_type.size, 6, 6, dtype=torch.float64, requires_grad=True)
    fast, slow = module(x), twin(module, x)
    torch.testing.assert_close(fast, slow, rtol=0, atol=1e-12)
    direction = torch.randn_like(fast)
    gradients = [torch.autograd.grad(y, [x, *module.parameters()], direction) for y in (fast, slow)]
    for of_fast, of_slow in zip(*gradients, strict=True):
        torch.testing.assert_close(of_fast, of_slow, rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("module", "weights"),
    [
        (LiftingConv(trivial_type(D4, 2), regular_type(D4, 3), 5), 2 * 3 * 25 + 3),
        (GroupConv(regular_type(D4, 2), regular_type(D4, 3), 5), 2 * 3 * 8 * 25 + 3),
        (PointwiseGroupConv(regular_type(C4, 2), regular_type(C4, 3)), 2 * 3 * 4 + 3),
        (DepthwiseGroupConv(regular_type(D4, 3), 5), 3 * 25 + 3),
        (SeparableGroupConv(regular_type(D4, 2), regular_type(D4, 3), 5), 2 * 25 + 2 * 3 * 8 + 3),
    ],
)
def test_each_field_has_its_own_filters_and_one_bias(module, weights):
    assert sum(parameter.numel() for parameter in module.parameters()) == weights


def test_weights_on_disk_hold_nothing_that_the_group_fixes():
    assert set(GroupConv(regular_type(D4, 1), regular_type(D4, 1), 3).state_dict()) == {"weight", "bias", "made_for"}


@pytest.mark.parametrize(
    "conv",
    [
        LiftingConv(trivial_type(D4, 8), regular_type(D4, 8), 5, padding=2),
        GroupConv(regular_type(D4, 8), regular_type(D4, 8), 3, padding=1),
        DepthwiseGroupConv(regular_type(D4, 64), 5, padding=2),
        PointwiseGroupConv(regular_type(D4, 16), regular_type(D4, 16)),
    ],
    ids=lambda conv: type(conv).__name__,
)
def test_a_relu_after_fresh_weights_keeps_the_second_moment(conv):
    """He's rule: the mean square of relu(conv(x)) is that of x. Seen away from the edge, where zeros come in."""
    x = torch.randn(8, conv.in_type.size, 24, 24)
    inner = conv(x)[:, :, 4:-4, 4:-4].relu()
    assert inner.square().mean().item() == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            lambda: LiftingConv(regular_type(D4, 1), regular_type(D4, 2), 3),
            r"takes trivial and gives regular fields only; got in 'D4: 1 regular \(8 channels\)' and out 'D4: 2",
        ),
        (
            lambda: GroupConv(regular_type(D4, 1), trivial_type(D4, 8), 3),
            r"GroupConv takes regular and gives regular .* out 'D4: 8 trivial \(8 channels\)'",
        ),
        (lambda: DepthwiseGroupConv(trivial_type(D4, 2) + regular_type(D4, 1), 3), r"'D4: 2 trivial \+ 1 regular"),
        (
            lambda: GroupConv(regular_type(D4, 1), regular_type(C4, 2), 3),
            r"one group on both sides; got in 'D4: 1 regular \(8 channels\)' and out 'C4: 2 regular \(8 channels\)'",
        ),
        (
            lambda: GroupConv(regular_type(Group.parse("C8"), 1), regular_type(Group.parse("C8"), 1), 3),
            r"maps the pixel grid onto itself .*; got C8",
        ),
    ],
)
def test_types_that_do_not_fit_are_refused(layer, message):
    with pytest.raises(SymmetryError, match=message):
        layer()


def test_features_of_another_type_are_refused():
    conv = GroupConv(regular_type(D4, 2), regular_type(D4, 2), 3)
    with pytest.raises(SymmetryError, match=r"takes \(N, 16, H, W\) of type 'D4: 2 regular \(16 channels\)'; got"):
        conv(torch.zeros(1, 8, 5, 5))


@pytest.mark.parametrize("kernel", [3, 4])
def test_sizes_that_break_the_symmetry_are_refused(kernel):
    conv = DepthwiseGroupConv(regular_type(D4, 1), kernel, stride=2, padding=1)
    good, bad = (9, 8) if kernel == 3 else (8, 9)
    assert conv(torch.zeros(1, 8, good, good)).shape[-1] == (good + 1) // 2
    with pytest.raises(SymmetryError, match=f"got {bad}; use {bad - 1} or {bad + 1}"):
        conv(torch.zeros(1, 8, good, bad))


def test_repr_shows_fields_and_geometry():
    assert repr(DepthwiseGroupConv(regular_type(D4, 2), 3, stride=2, padding=1, bias=False)) == (
        "DepthwiseGroupConv(D4: 2 regular (16 channels), kernel_size=3, stride=2, padding=1, bias=False)"
    )
