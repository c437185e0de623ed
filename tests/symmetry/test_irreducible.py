from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensym.errors import SymmetryError, UsageError
from lensym.symmetry import Group, Irrep, cyclic, dihedral, irrep, irreps, o2, so2

groups = st.builds(Group, st.integers(1, 12), st.booleans())
angles = st.floats(-10, 10)


@given(groups)
def test_there_are_as_many_as_the_order_demands(group):
    """The sum of size^2, over the dimension of what commutes, is the order of the group."""
    total = sum(irrep.size**2 / (2 if irrep.commutes_with_rotations else 1) for irrep in irreps(group))
    assert total == group.order


@given(groups)
def test_they_multiply_like_the_group(group):
    for part in irreps(group):
        matrices = np.stack([part.matrix(g) for g in group.elements])
        products = matrices[:, None] @ matrices[None]
        np.testing.assert_allclose(matrices[np.array(group.table)], products, atol=1e-12)


@given(groups)
def test_characters_are_orthogonal(group):
    """No two are the same, and none falls apart."""
    found = irreps(group)
    characters = np.array([[np.trace(part.matrix(g)) for g in group.elements] for part in found])
    expected = np.diag([2.0 if part.commutes_with_rotations else 1.0 for part in found])
    np.testing.assert_allclose(characters @ characters.T / group.order, expected, atol=1e-12)


@given(st.tuples(st.booleans(), angles), st.tuples(st.booleans(), angles))
def test_those_of_o2_multiply_like_the_plane(g, h):
    product = (g[0] ^ h[0], g[1] + (-h[1] if g[0] else h[1]))
    for part in irreps(o2(), 3):
        np.testing.assert_allclose(part.matrix(product), part.matrix(g) @ part.matrix(h), atol=1e-12)


def test_the_first_frequency_is_the_plane_itself():
    assert np.array_equal(Irrep(o2(), 1, 1).matrix((True, math.pi / 2)), [[0, 1], [1, 0]])
    assert np.array_equal(Irrep(cyclic(4), 1, 0).matrix(1), [[0, -1], [1, 0]])


@pytest.mark.parametrize(
    ("group", "names", "chemical"),
    [
        (cyclic(1), "trivial", "A"),
        (cyclic(4), "trivial psi_1 psi_2", "A E1 B"),
        (cyclic(5), "trivial psi_1 psi_2", "A E1 E2"),
        (dihedral(1), "trivial psi_1,0", "A1 A2"),
        (dihedral(2), "trivial psi_1,0 psi_0,1 psi_1,1", "A1 A2 B1 B2"),
        (dihedral(3), "trivial psi_1,0 psi_1,1", "A1 A2 E1"),
        (dihedral(6), "trivial psi_1,0 psi_1,1 psi_1,2 psi_0,3 psi_1,3", "A1 A2 E1 E2 B1 B2"),
    ],
    ids=str,
)
def test_names(group, names, chemical):
    found = irreps(group)
    assert [part.name for part in found] == names.split()
    assert [part.chemical_name for part in found] == chemical.split()
    for part in found:
        assert irrep(group, part.chemical_name) == irrep(group, part.name) == irrep(group, part.symbol)


def test_frequencies_are_bounded_on_demand_and_must_be_for_continuous_groups():
    assert [part.name for part in irreps(dihedral(8), 1)] == ["trivial", "psi_1,0", "psi_1,1"]
    assert [part.name for part in irreps(so2(), 2)] == ["trivial", "psi_1", "psi_2"]
    assert irrep(so2(), "psi_12").irreps == (Irrep(so2(), 12, 0),)
    with pytest.raises(SymmetryError, match="a largest frequency for O2"):
        irreps(o2())


def test_unknown_names_are_refused():
    with pytest.raises(UsageError, match=r"irreducible representation of D4 is needed; got 'psi_1,3'; did you mean"):
        irrep(dihedral(4), "psi_1,3")
    with pytest.raises(UsageError, match="got 'regular'"):
        irrep(so2(), "regular")
