from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from lensym.errors import SymmetryError
from lensym.symmetry import (
    FieldType,
    PointwiseConv,
    SeparableSteerableConv,
    cyclic,
    dihedral,
    equivariance_error,
    irrep_type,
    mixing,
    o2,
    quotient_type,
    regular_type,
    so2,
    spectral,
    trivial_type,
)

D4 = dihedral(4)
TYPES = {
    "C8 regular": (regular_type(cyclic(8), 3), regular_type(cyclic(8), 2)),
    "C5 regular": (regular_type(cyclic(5), 2), regular_type(cyclic(5), 3)),
    "D4 regular": (regular_type(D4, 3), regular_type(D4, 2)),
    "D3 mixed": (
        regular_type(dihedral(3), 2) + irrep_type(dihedral(3), "A2", 2) + trivial_type(dihedral(3), 1),
        irrep_type(dihedral(3), "E1", 2) + quotient_type(dihedral(3), dihedral(1), 2) + regular_type(dihedral(3), 1),
    ),
    "D4 mixed": (quotient_type(D4, dihedral(1), 2) + regular_type(D4, 1), regular_type(D4, 2)),
    "SO2": (FieldType.of(spectral(so2(), 2), 3), irrep_type(so2(), "psi_1", 2) + trivial_type(so2(), 1)),
    "O2": (FieldType.of(spectral(o2(), 2), 2), FieldType.of(spectral(o2(), 1), 3)),
}


@pytest.fixture(params=TYPES)
def conv(request) -> PointwiseConv:
    module = PointwiseConv(*TYPES[request.param]).double()
    for weight in module.bias.weights:
        torch.nn.init.normal_(weight)
    return module


def plain_filters(conv: PointwiseConv):
    """The matrix of all channels by the bases of both sides, part by part, with a gradient."""
    matrix = torch.zeros(conv.out_type.size, conv.in_type.size, dtype=torch.float64)
    for sector, weight in zip(conv.sectors, conv.weights, strict=True):
        for number, irrep in enumerate(sector.irreps):
            ins, outs = (columns(fields, irrep) for fields in (conv.in_type, conv.out_type))
            if irrep.commutes_with_rotations:
                turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
                a, b = weight[number]
                block = torch.einsum("oi,cd->ocid", a, torch.eye(2).double()) + torch.einsum("oi,cd->ocid", b, turn)
            else:
                block = torch.einsum("oi,cd->ocid", weight[number], torch.eye(irrep.size).double())
            matrix = matrix + torch.einsum("xoc,ocid,yid->xy", outs, block, ins)
    return matrix[:, :, None, None]


def columns(fields: FieldType, irrep):
    """Orthonormal vectors (channels of all fields, copies, channels of the irrep), copies of a field outermost."""
    found = []
    for run in fields.runs:
        basis = torch.from_numpy(run.representation.decomposition.basis)
        for copy in run.representation.decomposition.columns.get(irrep, []):
            for number in range(run.count):
                vectors = torch.zeros(fields.size, irrep.size, dtype=torch.float64)
                start = run.channels.start + number * run.representation.size
                vectors[start : start + run.representation.size] = basis[:, copy]
                found.append(vectors)
    return torch.stack(found, dim=1)


def test_it_is_the_plain_convolution_of_its_filters_with_all_gradients(conv):
    x = torch.randn(3, conv.in_type.size, 4, 5, dtype=torch.float64, requires_grad=True)
    direction = torch.randn(3, conv.out_type.size, 4, 5, dtype=torch.float64)
    fast, slow = conv(x), F.conv2d(x, plain_filters(conv), conv.bias())
    torch.testing.assert_close(fast, slow, rtol=0, atol=1e-12)
    torch.testing.assert_close(conv.filters, plain_filters(conv), rtol=0, atol=1e-12)
    gradients = [torch.autograd.grad(y, [x, *conv.parameters()], direction) for y in (fast, slow)]
    for of_fast, of_slow in zip(*gradients, strict=True):
        torch.testing.assert_close(of_fast, of_slow, rtol=0, atol=1e-11)


