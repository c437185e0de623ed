"""Projections by quadrature; the two sides and the seams of the formulas."""

import math

import mpmath  # comes with torch
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from lensym.physics.mass import nfw_convergence, nfw_deflection, tnfw_convergence, tnfw_deflection, tnfw_potential
from lensym.physics.mass.nfw import (
    arccosh_function,
    convergence_function,
    mass_function,
    nfw_potential,
    potential_function,
)

RS, ALPHA_RS = 0.4, 0.1
RHO_0 = ALPHA_RS / (4 * RS**2 * (1 - math.log(2)))
radii = st.floats(math.log(1e-3), math.log(20)).map(math.exp)


def projected(density, radius):
    """Integral of the density along the line of sight, which is stretched by ``sinh``."""

    def integrand(t):
        return density(math.hypot(radius, math.sinh(t))) * math.cosh(t)

    return 2 * quad(integrand, 0, 25, epsabs=0, epsrel=1e-10, limit=500)[0]


def nfw_density(r):
    return RHO_0 / (r / RS * (1 + r / RS) ** 2)


def on_axis(profile, radius, *parameters):
    values = profile(np.array([radius]), np.zeros(1), *parameters)
    return float((values[0] if isinstance(values, tuple) else values)[0])


def truncated(profile, radius, r_trunc):
    zero = np.zeros(1)
    return on_axis(profile, radius, zero, zero, *(np.array([p]) for p in (RS, ALPHA_RS, r_trunc)))


def test_the_deflection_at_the_scale_radius_is_the_parameter():
    assert on_axis(nfw_deflection, RS, RS, ALPHA_RS) == pytest.approx(ALPHA_RS, rel=1e-13)


@settings(max_examples=20)
@given(radii)
def test_the_convergence_is_the_projected_density(radius):
    assert on_axis(nfw_convergence, radius, RS, ALPHA_RS) == pytest.approx(projected(nfw_density, radius), rel=1e-8)


@settings(max_examples=20)
@given(radii, st.floats(math.log(0.1), math.log(100)).map(math.exp))
def test_the_convergence_of_a_truncated_halo_is_its_projected_density(radius, tau):
    r_trunc = tau * RS
    expected = projected(lambda r: nfw_density(r) * r_trunc**2 / (r**2 + r_trunc**2), radius)
    assert truncated(tnfw_convergence, radius, r_trunc) == pytest.approx(expected, rel=1e-6)


@given(st.floats(-9, 3).map(lambda t: 10.0**t))
def test_the_functions_keep_their_digits(x):
    """Against 40 digits; the mass near the centre is a difference of logarithms in textbook form."""
    with mpmath.workdps(40):
        z = mpmath.mpf(x)
        F = mpmath.re(mpmath.acosh(1 / z) / mpmath.sqrt(1 - z**2)) if x != 1 else mpmath.mpf(1)
        L = mpmath.log(z / 2)
        expected = [F, L + F, L**2 + (z**2 - 1) * F**2, (F - 1) / (1 - z**2) if x != 1 else mpmath.mpf(1) / 3]
        expected = [float(value) for value in expected]
    functions = (arccosh_function, mass_function, potential_function, convergence_function)
    assert_allclose([float(f(np.array(x))) for f in functions], expected, rtol=2e-13)


def test_the_seams_do_not_show():
    for seam in (0.5, math.sqrt(0.98), 1.0, math.sqrt(1.02)):
        x = seam + np.array([-1e-12, 0.0, 1e-12])
        for function in (arccosh_function, convergence_function, mass_function, potential_function):
            values = function(x)
            assert abs(np.diff(values)).max() < 1e-11


@pytest.mark.parametrize("radius", [0.001, 0.3, 4.0])
def test_a_halo_truncated_far_out_is_not_truncated(radius):
    for tnfw, nfw in ((tnfw_potential, nfw_potential), (tnfw_deflection, nfw_deflection)):
        assert truncated(tnfw, radius, 1e9) == pytest.approx(on_axis(nfw, radius, RS, ALPHA_RS), rel=1e-7)


def test_truncation_takes_mass_away_outside_and_hardly_any_inside():
    inside, outside = (
        truncated(tnfw_convergence, r, 2.0) / on_axis(nfw_convergence, r, RS, ALPHA_RS) for r in (0.01, 4.0)
    )
    assert 0.9 < inside < 1
    assert outside < 0.15
