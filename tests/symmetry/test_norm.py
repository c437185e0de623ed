from __future__ import annotations

import pytest
import torch

from lensym.errors import SymmetryError
from lensym.symmetry import FieldBatchNorm, dihedral, regular_type, trivial_type

D4 = dihedral(4)
MIXED = trivial_type(D4, 2) + regular_type(D4, 3)


def test_each_field_gets_mean_zero_and_variance_one_as_a_whole():
    scale, shift = torch.rand(26, 1, 1) + 0.5, torch.randn(26, 1, 1)
    y = FieldBatchNorm(MIXED)(torch.randn(4, 26, 5, 5) * scale + shift)
    for fields in MIXED.split(y):
        mean, variance = fields.mean(dim=(0, 2, 3, 4)), fields.var(dim=(0, 2, 3, 4), correction=0)
        torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-5, rtol=0)
        torch.testing.assert_close(variance, torch.ones_like(variance), atol=1e-4, rtol=0)
    channels = MIXED.split(y)[1].mean(dim=(0, 3, 4))
    assert channels.abs().max() > 0.1  # not each channel by itself


def test_one_scale_and_one_running_statistic_a_field():
    norm = FieldBatchNorm(MIXED)
    assert [tuple(value.shape) for value in norm.state_dict().values()] == [(2,)] * 4 + [()] + [(3,)] * 4 + [()]


def test_equivariant_in_training_mode_too(group, dtype):
    fields = trivial_type(group, 1) + regular_type(group, 2)
    norm = FieldBatchNorm(fields).to(dtype).train()
    x = torch.randn(2, fields.size, 5, 6, dtype=dtype)
    y = norm(x)
    for g in group.elements:
        error = (norm(fields.transform(x, g)) - fields.transform(y, g)).abs().max().item()
        assert error <= (1e-5 if dtype == torch.float32 else 1e-12)


def test_fields_that_the_group_does_not_permute_are_refused(vector_field):
    with pytest.raises(SymmetryError, match=r"FieldBatchNorm of fields whose channels .* got 'D4: 1 vector"):
        FieldBatchNorm(vector_field(D4))
