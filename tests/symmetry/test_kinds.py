from __future__ import annotations

import numpy as np
import pytest

from lensym.errors import SymmetryError
from lensym.symmetry import (
    Group,
    cyclic,
    dihedral,
    direct_sum,
    irrep,
    quotient,
    regular,
    so2,
    spectral,
    trivial,
)


@pytest.mark.parametrize("name", ["C1", "C3", "C8", "D4", "D6"])
def test_the_regular_representation_moves_channel_h_to_g_h(name):
    group = Group.parse(name)
    for g in group.elements:
        assert regular(group).permutations[g].tolist() == [group.multiply(g, h) for h in group.elements]


@pytest.mark.parametrize(
    ("group", "subgroup", "size"),
    [(dihedral(4), dihedral(1), 4), (dihedral(4), dihedral(2, axis=45), 2), (cyclic(12), cyclic(3), 4)],
)
def test_a_quotient_permutes_the_cosets(group, subgroup, size):
    representation = quotient(group, subgroup)
    assert representation.size == size
    assert representation.permutations is not None
    inside = {group.embed(h, subgroup) for h in subgroup.elements}
    stabiliser = {g for g in group.elements if representation.permutations[g][0] == 0}
    assert stabiliser == inside  # channel 0 is the coset of the identity


def test_quotients_by_a_group_that_is_no_subgroup_are_refused():
    with pytest.raises(SymmetryError, match="a subgroup of C4; got C3"):
        quotient(cyclic(4), cyclic(3))


def test_sums_and_their_names():
    both = direct_sum([trivial(so2()), irrep(so2(), "psi_2")])
    assert (both.name, both.size) == ("trivial+psi_2", 3)
    np.testing.assert_allclose(both.matrix(np.pi / 2), np.diag([1.0, -1.0, -1.0]), atol=1e-12)
    assert direct_sum([regular(cyclic(2)), trivial(cyclic(2))], "mine").permutations.tolist() == [[0, 1, 2], [1, 0, 2]]
    with pytest.raises(SymmetryError, match=r"of one group; got C2: trivial .*, C4: trivial"):
        direct_sum([trivial(cyclic(2)), trivial(cyclic(4))])


def test_up_to_the_last_frequency_the_spectral_representation_is_the_regular_one():
    group = dihedral(5)
    assert sorted(map(str, spectral(group, 2).irreps)) == sorted(map(str, regular(group).irreps))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: direct_sum([]), "at least one representation"),
        (lambda: spectral(so2(), -1), "max_frequency as a whole number, 0 or more; got -1"),
        (lambda: cyclic(-1), "number N of rotations as a whole number, 1 or more; got -1"),
    ],
)
def test_what_cannot_be_made_is_refused(made, message):
    with pytest.raises(SymmetryError, match=message):
        made()
