from __future__ import annotations

import numpy as np
import pytest

from lensym.errors import SymmetryError
from lensym.symmetry import Group, Representation, cyclic, dihedral, regular, trivial


@pytest.mark.parametrize("name", ["C1", "C3", "C8", "D4", "D6"])
def test_the_regular_representation_moves_channel_h_to_g_h(name):
    group = Group.parse(name)
    for g in group.elements:
        assert regular(group).permutations[g].tolist() == [group.multiply(g, h) for h in group.elements]


def test_trivial_stays():
    assert trivial(dihedral(4)).permutations.tolist() == [[0]] * 8


def test_the_sign_of_a_reflection_is_no_permutation():
    assert sign(dihedral(4)).permutations is None


@pytest.mark.parametrize(
    "matrices",
    [
        np.array([1, -1, -1, 1]).reshape(4, 1, 1),  # r^2 ought to be the square of r
        np.zeros((4, 1, 1)),  # multiplies right, but the identity is not 1
        np.ones((3, 1, 1)),  # an element is missing
        np.ones((4, 1, 2)),
    ],
)
def test_matrices_that_are_no_representation_are_refused(matrices):
    with pytest.raises(SymmetryError, match=r"multiply like the elements of C4; got 'wrong'"):
        Representation(cyclic(4), "wrong", matrices)


def sign(group: Group) -> Representation:
    values = [-1.0 if g >= group.rotations else 1.0 for g in group.elements]
    return Representation(group, "sign", np.array(values).reshape(-1, 1, 1))
