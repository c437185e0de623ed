from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lensym.errors import SymmetryError
from lensym.symmetry import (
    DepthwiseSteerableConv,
    FieldType,
    Rings,
    SteerableConv,
    cyclic,
    dihedral,
    equivariance_error,
    irrep_type,
    irreps,
    o2,
    quotient_type,
    regular_type,
    so2,
    spectral,
    trivial_type,
)

C8, D4 = cyclic(8), dihedral(4)


def plain_depthwise(conv: DepthwiseSteerableConv, x):
    outputs = []
    for run, filters in zip(conv.in_type.runs, conv.filters, strict=True):
        seen = filters.shape[1]
        for block, start in zip(filters.split(seen), range(run.channels.start, run.channels.stop, seen), strict=True):
            outputs.append(F.conv2d(x[:, start : start + seen], block, None, conv.stride, conv.padding))
    return torch.cat(outputs, dim=1) + conv.bias()[:, None, None]


def test_depthwise_sees_each_field_alone():
    fields = regular_type(D4, 2) + irrep_type(D4, "E1", 3) + trivial_type(D4, 1)
    conv = DepthwiseSteerableConv(fields, 5, stride=2, padding=2).double()
    for weight in conv.bias.weights:
        torch.nn.init.normal_(weight)
    x = torch.randn(2, fields.size, 9, 9, dtype=torch.float64)
    torch.testing.assert_close(conv(x), plain_depthwise(conv, x))
    assert [tuple(filters.shape[:2]) for filters in conv.filters] == [(16, 1), (6, 2), (1, 1)]


@pytest.mark.parametrize(
    ("inputs", "outputs", "kernel", "weights"),
    [
        (trivial_type(C8, 2), regular_type(C8, 3), 5, 2 * 3 * 11 + 3),  # 1 + 5 + 5 circular harmonics
        (regular_type(C8, 2), regular_type(C8, 3), 5, 2 * 3 * 8 * 11 + 3),
        (regular_type(D4, 2), regular_type(D4, 3), 3, 2 * 3 * 8 * 6 + 3),
        (trivial_type(so2(), 1), trivial_type(so2(), 1), 7, 4 + 1),  # the rings
        (trivial_type(o2(), 1), irrep_type(o2(), "psi_1,1", 1), 5, 2),
        (trivial_type(so2(), 1), irrep_type(so2(), "psi_1", 1), 5, 4),
    ],
)
def test_free_weights(inputs, outputs, kernel, weights):
    conv = SteerableConv(inputs, outputs, kernel)
    assert sum(parameter.numel() for parameter in conv.parameters()) == weights


@pytest.mark.parametrize("group", [C8, dihedral(8), so2(), o2()], ids=str)
def test_a_relu_after_fresh_weights_keeps_the_second_moment(group):
    fields = regular_type(group, 16) if group in (C8, dihedral(8)) else FieldType.of(spectral(group, 2), 16)
    x = torch.randn(4, fields.size, 16, 16)
    for conv in (SteerableConv(fields, fields, 5), DepthwiseSteerableConv(fields, 5)):
        assert conv(x).square().mean().item() == pytest.approx(2, rel=0.3)


@pytest.mark.parametrize("group", [C8, dihedral(8), so2(), o2()], ids=str)
def test_between_the_multiples_of_90_degrees_it_is_nearly_equivariant(group):
    """A smooth blob turned by 45 degrees: the mean of the response's square turns with it, that of a plain net's no."""
    y, x = torch.meshgrid(torch.arange(-12.0, 13), torch.arange(-12.0, 13), indexing="ij")

    def blob(angle: float):
        c, s = math.cos(angle), math.sin(angle)
        u, v = c * x + s * y, -s * x + c * y
        return torch.exp(-((u - 3) ** 2 / 18 + v**2 / 8))[None, None]

    def change(conv) -> float:
        first, second = (conv(blob(angle)).square().sum() for angle in (0.0, math.pi / 4))
        return abs(second / first - 1).item()

    vector = irreps(group, 1)[-1].name
    steerable = SteerableConv(trivial_type(group, 1), irrep_type(group, vector, 4), 7, bias=False)
    assert change(steerable) < 0.02
    assert change(torch.nn.Conv2d(1, 8, 7, bias=False)) > 0.02


def test_rings_can_be_chosen():
    conv = SteerableConv(trivial_type(C8, 1), regular_type(C8, 1), 5, rings=Rings.compact(5))
    assert conv.weights[0].shape == (1, 1, 1 + 5 + 3)


def test_fields_that_no_kernel_reaches_are_refused():
    with pytest.raises(SymmetryError, match=r"a kernel of 1 px can reach from 'SO2: 2 trivial \(2 .*; got psi_1, to"):
        SteerableConv(trivial_type(so2(), 2), irrep_type(so2(), "psi_1", 1), 1)
    mixed = trivial_type(so2(), 2) + irrep_type(so2(), "psi_1", 1)
    assert SteerableConv(mixed, mixed, 1).weights[1].numel() == 0  # reached from elsewhere


def test_two_groups_are_refused():
    with pytest.raises(SymmetryError, match=r"in 'C8: 1 trivial .*' and out 'D4: 1 regular"):
        SteerableConv(trivial_type(C8, 1), regular_type(D4, 1), 3)


def test_sizes_that_break_the_symmetry_are_refused():
    with pytest.raises(SymmetryError, match="got 8; use 7 or 9"):
        SteerableConv(trivial_type(C8, 1), regular_type(C8, 1), 3, stride=2, padding=1)(torch.zeros(1, 1, 8, 8))


def test_one_kernel_of_the_basis_spoilt_fails():
    conv = SteerableConv(trivial_type(C8, 1), regular_type(C8, 1), 5).double()
    conv.expansions[0].moved[1, 3] *= 1.1
    # the check rounds the constants anew; this one is put in their place
    conv.expansions[0]._exact["moved"] = conv.expansions[0].moved.clone()
    assert max(equivariance_error(conv, C8, torch.randn(1, 1, 9, 9)).values()) > 1e-3


def test_repr():
    assert repr(SteerableConv(trivial_type(so2(), 1), trivial_type(so2(), 1), 3, bias=False)) == (
        "SteerableConv(SO2: 1 trivial (1 channel), kernel_size=3, stride=1, padding=0, bias=False)"
    )


def test_quotient_fields_mix_with_others():
    fields = quotient_type(D4, dihedral(1), 2)
    filters = SteerableConv(fields, regular_type(D4, 1), 3).filters
    assert filters.shape == (8, 8, 3, 3)
    assert np.isfinite(filters.detach().numpy()).all()
