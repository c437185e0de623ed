from __future__ import annotations

import numpy as np
import pytest

from lensym.errors import SymmetryError
from lensym.symmetry import (
    Group,
    Representation,
    cyclic,
    dihedral,
    direct_sum,
    from_irreps,
    irrep,
    o2,
    regular,
    so2,
    spectral,
    trivial,
)


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


@pytest.mark.parametrize(
    ("large", "small"),
    [
        (dihedral(8), dihedral(4)),
        (dihedral(8), dihedral(2, axis=22.5)),
        (dihedral(6), cyclic(3)),
        (cyclic(12), cyclic(4)),
    ],
    ids=str,
)
def test_restriction_keeps_the_matrices(large, small):
    representation = regular(large)
    restricted = representation.restrict(small)
    for h in small.elements:
        assert np.array_equal(restricted.matrix(h), representation.matrix(large.embed(h, small)))
    assert restricted.permutations is not None


def test_restriction_of_frequencies():
    assert irrep(so2(), "psi_3").restrict(cyclic(4)) == irrep(cyclic(4), "psi_1").change_basis(MIRROR, "psi_3(SO2)")
    assert irrep(o2(), "psi_1,1").restrict(dihedral(4)) == irrep(dihedral(4), "E1")
    assert irrep(o2(), "psi_1,5").restrict(so2()) == irrep(so2(), "psi_5")
    assert irrep(o2(), "psi_1,0").restrict(so2()) == trivial(so2())
    assert [part.name for part in irrep(dihedral(4), "E1").restrict(dihedral(2)).irreps] == ["psi_0,1", "psi_1,1"]


def test_restriction_in_steps_is_restriction_at_once():
    o2_field = spectral(o2(), 3)
    at_once = o2_field.restrict(dihedral(2))
    in_steps = o2_field.restrict(dihedral(8)).restrict(dihedral(2))
    for h in dihedral(2).elements:
        np.testing.assert_allclose(at_once.matrix(h), in_steps.matrix(h), atol=1e-12)


def test_equality_is_of_the_matrices_too():
    swapped = regular(cyclic(4)).change_basis(np.eye(4)[[1, 0, 2, 3]], "regular")
    assert swapped != regular(cyclic(4))
    assert spectral(so2(), 2) == direct_sum([irrep(so2(), f"psi_{k}") for k in range(3)], "spectral[2]")
    turned = spectral(so2(), 1).change_basis(np.eye(3)[[0, 2, 1]], "spectral[1]")
    assert turned != spectral(so2(), 1)


def test_trivial_channels_of_continuous_groups_stay_in_place():
    assert trivial(o2()).permutations.tolist() == [[0]]
    assert irrep(o2(), "psi_1,0").permutations is None


def test_a_continuous_group_needs_parts():
    with pytest.raises(SymmetryError, match="the irreducible parts of a representation of SO2; got none, for 'mine'"):
        Representation(so2(), "mine")


MIRROR = np.diag([1.0, -1.0])


@pytest.mark.parametrize("basis", [np.eye(3), np.zeros((4, 4))])
def test_a_change_of_basis_that_cannot_be_undone_is_refused(basis):
    with pytest.raises(SymmetryError, match=r"an invertible matrix \(4, 4\), for C4: regular"):
        regular(cyclic(4)).change_basis(basis, "mine")


def test_a_field_of_no_parts_is_refused():
    with pytest.raises(SymmetryError, match="at least one irreducible representation"):
        from_irreps(())
