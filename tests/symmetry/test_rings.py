from __future__ import annotations

import numpy as np
import pytest

from lensym.errors import SymmetryError
from lensym.symmetry import Rings


@pytest.mark.parametrize(
    ("kernel", "radii", "standard", "compact"),
    [
        (1, (0,), (0,), (0,)),
        (2, (0.5,), (1,), (1,)),
        (3, (0, 1), (0, 2), (0, 1)),
        (4, (0.5, 1.5), (1, 2), (1, 1)),
        (9, (0, 1, 2, 3, 4), (0, 2, 3, 6, 2), (0, 2, 2, 2, 1)),
    ],
)
def test_radii_and_cutoffs(kernel, radii, standard, compact):
    assert Rings.standard(kernel).radii == radii == Rings.compact(kernel).radii
    assert Rings.standard(kernel).cutoffs == standard
    assert Rings.compact(kernel).cutoffs == compact


def test_a_ring_is_a_gaussian_of_the_distance():
    profiles = Rings((0.0, 2.0), (0.5, 0.6), (0, 1)).profiles(np.array([0.0, 2.0, 2.6]))
    np.testing.assert_allclose(profiles[1], np.exp([-((2 / 0.6) ** 2) / 2, 0, -0.5]))
    assert profiles[0, 0] == 1


def test_the_middle_ring_is_a_single_pixel():
    assert Rings.standard(5).profiles(np.array([0.0, 1.0]))[0].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("radii", "widths", "cutoffs"),
    [((0, 1), (1, 1), (0,)), ((), (), ()), ((1,), (0,), (1,)), ((1,), (1,), (-1,))],
)
def test_rings_that_make_no_sense_are_refused(radii, widths, cutoffs):
    with pytest.raises(SymmetryError, match=r"for each ring; got radii .*, widths .*, cutoffs .*; give three"):
        Rings(radii, widths, cutoffs)
    with pytest.raises(SymmetryError, match="kernel_size=0"):
        Rings.standard(0)
