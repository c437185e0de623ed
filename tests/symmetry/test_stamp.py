from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from torch import nn

from lensym.errors import SymmetryError
from lensym.symmetry import (
    FieldBatchNorm,
    FieldSequential,
    FieldType,
    LiftingConv,
    cyclic,
    dihedral,
    irrep_type,
    regular_type,
    trivial_type,
)


def lifted(group):
    """A chain whose tensors have the same shapes for every group of an order."""
    fields = regular_type(group, 3)
    return FieldSequential(LiftingConv(trivial_type(group, 1), fields, 3), FieldBatchNorm(fields))


def through_a_file(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


@pytest.mark.parametrize("way", [lambda state: state, through_a_file, dict], ids=["in memory", "file", "tensors alone"])
def test_the_state_of_another_group_is_refused_although_the_shapes_fit(way):
    c4, d2 = lifted(cyclic(4)), lifted(dihedral(2))
    shapes = [{name: tensor.shape for name, tensor in chain.state_dict().items()} for chain in (c4, d2)]
    assert shapes[0] == shapes[1]
    with pytest.raises(
        SymmetryError,
        match=r"of 1.layers.0 with fields 'D2: 1 trivial .* -> 'D2: 3 regular .*; got that of 'C4: 1 trivial .*; load",
    ):
        nn.Sequential(nn.ReLU(), d2).load_state_dict(way(nn.Sequential(nn.ReLU(), c4).state_dict()))
    fresh = lifted(cyclic(4))
    fresh.load_state_dict(way(c4.state_dict()))
    x = torch.randn(1, 1, 5, 5)
    assert torch.equal(fresh.eval()(x), c4.eval()(x))


def test_fields_of_one_name_and_other_numbers_are_told_apart():
    """Two bases called alike, and axes that are written alike."""
    mixing = [np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])]
    both = irrep_type(cyclic(3), "psi_1", 1).fields[0]
    norms = [FieldBatchNorm(FieldType.of(both.change_basis(basis, "mixed"), 2)) for basis in mixing]
    with pytest.raises(SymmetryError, match="got that of others of these names"):
        norms[0].load_state_dict(norms[1].state_dict())
    tilted = [FieldBatchNorm(regular_type(dihedral(2, axis=axis), 3)) for axis in (45.0, 45.00001)]
    with pytest.raises(SymmetryError, match="got that of others of these names"):
        tilted[0].load_state_dict(tilted[1].state_dict())


def test_a_state_that_says_nothing_is_taken_at_its_shapes():
    chain = lifted(cyclic(4))
    state = {name: value for name, value in chain.state_dict().items() if not name.endswith("made_for")}
    assert len(state) < len(chain.state_dict())
    chain.load_state_dict(state)