@pytest.mark.parametrize("piece", [1, 40, 150, 10**6])
def test_the_pieces_make_no_difference(conv, piece, monkeypatch):
    x = torch.randn(3, conv.in_type.size, 4, 5, dtype=torch.float64, requires_grad=True)
    whole = conv(x)
    expected = torch.autograd.grad(whole.square().sum(), [x, *conv.parameters()])
    monkeypatch.setattr(mixing, "PIECE", piece)
    torch.testing.assert_close(conv(x), whole, rtol=0, atol=1e-12)
    for one, other in zip(torch.autograd.grad(conv(x).square().sum(), [x, *conv.parameters()]), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-10)


def test_without_a_gradient_it_is_the_same(conv):
    x = torch.randn(2, conv.in_type.size, 3, 3, dtype=torch.float64)
    expected = conv(x).detach()
    with torch.no_grad():
        assert torch.equal(conv(x), expected)


def test_no_images_are_answered_by_none(conv):
    assert conv(torch.zeros(0, conv.in_type.size, 3, 4, dtype=torch.float64)).shape == (0, conv.out_type.size, 3, 4)


@pytest.mark.parametrize(("name", "per_pair"), [("C8", 2 + 3 * 2), ("D4", 8), ("D16", 32), ("C5", 1 + 2 * 2)])
def test_free_weights_are_the_order_for_each_pair_of_regular_fields(name, per_pair):
    group = cyclic(int(name[1:])) if name[0] == "C" else dihedral(int(name[1:]))
    conv = PointwiseConv(regular_type(group, 2), regular_type(group, 3), bias=False)
    assert sum(weight.numel() for weight in conv.parameters()) == 6 * per_pair


@pytest.mark.parametrize("group", [cyclic(8), dihedral(8)], ids=str)
def test_a_relu_after_fresh_weights_keeps_the_second_moment(group):
    conv = PointwiseConv(regular_type(group, 32), regular_type(group, 32))
    assert conv(torch.randn(2, conv.in_type.size, 8, 8)).relu().square().mean().item() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(("row", "kept"), [(2, True), (4, False)])
def test_one_row_of_the_transform_spoilt_fails(row, kept):
    """A part of one channel may be scaled; one of the two channels of E1 may not."""
    conv = PointwiseConv(*TYPES["D4 regular"]).double()
    conv.analysis._exact["transform_0"][row] *= 1.1
    assert (max(equivariance_error(conv, D4).values()) < 1e-12) == kept
    if not kept:
        assert max(equivariance_error(conv, D4).values()) > 1e-3


def test_separable_is_depthwise_then_pointwise():
    conv = SeparableSteerableConv(regular_type(cyclic(8), 2), regular_type(cyclic(8), 3), 5, stride=2, padding=2)
    depthwise, pointwise = conv.layers
    x = torch.randn(1, 16, 9, 9)
    assert torch.equal(conv(x), pointwise(depthwise(x)))
    assert conv(x).shape == (1, 24, 5, 5)
    assert depthwise.bias is None


def test_fields_without_a_common_part_are_refused():
    with pytest.raises(SymmetryError, match=r"share an irreducible part with 'D4: 2 trivial \(2 .*; got psi_1,1, to"):
        PointwiseConv(trivial_type(D4, 2), trivial_type(D4, 1) + irrep_type(D4, "E1", 1))


def test_parts_that_only_one_side_has_are_left_out():
    conv = PointwiseConv(regular_type(D4, 1), irrep_type(D4, "E1", 1))
    assert [tuple(weight.shape) for weight in conv.weights] == [(1, 1, 2)]
    assert conv(torch.randn(1, 8, 2, 2)).abs().max() > 0


def test_weights_have_the_spread_of_he():
    conv = PointwiseConv(regular_type(D4, 32), regular_type(D4, 32))
    assert conv.weights[1].std().item() == pytest.approx(math.sqrt(2 / 64), rel=0.1)
