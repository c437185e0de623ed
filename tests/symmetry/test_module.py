from __future__ import annotations

import pytest
import torch

from lensym.errors import SymmetryError
from lensym.symmetry import (
    FieldSequential,
    GroupPool,
    LiftingConv,
    PointwiseNonlinearity,
    dihedral,
    regular_type,
    trivial_type,
)

D4 = dihedral(4)
LIFT = LiftingConv(trivial_type(D4, 1), regular_type(D4, 2), 3)
POOL = GroupPool(regular_type(D4, 2))


def test_a_chain_has_the_types_of_its_ends_and_computes_in_order():
    chain = FieldSequential(LIFT, POOL)
    assert (chain.in_type, chain.out_type) == (LIFT.in_type, POOL.out_type)
    x = torch.randn(1, 1, 5, 5)
    assert torch.equal(chain(x), POOL(LIFT(x)))


def test_repr_shows_the_types_of_the_chain_and_of_each_layer():
    shown = repr(FieldSequential(LIFT, POOL))
    assert "D4: 1 trivial (1 channel) -> D4: 2 trivial (2 channels)" in shown
    assert "D4: 2 regular (16 channels) -> D4: 2 trivial (2 channels), max" in shown


def test_layers_that_do_not_fit_are_refused():
    other = PointwiseNonlinearity(trivial_type(D4, 16))  # as many channels, but other fields
    with pytest.raises(
        SymmetryError,
        match=r"LiftingConv \(number 0\) gives 'D4: 2 regular \(16 channels\)' to the next; "
        r"got PointwiseNonlinearity taking 'D4: 16 trivial \(16 channels\)'",
    ):
        FieldSequential(LIFT, other)


def test_an_empty_chain_is_refused():
    with pytest.raises(SymmetryError, match="at least one module"):
        FieldSequential()
