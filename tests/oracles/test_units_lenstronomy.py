"""Masses, redshifts and instruments to lensing parameters and noise, against lenstronomy."""

import importlib.util

import pytest

from lensym.physics.cosmology import FlatLambdaCDM, critical_surface_density, isothermal_einstein_radius
from lensym.physics.halos import nfw_in_arcsec

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        importlib.util.find_spec("lenstronomy") is None,
        reason="lenstronomy is not installed: pip install 'lensym[oracle]'",
    ),
]
RTOL = 1e-5
THEIR_SUN = 6.67384e-11 * 1.9891e30 / 1.3271244e20
"""Their gravitational constant times mass of the Sun over the IAU's: 1.00028."""


@pytest.fixture(params=[(0.5, 1.0), (0.3, 2.5)])
def z(request):
    return request.param


@pytest.fixture
def lens_cosmo(z):
    from astropy.cosmology import FlatLambdaCDM as AstropyFlatLambdaCDM
    from lenstronomy.Cosmo.lens_cosmo import LensCosmo

    return LensCosmo(*z, cosmo=AstropyFlatLambdaCDM(H0=70, Om0=0.3))


def test_the_critical_surface_density(z, lens_cosmo):
    ours = critical_surface_density(*z, FlatLambdaCDM())
    assert ours == pytest.approx(lens_cosmo.sigma_crit_angle * THEIR_SUN, rel=RTOL)


def test_the_einstein_radius_of_an_isothermal_sphere(z, lens_cosmo):
    ours = isothermal_einstein_radius(260.0, *z, FlatLambdaCDM())
    assert ours == pytest.approx(lens_cosmo.sis_sigma_v2theta_E(260.0), rel=RTOL)


@pytest.mark.parametrize(("mass", "concentration"), [(1e8, 11.0), (1e13, 5.0)])
def test_the_halo_of_a_mass(z, lens_cosmo, mass, concentration):
    Rs, alpha_Rs = lens_cosmo.nfw_physical2angle(mass, concentration)
    ours = nfw_in_arcsec(mass, concentration, *z, FlatLambdaCDM())
    assert ours == pytest.approx((Rs, alpha_Rs / THEIR_SUN), rel=RTOL)
