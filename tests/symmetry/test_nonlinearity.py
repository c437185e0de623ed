from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from lensym.errors import SymmetryError, UsageError
from lensym.symmetry import PointwiseNonlinearity, cyclic, dihedral, regular_type


@pytest.mark.parametrize(("name", "function"), [("relu", F.relu), ("elu", F.elu), ("gelu", F.gelu)])
def test_functions(name, function):
    x = torch.randn(2, 8, 3, 3)
    assert torch.equal(PointwiseNonlinearity(regular_type(cyclic(4), 2), name)(x), function(x))


def test_not_admissible_for_vectors_which_it_would_indeed_break(vector_field):
    c4 = cyclic(4)
    vectors = vector_field(c4)
    x = torch.randn(1, 2, 3, 3)
    assert not torch.equal(F.relu(vectors.transform(x, 1)), vectors.transform(F.relu(x), 1))
    with pytest.raises(SymmetryError, match=r"the group permutes; got 'C4: 1 vector \(2 channels\)'; use trivial or"):
        PointwiseNonlinearity(vectors)


def test_unknown_function():
    with pytest.raises(UsageError, match="did you mean 'relu'"):
        PointwiseNonlinearity(regular_type(dihedral(4), 1), "rleu")
