from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ortho_group

from lensym.errors import SymmetryError
from lensym.symmetry import (
    Group,
    Representation,
    cyclic,
    dihedral,
    direct_sum,
    from_irreps,
    irreps,
    quotient,
    regular,
)
from lensym.symmetry.decomposition import decompose

groups = st.builds(Group, st.integers(1, 12), st.booleans())


def check(representation: Representation) -> None:
    parts, group = representation.decomposition, representation.group
    np.testing.assert_allclose(parts.basis.T @ parts.basis, np.eye(representation.size), atol=1e-12)
    matrices = np.stack([parts.matrix(g) for g in group.elements])
    np.testing.assert_allclose(matrices, representation.matrices, atol=1e-12)


@settings(max_examples=40)
@given(groups)
def test_the_regular_representation_holds_each_irrep_as_often_as_it_has_channels(group):
    check(regular(group))
    for part in irreps(group):
        copies = part.size if not part.commutes_with_rotations else 1
        assert regular(group).irreps.count(part) == copies


@settings(max_examples=40)
@given(groups)
def test_projection_finds_the_fourier_transform_too(group):
    """The closed form of the regular representation, and its search: the same irreps in the same subspaces."""
    found, closed = decompose(group, regular(group).matrices), regular(group).decomposition
    assert found.irreps == closed.irreps
    for part, slices in closed.columns.items():
        ours, theirs = (np.concatenate([d.basis[:, s] for s in slices], axis=1) for d in (found, closed))
        np.testing.assert_allclose(ours @ ours.T, theirs @ theirs.T, atol=1e-12)
        assert len(found.columns[part]) == len(slices)


@settings(max_examples=30)
@given(groups, st.data())
def test_quotients(group, data):
    subgroups = [h for n in range(1, group.rotations + 1) for h in (cyclic(n), dihedral(n)) if group.contains(h)]
    representation = quotient(group, data.draw(st.sampled_from(subgroups)))
    check(representation)
    assert representation.irreps.count(irreps(group)[0]) == 1  # one orbit


@settings(max_examples=30)
@given(groups, st.integers(0, 5), st.data())
def test_any_sum_of_irreps_in_any_basis(group, seed, data):
    chosen = tuple(data.draw(st.lists(st.sampled_from(irreps(group)), min_size=2, max_size=5)))
    plain = from_irreps(chosen)
    mixed = plain.change_basis(ortho_group.rvs(plain.size, random_state=seed), "mixed")
    check(mixed)
    assert sorted(map(str, mixed.irreps)) == sorted(map(str, chosen))


def test_invariants_are_what_stays():
    representation = direct_sum([regular(dihedral(4)), quotient(dihedral(4), dihedral(1))])
    kept = representation.decomposition.invariants
    assert kept.shape == (12, 2)
    for g in dihedral(4).elements:
        np.testing.assert_allclose(representation.matrix(g) @ kept, kept, atol=1e-12)
    assert from_irreps((irreps(dihedral(4))[1],)).decomposition.invariants.shape == (1, 0)


def test_matrices_that_are_not_orthogonal_are_refused():
    shear = np.array([[1.0, 1.0], [0.0, 1.0]])
    skewed = direct_sum([regular(cyclic(2))]).change_basis(shear, "skewed")
    with pytest.raises(SymmetryError, match="orthogonal matrices, for a decomposition; got others, for C2"):
        _ = skewed.decomposition
