from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lensym.errors import SymmetryError
from lensym.symmetry import (
    FieldType,
    Group,
    cyclic,
    dihedral,
    irrep_type,
    o2,
    quotient_type,
    regular,
    regular_type,
    trivial_type,
)

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
    with pytest.raises(SymmetryError, match="at least one field; got none, for C4; give one or more"):
        FieldType(cyclic(4), ())


@pytest.mark.parametrize("count", [0, -1])
def test_a_number_of_fields_below_one_is_refused_with_one_that_is_taken(count):
    words = f"the number of fields of D4 as a whole number, 1 or more; got {count}; give for instance 1"
    with pytest.raises(SymmetryError, match=words):
        regular_type(dihedral(4), count)
    assert regular_type(dihedral(4), 1).size == 8


@pytest.mark.parametrize("batch", [(), (3,)])
def test_a_value_for_each_field_is_repeated_for_its_channels(batch):
    fields = mixed_type(dihedral(4)) + irrep_type(dihedral(4), "E1", 2)
    sizes = torch.tensor([representation.size for representation in fields.fields])
    values = torch.randn(*batch, len(fields.fields))
    assert torch.equal(fields.by_channel(values), values.repeat_interleave(sizes, dim=-1))


def test_restriction_moves_as_before():
    d4, axis = dihedral(4), dihedral(2, axis=45)
    fields = mixed_type(d4) + irrep_type(d4, "E1", 2) + quotient_type(d4, dihedral(1), 1)
    restricted = fields.restrict(axis)
    x = torch.randn(1, fields.size, 3, 3, dtype=torch.float64)
    for h in axis.elements:
        moved = fields.transform(x, d4.embed(h, axis))
        torch.testing.assert_close(restricted.transform(x, h), moved, rtol=0, atol=1e-12)
    with pytest.raises(SymmetryError, match="a subgroup of D4; got C8"):
        fields.restrict(cyclic(8))


def test_fields_of_groups_beyond_the_grid_move_by_the_elements_that_are_on_it():
    fields = regular_type(cyclic(8), 1)
    moved = fields.transform(torch.arange(8.0).view(1, 8, 1, 1), 2)
    assert moved.flatten().tolist() == [6, 7, 0, 1, 2, 3, 4, 5]
    with pytest.raises(SymmetryError, match="got C8, r: rotated by 45 degrees"):
        fields.transform(torch.zeros(1, 8, 2, 2), 1)


def test_fields_of_continuous_groups():
    fields = irrep_type(o2(), "psi_1,1", 1) + trivial_type(o2(), 1)
    vector = fields.transform(torch.tensor([[1.0, 2.0, 3.0]]), (True, math.pi / 2))
    torch.testing.assert_close(vector, torch.tensor([[2.0, 1.0, 3.0]]))
    assert not fields.permutes_channels
    assert trivial_type(o2(), 3).permutes_channels
