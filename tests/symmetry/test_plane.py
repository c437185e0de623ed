from __future__ import annotations

from fractions import Fraction

import pytest
import torch

from lensym.errors import SymmetryError
from lensym.symmetry import Group, Isometry, cyclic, dihedral, o2, so2

SUBGROUPS = [
    (cyclic(12), cyclic(4)),
    (dihedral(12), cyclic(4)),
    (dihedral(12), dihedral(4)),
    (dihedral(4), dihedral(2, axis=45)),
    (dihedral(8), dihedral(1, axis=22.5)),
    (dihedral(7), dihedral(1, axis=Fraction(180, 7))),
    (so2(), cyclic(5)),
    (o2(), so2()),
    (o2(), dihedral(3, axis=11)),
    (o2(), cyclic(9)),
]
NO_SUBGROUPS = [
    (cyclic(12), cyclic(8)),
    (cyclic(4), dihedral(4)),
    (dihedral(4), dihedral(2, axis=22.5)),
    (dihedral(8), dihedral(1, axis=30)),
    (so2(), dihedral(1)),
    (so2(), o2()),
    (cyclic(4), so2()),
]


def names(pair):
    return f"{pair[1]} in {pair[0]}" if isinstance(pair, tuple) else None


@pytest.mark.parametrize("pair", SUBGROUPS, ids=names)
def test_a_subgroup_s_elements_keep_their_place_and_their_products(pair):
    group, subgroup = pair
    assert group.contains(subgroup)
    if isinstance(subgroup, Group) and isinstance(group, Group):
        inside = [group.embed(h, subgroup) for h in subgroup.elements]
        assert [group.isometry(g) for g in inside] == [subgroup.isometry(h) for h in subgroup.elements]
        for h in subgroup.elements:
            products = [group.multiply(inside[h], inside[k]) for k in subgroup.elements]
            assert products == [inside[subgroup.multiply(h, k)] for k in subgroup.elements]


@pytest.mark.parametrize("pair", NO_SUBGROUPS, ids=names)
def test_a_group_that_is_no_subgroup_is_refused_with_both_names(pair):
    group, other = pair
    assert not group.contains(other)
    with pytest.raises(SymmetryError) as caught:
        group.embed(0, other)
    assert f"a subgroup of {group.name}; got {other.name}; use" in str(caught.value)


@pytest.mark.parametrize("group", [cyclic(8), cyclic(3), dihedral(6), dihedral(16), so2(), o2()], ids=str)
def test_the_elements_on_the_grid_are_those_of_the_largest_grid_group_inside(group):
    grid = next(g for g in map(Group.parse, ("D4", "C4", "D2", "C2", "D1", "C1")) if group.contains(g))
    assert {group.isometry(g) for g in group.grid_elements} == {grid.isometry(g) for g in grid.elements}
    assert group.isometry(group.grid_elements[0]) == Isometry(Fraction(0), False)


def test_what_an_element_does_to_the_grid_depends_on_the_plane_alone():
    x = torch.arange(6).reshape(2, 3)
    for isometry in map(dihedral(4).isometry, dihedral(4).elements):
        moved = dihedral(4).transform(x, dihedral(4).element(isometry))
        assert torch.equal(dihedral(8).transform(x, dihedral(8).element(isometry)), moved)
        assert torch.equal(o2().transform(x, o2().element(isometry)), moved)


def test_a_reflection_at_the_diagonal_transposes():
    x = torch.arange(6).reshape(2, 3)
    assert torch.equal(dihedral(1, axis=45).transform(x, 1), x.T)
    assert dihedral(1, axis=45).acts_on_grid
    assert not dihedral(1, axis=20).acts_on_grid


def test_axes_that_the_group_has_anyway_are_no_difference():
    assert dihedral(4, axis=45) == dihedral(4)
    assert dihedral(2, axis=45) != dihedral(2)
    assert str(dihedral(2, axis=135)) == "D2(axis 45)"
    with pytest.raises(SymmetryError, match=r"for an axis; got C4.*; use D4"):
        Group(4, False, 45)
