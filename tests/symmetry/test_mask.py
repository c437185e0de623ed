from __future__ import annotations

import math

import pytest
import torch

from lensym.symmetry import DiskMask, cyclic, dihedral, trivial_type
from lensym.symmetry.mask import disc


@pytest.mark.parametrize("size", [8, 9])
def test_the_mask_is_a_disc_that_the_grid_s_symmetries_keep(size):
    mask = disc(size, size)
    for g in dihedral(4).elements:
        assert torch.equal(dihedral(4).transform(mask, g), mask)
    assert mask[0, 0] == 0
    assert mask[size // 2, 0] == 1 if size % 2 else mask[size // 2, 0] > 0.8
    assert mask.sum().item() == pytest.approx(math.pi * size**2 / 4, rel=0.06)


def test_a_margin_makes_it_smaller():
    assert torch.equal(disc(9, 9, 2.0)[2:-2, 2:-2], disc(5, 5))
    assert disc(9, 9, 2.0)[4, 1] == 0


def test_of_a_wide_map_the_disc_in_the_middle_is_left():
    assert disc(4, 10)[:, 0].sum() == 0
    assert torch.equal(disc(4, 10)[:, 3:-3], disc(4, 4))


def test_the_map_is_multiplied():
    x = torch.randn(2, 3, 6, 6)
    expected = x * disc(6, 6, 1).float()
    torch.testing.assert_close(DiskMask(trivial_type(cyclic(4), 3), margin=1)(x), expected)
