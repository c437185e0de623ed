from __future__ import annotations

import pytest
import torch

from lensym.errors import SymmetryError
from lensym.symmetry import FieldDropout, dihedral, irrep_type, regular_type

FIELDS = regular_type(dihedral(4), 50) + irrep_type(dihedral(4), "E1", 50)


def test_whole_fields_are_dropped_and_the_others_scaled():
    y = FieldDropout(FIELDS, 0.25)(torch.ones(4, FIELDS.size, 2, 3))
    torch.testing.assert_close(y.unique(), torch.tensor([0.0, 4 / 3]))
    for fields in FIELDS.split(y):
        kept = fields[:, :, :1, :1, :1]
        assert torch.equal(fields, kept.expand_as(fields))
        assert 0.6 < (kept > 0).float().mean() < 0.9


def test_nothing_is_dropped_in_evaluation():
    x = torch.randn(1, FIELDS.size, 2, 2)
    assert FieldDropout(FIELDS).eval()(x) is x


@pytest.mark.parametrize("p", [-0.1, 1.0])
def test_probabilities_that_make_no_sense_are_refused(p):
    with pytest.raises(SymmetryError, match=f"got p={p}"):
        FieldDropout(FIELDS, p)
