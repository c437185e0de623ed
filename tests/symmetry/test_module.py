from __future__ import annotations

import pytest
import torch

from lensym.errors import SymmetryError
from lensym.symmetry import (
    FieldBatchNorm,
    FieldInstanceNorm,
    FieldLayerNorm,
    FieldSequential,
    GroupPool,
    LiftingConv,
    NormNonlinearity,
    PointwiseNonlinearity,
    SeparableSteerableConv,
    SteerableConv,
    cyclic,
    dihedral,
    irrep_type,
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


def test_constants_are_not_shared_between_layers():
    """Two layers of one kind in float64: spoiling one leaves the other, and any later one, as it is."""
    fields = regular_type(cyclic(8), 1)
    first, second = (SteerableConv(fields, fields, 5).double() for _ in range(2))
    before = second.expansions[0].moved.clone()
    first.expansions[0].moved += 1
    assert torch.equal(second.expansions[0].moved, before)
    assert torch.equal(SteerableConv(fields, fields, 5).double().expansions[0].moved, before)


def test_automatic_mixed_precision():
    """Forward and backward in half precision where torch chooses it."""
    c8 = cyclic(8)
    fields = regular_type(c8, 2)
    vectors = irrep_type(c8, "psi_1", 2)
    chain = FieldSequential(
        SteerableConv(trivial_type(c8, 1), fields, 5, padding=2),
        FieldBatchNorm(fields),
        PointwiseNonlinearity(fields),
        SeparableSteerableConv(fields, vectors, 5, padding=2),
        FieldBatchNorm(vectors),
        FieldInstanceNorm(vectors),
        FieldLayerNorm(vectors),
        NormNonlinearity(vectors),
    )
    x = torch.randn(2, 1, 8, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = chain(x)
    y.float().square().mean().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in chain.parameters())
    assert (y - chain(x)).abs().mean() < 0.05 * chain(x).abs().mean()


def test_an_empty_chain_is_refused():
    with pytest.raises(SymmetryError, match="at least one module"):
        FieldSequential()
