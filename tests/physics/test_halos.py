import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from lensym.physics.cosmology import FlatLambdaCDM, critical_surface_density
from lensym.physics.halos import (
    concentration,
    nfw_in_arcsec,
    scale_density,
    scale_radius,
    tnfw_in_arcsec,
    truncated_fraction,
    untruncated_mass,
)
from lensym.physics.mass import nfw_deflection, tnfw_deflection

COSMOLOGY = FlatLambdaCDM()
Z = (0.5, 1.0)
masses = st.floats(6, 13).map(lambda t: 10.0**t)
concentrations = st.floats(3, 30)


def shell_mass(density, low, high):
    return quad(lambda r: 4 * math.pi * r**2 * density(r), low, high, epsabs=0, epsrel=1e-10, limit=200)[0]


@pytest.mark.parametrize(("mass", "z", "expected"), [(2e12, 0.0, 5.71), (1e8, 0.5, 10.8433), (1e10, 1.0, 6.4334)])
def test_the_concentration_is_duffys(mass, z, expected):
    """Values of the table, and of another implementation (its masses are per h)."""
    assert concentration(mass / 0.7, z, COSMOLOGY) == pytest.approx(expected, rel=1e-4)


@given(masses, concentrations)
def test_the_profile_holds_m200_at_two_hundred_times_the_critical_density(m200, c):
    r_s, rho_0 = scale_radius(m200, c, Z[0], COSMOLOGY), scale_density(c, Z[0], COSMOLOGY)
    inside = shell_mass(lambda r: rho_0 / (r / r_s * (1 + r / r_s) ** 2), 0, c * r_s)
    assert inside == pytest.approx(m200, rel=1e-8)
    mean = m200 / (4 / 3 * math.pi * (c * r_s) ** 3)
    assert mean == pytest.approx(200 * COSMOLOGY.critical_density(Z[0]), rel=1e-12)


@given(masses, concentrations)
def test_the_deflection_at_the_scale_radius_is_that_of_the_mass_in_front(m200, c):
    r_s, rho_0 = scale_radius(m200, c, Z[0], COSMOLOGY), scale_density(c, Z[0], COSMOLOGY)
    Rs, alpha_Rs = nfw_in_arcsec(m200, c, *Z, COSMOLOGY)
    assert Rs * COSMOLOGY.kpc_per_arcsec(Z[0]) == pytest.approx(r_s, rel=1e-12)
    cylinder = 4 * math.pi * rho_0 * r_s**3 * (1 + math.log(0.5))
    expected = cylinder / (math.pi * critical_surface_density(*Z, COSMOLOGY) * Rs)
    assert alpha_Rs == pytest.approx(expected, rel=1e-12)
    assert nfw_deflection(np.array(Rs), np.array(0.0), Rs, alpha_Rs)[0] == pytest.approx(alpha_Rs, rel=1e-12)


@given(concentrations, st.floats(0.1, 30))
def test_the_truncated_fraction_is_the_integral_of_the_density(c, tau):
    def density(x):
        return 1 / (x * (1 + x) ** 2)

    whole = shell_mass(lambda x: density(x) * tau**2 / (tau**2 + x**2), 0, np.inf)
    assert truncated_fraction(c, tau) == pytest.approx(whole / shell_mass(density, 0, c), rel=1e-7)


@given(masses, st.floats(0.3, 30))
def test_truncation_leaves_the_mass_asked_for(mass, tau):
    m200 = untruncated_mass(mass, tau, Z[0], COSMOLOGY)
    left = m200 * truncated_fraction(concentration(m200, Z[0], COSMOLOGY), tau)
    assert left == pytest.approx(mass, rel=1e-12)


def test_the_lens_has_the_mass_asked_for():
    mass, tau = np.array([1e7, 1e9]), np.array([2.0, 8.0])
    Rs, alpha_Rs, r_trunc = tnfw_in_arcsec(mass, tau, *Z, COSMOLOGY)
    assert_allclose(r_trunc / Rs, tau, rtol=1e-12)
    far, zero = 3e4 * Rs, np.zeros(1)
    for k in range(2):
        halo = (zero, zero, Rs[[k]], alpha_Rs[[k]], r_trunc[[k]])
        alpha, _ = tnfw_deflection(far[[k]], zero, *halo)
        lensing_mass = math.pi * alpha * far[k] * critical_surface_density(*Z, COSMOLOGY)
        assert lensing_mass == pytest.approx(mass[k], rel=1e-3)


def test_three_percent_of_the_mass_would_show():
    alpha_Rs = [nfw_in_arcsec(mass, 10.0, *Z, COSMOLOGY)[1] for mass in (1e9, 1.03e9)]
    assert alpha_Rs[1] / alpha_Rs[0] == pytest.approx(1.03 ** (2 / 3), rel=1e-12)
