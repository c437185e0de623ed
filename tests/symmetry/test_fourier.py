from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from lensym.errors import SymmetryError, UsageError
from lensym.symmetry import (
    FieldType,
    FourierNonlinearity,
    cyclic,
    dihedral,
    direct_sum,
    from_irreps,
    irrep,
    irrep_type,
    irreps,
    o2,
    regular,
    regular_type,
    smooth_equivariance_error,
    so2,
    spectral,
)
from lensym.symmetry.fourier import fourier_series


@pytest.mark.parametrize("group", [cyclic(8), cyclic(5), dihedral(4), dihedral(3)], ids=str)
def test_of_a_regular_field_in_its_fourier_basis_it_is_the_function_of_the_channels(group):
    parts = regular(group).decomposition
    fields = FieldType.of(from_irreps(parts.irreps, "fourier"), 2)
    there = torch.block_diag(*[torch.from_numpy(parts.basis.T)] * 2)
    x = torch.randn(1, 2 * group.order, 3, 3, dtype=torch.float64)
    y = FourierNonlinearity(fields).double()(torch.einsum("cg,nghw->nchw", there, x))
    torch.testing.assert_close(torch.einsum("cg,nchw->nghw", there, y), torch.relu(x), rtol=0, atol=1e-12)
    directly = FourierNonlinearity(regular_type(group, 2)).double()(x)
    torch.testing.assert_close(directly, torch.relu(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("group", [so2(), o2(), dihedral(5), cyclic(7)], ids=str)
def test_moving_a_field_moves_its_function(group):
    """f(g) of the moved field is f(h^-1 g) of the field, for any h, and g on the samples."""
    samples = cyclic(12) if group == so2() else dihedral(12) if group == o2() else group
    kind = spectral(group, 2)
    series, x = fourier_series(kind, samples), np.random.default_rng(0).normal(size=kind.size)
    for h in samples.elements:
        inside = h if group == samples else group.embed(h, samples)
        moved = series @ kind.matrix(inside) @ x
        still = (series @ x)[[samples.multiply(samples.inverse(h), g) for g in samples.elements]]
        np.testing.assert_allclose(moved, still, atol=1e-12)


def test_values_have_the_mean_square_of_the_coefficients():
    kind = spectral(o2(), 3)
    series = fourier_series(kind, dihedral(16))
    np.testing.assert_allclose(series.T @ series * kind.size / 32, np.eye(kind.size), atol=1e-12)


def test_an_identity_of_positive_functions():
    kind = spectral(so2(), 2)
    x = torch.zeros(1, 5, 2, 2)
    x[:, 0], x[:, 1] = 3.0, 1.0  # above zero everywhere
    torch.testing.assert_close(FourierNonlinearity(FieldType.of(kind, 1))(x), x)


def test_more_rotations_turn_more_exactly():
    fields = FieldType.of(spectral(so2(), 2), 3)
    angles = [math.radians(11.0)]
    few, many = (
        smooth_equivariance_error(
            FourierNonlinearity(fields, "elu", rotations), so2(), angles, out_type=fields, in_type=fields
        )["11"]
        for rotations in (8, 64)
    )
    assert many < few


def test_what_is_no_function_on_the_group_is_refused():
    twice = direct_sum([irrep(so2(), "psi_1"), irrep(so2(), "psi_1")])
    with pytest.raises(SymmetryError, match=r"contain psi_1 at most 1 times; got 'psi_1\+psi_1', which contains it 2"):
        FourierNonlinearity(FieldType.of(twice, 1))
    thrice = from_irreps((irreps(dihedral(4))[2],) * 3)
    with pytest.raises(SymmetryError, match=r"contain psi_1,1 at most 2 times; .* 3 times"):
        FourierNonlinearity(FieldType.of(thrice, 1))


def test_too_few_values_are_refused():
    with pytest.raises(SymmetryError, match=r"more values than the 7 coefficients of 'spectral\[3\]'; got those on C4"):
        FourierNonlinearity(FieldType.of(spectral(so2(), 3), 1), rotations=4)
    with pytest.raises(SymmetryError, match="values on all of C8; got rotations=16"):
        FourierNonlinearity(regular_type(cyclic(8), 1), rotations=16)
    with pytest.raises(UsageError, match="did you mean 'relu'"):
        FourierNonlinearity(irrep_type(so2(), "psi_1", 1), "rleu")


def test_values_that_quarter_turns_would_mix_are_refused():
    with pytest.raises(SymmetryError, match=r"a multiple of 4 rotations.*; got rotations=7; give 8"):
        FourierNonlinearity(FieldType.of(spectral(so2(), 1), 1), rotations=7)
