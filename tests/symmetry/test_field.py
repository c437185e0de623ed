from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lensym.errors import SymmetryError
from lensym.symmetry import FieldType, Group, cyclic, dihedral, regular, regular_type, trivial_type

grid_groups = st.builds(Group, st.sampled_from([1, 2, 4]), st.booleans())


def mixed_type(group: Group) -> FieldType:
    return trivial_type(group, 2) + regular_type(group, 2) + trivial_type(group, 1)


def test_repr_shows_the_fields():
    d4 = dihedral(4)
    assert str(trivial_type(d4, 3) + regular_type(d4, 8)) == "D4: 3 trivial + 8 regular (67 channels)"
    assert str(mixed_type(cyclic(4))) == "C4: 2 trivial + 2 regular + 1 trivial (11 channels)"
    assert str(trivial_type(d4, 1)) == "D4: 1 trivial (1 channel)"


def test_equality_is_of_group_and_fields():
    assert regular_type(cyclic(4), 2) == FieldType(cyclic(4), (regular(cyclic(4)),) * 2)
    assert regular_type(cyclic(4), 2) != regular_type(cyclic(4), 3)
    assert regular_type(cyclic(4), 2) != regular_type(dihedral(2), 2)  # of the same number of channels
    assert regular_type(cyclic(1), 2) != trivial_type(cyclic(1), 2)


@given(group=grid_groups, data=st.data())
def test_the_action_on_fields_is_a_homomorphism(vector_field, group, data):
    g, h = (data.draw(st.sampled_from(group.elements)) for _ in range(2))
    fields = mixed_type(group) + vector_field(group)
    x = torch.randn(2, fields.size, 3, 4)
    in_steps = fields.transform(fields.transform(x, h), g)
    assert torch.equal(in_steps, fields.transform(x, group.multiply(g, h)))


def test_a_regular_field_moves_in_the_plane_and_over_its_channels():
    c4 = cyclic(4)
    x = torch.randn(1, 4, 3, 3)
    moved = regular_type(c4, 1).transform(x, 1)
    for channel in range(4):
        assert torch.equal(moved[0, (channel + 1) % 4], c4.transform(x[0, channel], 1))


def test_vectors_without_place_move_over_their_channels_alone():
    moved = regular_type(cyclic(4), 1).transform(torch.tensor([[1.0, 2.0, 3.0, 4.0]]), 1)
    assert moved.tolist() == [[4, 1, 2, 3]]


def test_a_field_of_vectors_turns(vector_field):
    moved = vector_field(cyclic(4)).transform(torch.tensor([[1.0, 0.0]]), 1)
    assert moved.tolist() == [[0, 1]]


@pytest.mark.parametrize("shape", [(2, 9, 4, 4), (2, 8, 4)])
def test_features_of_another_shape_are_refused(shape):
    with pytest.raises(SymmetryError, match=r"D4: 1 regular \(8 channels\); got shape"):
        regular_type(dihedral(4), 1).transform(torch.zeros(shape), 1)


def test_fields_of_two_groups_are_refused():
    with pytest.raises(SymmetryError, match=r"representations of C4; got D4: regular \(8 channels\)"):
        regular_type(cyclic(4), 1) + regular_type(dihedral(4), 1)
    with pytest.raises(SymmetryError, match="at least one field; got none, for C4"):
        trivial_type(cyclic(4), 0)
