from __future__ import annotations

import pytest
import torch

from lensym.errors import SymmetryError
from lensym.symmetry import AntialiasedPool, Upsample, cyclic, trivial_type

ONE = trivial_type(cyclic(4), 1)


def ramp(size: int):
    return torch.arange(size, dtype=torch.float64).sub((size - 1) / 2).expand(1, 1, size, size)


def test_a_ramp_stays_one_about_the_same_centre():
    finer = Upsample(ONE, 2)(ramp(6))[0, 0, 3]
    torch.testing.assert_close(finer[1:-1], (torch.arange(12).double() - 5.5)[1:-1] / 2)
    torch.testing.assert_close(Upsample(ONE, 2, align_corners=True)(ramp(5)), ramp(9) / 2)


@pytest.mark.parametrize(("size", "kernel", "corners"), [(8, 4, False), (9, 3, True)])
def test_it_undoes_the_size_of_a_pool(size, kernel, corners):
    x = torch.randn(1, 1, size, size)
    assert Upsample(ONE, align_corners=corners)(AntialiasedPool(ONE, kernel)(x)).shape == x.shape


def test_a_factor_below_one_is_refused():
    with pytest.raises(SymmetryError, match="scale as a whole number, 1 or more; got 0"):
        Upsample(ONE, 0)
