"""Halo and soliton rows against the plain formulas."""

import numpy as np
import pytest

from lensym.physics.kernels.halos import halo_row, halo_table, soliton_row
from lensym.physics.mass import soliton_deflection, tnfw_deflection

AXIS = np.linspace(-3.0, 3.0, 60)


def rows(function, *arguments):
    """Deflection (2, 60) that a row kernel takes away, at y = 0.3."""
    beta = np.zeros((2, len(AXIS)))
    function(AXIS, 0.3, *arguments, beta[0], beta[1])
    return -beta


@pytest.mark.parametrize("truncation", [0.5, 3.0, 10.0, 200.0])
def test_halos_of_all_sizes_are_those_of_the_plain_formula(truncation):
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-3, 3, (2, 40))
    Rs, alpha_Rs = 10 ** rng.uniform(-3, 0.5, 40), 10 ** rng.uniform(-6, -2, 40)
    found = rows(halo_row, np.stack([x, y, Rs, alpha_Rs]), halo_table(truncation), np.empty(len(AXIS)))
    expected = np.stack(tnfw_deflection(AXIS, np.full_like(AXIS, 0.3), x, y, Rs, alpha_Rs, truncation * Rs))
    np.testing.assert_allclose(found, expected, atol=1e-7 * np.abs(expected).max())
    wrong = np.stack(tnfw_deflection(AXIS, np.full_like(AXIS, 0.3), x, y, Rs, alpha_Rs, 1.03 * truncation * Rs))
    assert np.abs(found - wrong).max() > 1e-5 * np.abs(expected).max()


def test_the_table_is_the_plain_function_between_its_knots():
    x = np.exp(np.random.default_rng(2).uniform(np.log(1e-4), np.log(1e3), 500))
    halo = np.array([[0.0], [0.0], [1.0], [1.0]])
    beta = np.zeros((2, len(x)))
    halo_row(x, 0.0, halo, halo_table(10.0), np.empty(len(x)), beta[0], beta[1])
    one, zero = np.ones(1), np.zeros(1)
    expected, _ = tnfw_deflection(x, np.zeros_like(x), zero, zero, one, one, 10 * one)
    np.testing.assert_allclose(-beta[0], expected, rtol=1e-7)


def test_a_halo_in_the_middle_of_a_pixel_deflects_it_finitely():
    halo = np.array([[AXIS[7]], [0.3], [0.1], [0.01]])
    assert np.isfinite(rows(halo_row, halo, halo_table(10.0), np.empty(len(AXIS)))).all()


def test_solitons_are_those_of_the_plain_formula():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-3, 3, (2, 40))
    kappa_0, r_c = rng.uniform(0.01, 2, 40), 10 ** rng.uniform(-3, 0.5, 40)
    x[0], y[0] = AXIS[5], 0.3  # in the middle of a pixel
    found = rows(soliton_row, np.stack([x, y, kappa_0, r_c]))
    expected = np.stack(soliton_deflection(AXIS, np.full_like(AXIS, 0.3), x, y, kappa_0, r_c))
    np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())
    assert np.abs(found - 1.03 * expected).max() > 1e-3 * np.abs(expected).max()
