from __future__ import annotations

import math
from fractions import Fraction

import pytest
import torch
from torch import nn

from lensym.errors import SymmetryError
from lensym.symmetry import (
    FieldSequential,
    GroupPool,
    Isometry,
    PointwiseNonlinearity,
    SteerableConv,
    cyclic,
    dihedral,
    irrep_type,
    o2,
    regular_type,
    smooth_equivariance_error,
    so2,
    trivial_type,
)
from lensym.symmetry.smooth import blobs, interpolate

C8 = cyclic(8)


def network(group) -> FieldSequential:
    fields = regular_type(group, 4)
    return FieldSequential(
        SteerableConv(trivial_type(group, 1), fields, 5, padding=2),
        PointwiseNonlinearity(fields),
        SteerableConv(fields, fields, 5, padding=2),
        GroupPool(fields),
    )


def plain_network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.Conv2d(32, 4, 5, padding=2))


def test_a_network_of_c8_stands_out_from_a_plain_one_at_45_degrees():
    ours = smooth_equivariance_error(network(C8), C8)
    plain = smooth_equivariance_error(plain_network(), C8, out_type=trivial_type(C8, 4))
    assert ours["r2"] < 1e-12  # a quarter turn, exact
    assert 1e-6 < ours["r"] < 0.1
    assert plain["r"] > 5 * ours["r"]


def test_and_a_network_of_c4_does_not_keep_45_degrees():
    """The same check under a larger group than the network's."""
    narrow = nn.Sequential(network(cyclic(4)), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    wide = nn.Sequential(network(C8), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    errors = [smooth_equivariance_error(module, C8)["r"] for module in (narrow, wide)]
    assert errors[1] < errors[0] / 5


@pytest.mark.parametrize("group", [dihedral(8), so2(), o2()], ids=str)
def test_vectors_turn(group):
    vectors = irrep_type(group, "E1", 2)
    conv = SteerableConv(trivial_type(group, 1), vectors, 7, padding=3)
    errors = smooth_equivariance_error(conv, group)
    assert len(errors) == {"D8": 16, "SO2": 16, "O2": 32}[group.name]
    assert max(errors.values()) < 0.05
    unmixed = smooth_equivariance_error(conv, group, out_type=trivial_type(group, 4), in_type=conv.in_type)
    assert max(unmixed.values()) > 0.5


def test_elements_can_be_chosen():
    vectors = irrep_type(so2(), "psi_1", 1)
    errors = smooth_equivariance_error(nn.Identity(), so2(), [0.1, 0.2], in_type=vectors, out_type=vectors)
    assert list(errors) == ["5.72958", "11.4592"]


def test_blobs_move_as_the_grid_does():
    fields = regular_type(dihedral(4), 1)
    for g in dihedral(4).elements:
        moved = fields.transform(blobs(fields, 12, 0), g)
        torch.testing.assert_close(blobs(fields, 12, g), moved, rtol=0, atol=1e-12)


def test_interpolation_is_the_grid_s_at_quarter_turns_and_comes_back_from_others():
    x = blobs(trivial_type(so2(), 1), 41, 0.0)
    quarter = interpolate(x, Isometry(Fraction(90), True))
    torch.testing.assert_close(quarter, x.flip(-2).rot90(1, (-1, -2)), rtol=0, atol=1e-12)
    turned = interpolate(x, Isometry(Fraction(30), False))
    assert (turned - x).abs().max() > 0.1
    expected = blobs(trivial_type(so2(), 1), 41, math.pi / 6)
    assert (turned - expected).abs().max() < 0.02 * x.abs().max()
    with pytest.raises(SymmetryError, match=r"square maps, .*\(1, 1, 2, 3\)"):
        interpolate(torch.zeros(1, 1, 2, 3), Isometry(Fraction(30), False))


def test_maps_that_are_not_square_are_refused():
    shrinks = nn.AvgPool2d((2, 1))
    one = trivial_type(so2(), 1)
    with pytest.raises(SymmetryError, match="square maps"):
        smooth_equivariance_error(shrinks, so2(), in_type=one, out_type=one)
