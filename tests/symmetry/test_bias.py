from __future__ import annotations

import torch

from lensym.symmetry import FieldType, cyclic, dihedral, direct_sum, irrep_type, o2, regular, regular_type, trivial_type
from lensym.symmetry.bias import FieldBias


def test_one_number_for_each_trivial_part():
    d4 = dihedral(4)
    twice = FieldType.of(direct_sum([regular(d4), regular(d4)]), 3)
    bias = FieldBias(regular_type(d4, 2) + irrep_type(d4, "E1", 4) + twice)
    assert [tuple(weight.shape) for weight in bias.weights] == [(2, 1), (4, 0), (3, 2)]


def test_a_regular_or_trivial_field_gets_its_number_on_each_channel():
    bias = FieldBias(regular_type(cyclic(3), 2) + trivial_type(cyclic(3), 1))
    bias.weights[0].data, bias.weights[1].data = torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0]])
    torch.testing.assert_close(bias().detach().abs(), torch.tensor([1.0, 1, 1, 2, 2, 2, 3]))


def test_a_vector_has_none():
    fields = irrep_type(o2(), "psi_1,1", 2)
    assert FieldBias(fields)().tolist() == [0, 0, 0, 0]


def test_the_group_leaves_it_in_place():
    d4 = dihedral(4)
    fields = FieldType.of(direct_sum([regular(d4), regular(d4)]), 2)
    bias = FieldBias(fields).double()
    torch.nn.init.normal_(bias.weights[0])
    vector = bias().detach()[None]
    assert vector.abs().max() > 0.1
    for g in d4.elements:
        torch.testing.assert_close(fields.transform(vector, g), vector)
