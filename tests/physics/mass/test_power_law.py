import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import hyp2f1

from lensym.physics.mass import (
    axis_ratio_and_angle,
    epl_convergence,
    epl_deflection,
    epl_potential,
    rotate,
    sie_convergence,
    sie_deflection,
    sie_potential,
)

ellipticities = st.tuples(st.floats(0, 0.8), st.floats(-math.pi, math.pi)).map(
    lambda e: (e[0] * math.cos(e[1]), e[0] * math.sin(e[1]))
)
X, Y = np.random.default_rng(0).normal(size=(2, 50))


def by_hypergeometric_function(theta_E, gamma, e1, e2):
    """Tessore & Metcalf 2015, eqs. 22 and 23."""
    (q, phi), t = axis_ratio_and_angle(e1, e2), gamma - 1
    u, v = rotate(X, Y, phi)
    z = q * u + 1j * v
    omega = z / abs(z) * hyp2f1(1, t / 2, 2 - t / 2, -(1 - q) / (1 + q) * z / z.conj())
    b = theta_E * math.sqrt(q)
    alpha = 2 * b / (1 + q) * (b / abs(z)) ** (t - 1) * omega
    return rotate(alpha.real, alpha.imag, -phi)


@settings(max_examples=30)
@given(st.floats(0.2, 2), st.floats(1.2, 2.8), ellipticities)
def test_the_series_is_the_hypergeometric_function(theta_E, gamma, e):
    expected = by_hypergeometric_function(theta_E, gamma, *e)
    scale = np.abs(expected).max()
    assert_allclose(epl_deflection(X, Y, theta_E, gamma, *e), expected, atol=1e-12 * scale)


@given(ellipticities)
def test_an_isothermal_slope_is_the_isothermal_ellipsoid(e):
    for epl, sie in ((epl_potential, sie_potential), (epl_deflection, sie_deflection)):
        assert_allclose(epl(X, Y, 1.2, 2.0, *e), sie(X, Y, 1.2, *e), atol=1e-9 if math.hypot(*e) < 1e-4 else 1e-12)
    assert_allclose(epl_convergence(X, Y, 1.2, 2.0, *e), sie_convergence(X, Y, 1.2, *e), rtol=1e-12)


def test_a_circular_power_law_falls_as_its_slope_says():
    alpha, _ = epl_deflection(np.array([1.0, 2.0]), np.zeros(2), 1.0, 2.4, 0.0, 0.0)
    assert alpha == pytest.approx([1.0, 2.0**-0.4], rel=1e-12)
