from __future__ import annotations

import math

import pytest
import torch

from lensym.errors import SymmetryError, UsageError
from lensym.symmetry import (
    AntialiasedPool,
    GroupPool,
    NormPool,
    SpatialPool,
    dihedral,
    irrep_type,
    regular_type,
    trivial_type,
)

D4 = dihedral(4)
IMAGE = trivial_type(D4, 1)
MIXED = trivial_type(D4, 1) + regular_type(D4, 2)


@pytest.mark.parametrize(("kernel", "size", "halved"), [(4, 10, 5), (2, 10, 5), (3, 9, 5), (5, 9, 5), (6, 8, 4)])
def test_a_constant_stays_constant_at_half_the_size(kernel, size, halved):
    y = AntialiasedPool(IMAGE, kernel)(torch.full((1, 1, size, size), 3.0))
    torch.testing.assert_close(y, torch.full((1, 1, halved, halved), 3.0))


@pytest.mark.parametrize(("kernel", "size"), [(4, 10), (3, 9)])
def test_a_wave_beyond_the_new_grid_is_removed(kernel, size):
    """Alternating columns would alias to a constant; the blur has a zero there."""
    alternating = (-1.0) ** torch.arange(size).expand(1, 1, size, size)
    y = AntialiasedPool(IMAGE, kernel)(alternating)
    assert y[..., 1:-1].abs().max() < 1e-6
    assert alternating[..., ::2].min() == 1  # what plain subsampling would have kept


def test_a_ramp_is_sampled_at_places_symmetric_about_the_centre():
    ramp = torch.arange(10.0).sub(4.5).expand(1, 1, 10, 10)
    y = AntialiasedPool(IMAGE)(ramp)[0, 0, 2]
    torch.testing.assert_close(y[1:-1], torch.tensor([-2.0, 0.0, 2.0]))
    torch.testing.assert_close(y, -y.flip(0))


def test_weights_are_binomial():
    blur = AntialiasedPool(IMAGE, 5).blur
    torch.testing.assert_close(blur[2] * 256 / 6, torch.tensor([math.comb(4, k) for k in range(5)]).float())
    assert AntialiasedPool(IMAGE).state_dict() == {}


@pytest.mark.parametrize(("kernel", "size", "advice"), [(4, 9, "8 or 10"), (3, 10, "9 or 11")])
def test_sizes_that_break_the_symmetry_are_refused(kernel, size, advice):
    with pytest.raises(SymmetryError, match=f"got {size}; use {advice}"):
        AntialiasedPool(IMAGE, kernel)(torch.zeros(1, 1, size, size))


def test_group_pool_takes_each_field_by_itself():
    x = torch.randn(2, 17, 3, 3)
    largest, mean = GroupPool(MIXED, "max")(x), GroupPool(MIXED, "mean")(x)
    assert torch.equal(largest[:, 0], x[:, 0])
    for field, channels in ((1, slice(1, 9)), (2, slice(9, 17))):
        assert torch.equal(largest[:, field], x[:, channels].max(dim=1).values)
        torch.testing.assert_close(mean[:, field], x[:, channels].mean(dim=1))


def test_group_pool_refusals(vector_field):
    with pytest.raises(SymmetryError, match="GroupPool of fields whose channels the group permutes; got 'D4: 1 vector"):
        GroupPool(vector_field(D4))
    with pytest.raises(UsageError, match="did you mean 'mean'"):
        GroupPool(MIXED, "maen")


def test_spatial_pool_keeps_the_fields():
    x = torch.randn(2, 17, 3, 4)
    pool = SpatialPool(MIXED)
    assert pool.out_type == MIXED
    torch.testing.assert_close(pool(x), x.flatten(2).mean(2))


def test_norm_pool_is_the_length_of_each_field():
    fields = irrep_type(D4, "E1", 1) + trivial_type(D4, 1)
    y = NormPool(fields)(torch.tensor([3.0, 4.0, -2.0]).view(1, 3, 1, 1))
    torch.testing.assert_close(y.flatten(), torch.tensor([5.0, 2.0]))
    assert NormPool(fields).out_type == trivial_type(D4, 2)
