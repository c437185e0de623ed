from __future__ import annotations

import pytest
import torch

from lensym.errors import SymmetryError
from lensym.symmetry import (
    FieldType,
    RestrictionModule,
    cyclic,
    dihedral,
    direct_sum,
    irrep,
    o2,
    quotient_type,
    regular,
    regular_type,
    so2,
    spectral,
    trivial,
)

D4, D8 = dihedral(4), dihedral(8)
CASES = [
    (regular_type(D4, 3), cyclic(4), "C4: 6 regular (24 channels)"),
    (regular_type(D8, 1), dihedral(2, axis=45), "D2(axis 45): 4 regular (16 channels)"),
    (quotient_type(D4, dihedral(1), 2), cyclic(4), "C4: 2 regular (8 channels)"),
    (quotient_type(D4, dihedral(1), 1), dihedral(1), "D1: 2 trivial + 1 regular (4 channels)"),
    (quotient_type(D8, dihedral(2), 1), dihedral(4), "D4: 1 quotient[D2] + 1 quotient[D2(axis 45)] (4 channels)"),
    (FieldType.of(spectral(o2(), 1), 2), so2(), "SO2: 4 trivial + 4 psi_1 (12 channels)"),
    (FieldType.of(spectral(so2(), 2), 2), cyclic(4), "C4: 2 trivial + 2 psi_1 + 4 psi_2 (10 channels)"),
    (
        FieldType.of(direct_sum([regular(D4), irrep(D4, "E1"), trivial(D4)]), 1) + regular_type(D4, 1),
        dihedral(1),
        None,
    ),
]


@pytest.mark.parametrize(("fields", "subgroup", "expected"), CASES, ids=lambda value: str(value)[:30])
def test_the_channels_move_as_the_new_fields_say(fields, subgroup, expected):
    module = RestrictionModule(fields, subgroup).double()
    assert expected is None or str(module.out_type) == expected
    x = torch.randn(2, fields.size, dtype=torch.float64)

    def taken_apart(vectors):
        return module(vectors[:, :, None, None])[:, :, 0, 0]

    elements = subgroup.elements if hasattr(subgroup, "elements") else [0.0, 1.0, 2.5]
    for h in elements:
        moved = taken_apart(fields.mix(x, fields.group.embed(h, subgroup)))
        torch.testing.assert_close(moved, module.out_type.mix(taken_apart(x), h), rtol=0, atol=1e-12)
    torch.testing.assert_close(taken_apart(x).norm(dim=1), x.norm(dim=1))  # nothing is lost


def test_channels_in_another_order_would_be_seen():
    module = RestrictionModule(regular_type(D4, 1), cyclic(4))
    module.order = module.order.roll(1)
    x = torch.randn(1, 8)
    moved = module(regular_type(D4, 1).mix(x, 1)[:, :, None, None])[:, :, 0, 0]
    assert not torch.allclose(moved, module.out_type.mix(module(x[:, :, None, None])[:, :, 0, 0], 1))


def test_permuted_channels_are_not_multiplied():
    module = RestrictionModule(regular_type(D4, 2), cyclic(4))
    x = torch.randn(1, 16, 2, 2)
    assert torch.equal(module(x).flatten(2).sort(dim=1).values, x.flatten(2).sort(dim=1).values)


def test_a_group_that_is_no_subgroup_is_refused():
    with pytest.raises(SymmetryError, match=r"a subgroup of D4; got C8"):
        RestrictionModule(regular_type(D4, 1), cyclic(8))
