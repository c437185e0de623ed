from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lensym.errors import SymmetryError, UsageError
from lensym.symmetry import (
    FieldType,
    GatedNonlinearity,
    NormNonlinearity,
    PointwiseNonlinearity,
    cyclic,
    dihedral,
    direct_sum,
    irrep_type,
    regular,
    regular_type,
    so2,
    trivial_type,
)
from lensym.symmetry.nonlinearity import lengths


@pytest.mark.parametrize(
    ("name", "function"),
    [("relu", F.relu), ("elu", F.elu), ("gelu", F.gelu), ("silu", F.silu), ("tanh", torch.tanh)],
)
def test_functions(name, function):
    x = torch.randn(2, 8, 3, 3)
    assert torch.equal(PointwiseNonlinearity(regular_type(cyclic(4), 2), name)(x), function(x))


def test_not_admissible_for_vectors_which_it_would_indeed_break(vector_field):
    c4 = cyclic(4)
    vectors = vector_field(c4)
    x = torch.randn(1, 2, 3, 3)
    assert not torch.equal(F.relu(vectors.transform(x, 1)), vectors.transform(F.relu(x), 1))
    with pytest.raises(
        SymmetryError, match=r"the group permutes; got 'C4: 1 vector \(2 channels\)'; use trivial, quotient or"
    ):
        PointwiseNonlinearity(vectors)


def test_unknown_function():
    with pytest.raises(UsageError, match="did you mean 'relu'"):
        PointwiseNonlinearity(regular_type(dihedral(4), 1), "rleu")


def test_norm_relu_shortens_by_the_threshold_and_keeps_the_direction():
    vectors = irrep_type(dihedral(4), "E1", 2)
    relu = NormNonlinearity(vectors)
    relu.thresholds.data = torch.tensor([1.0, 6.0])
    y = relu(torch.tensor([3.0, 4.0, 3.0, 4.0]).view(1, 4, 1, 1)).flatten()
    torch.testing.assert_close(y, torch.tensor([2.4, 3.2, 0.0, 0.0]))


def test_norm_relu_is_continuous_whatever_its_weights():
    relu = NormNonlinearity(irrep_type(so2(), "psi_1", 1))
    relu.thresholds.data.fill_(-1.0)
    x = torch.tensor([1e-6, 0.0]).view(1, 2, 1, 1)
    assert (relu(x) - relu(-x)).abs().max() <= 2e-6


def test_norm_relu_has_a_gradient_where_the_length_is_zero():
    x = torch.zeros(1, 2, 2, 2, requires_grad=True)
    NormNonlinearity(irrep_type(so2(), "psi_1", 1))(x).sum().backward()
    assert torch.isfinite(x.grad).all()


def test_norm_relu_of_oblique_fields_is_refused_which_it_would_indeed_break():
    oblique = direct_sum([regular(cyclic(2))]).change_basis(np.array([[1.0, 1.0], [0.0, 1.0]]), "oblique")
    fields = FieldType.of(oblique, 1)
    x = torch.randn(1, 2, 3, 3)
    moved, still = (lengths(fields.split(y)[0]) for y in (fields.mix(x, 1), x))
    assert (moved - still).abs().max() > 0.1
    with pytest.raises(SymmetryError, match=r"orthogonal representations; got oblique in 'C2: 1 oblique"):
        NormNonlinearity(fields)


def test_gates_come_after_the_fields_one_for_each_that_is_not_trivial():
    d4 = dihedral(4)
    out = irrep_type(d4, "E1", 1) + trivial_type(d4, 1) + irrep_type(d4, "A2", 1)
    gated = GatedNonlinearity(out)
    assert gated.in_type == out + trivial_type(d4, 2)
    x = torch.tensor([1.0, 2.0, -3.0, 4.0, 0.0, 100.0]).view(1, 6, 1, 1)
    assert gated(x).flatten().tolist() == [0.5, 1.0, 0.0, 4.0]
    assert GatedNonlinearity(trivial_type(d4, 2), "elu").in_type == trivial_type(d4, 2)  # nothing to gate
