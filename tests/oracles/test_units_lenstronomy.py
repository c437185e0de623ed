"""Masses, redshifts and instruments to lensing parameters and noise, against lenstronomy."""

import importlib.util

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lensym.physics.cosmology import FlatLambdaCDM, critical_surface_density, isothermal_einstein_radius
from lensym.physics.halos import nfw_in_arcsec
from lensym.physics.instruments import INSTRUMENTS
from lensym.physics.mass import sie_deflection, sis_deflection, tnfw_deflection
from lensym.physics.planes import plane_weights, trace_planes
from lensym.physics.psf import MoffatPSF, convolve

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


@pytest.mark.filterwarnings("ignore:Cosmology is provided")  # said whenever one is
def test_rays_through_several_planes():
    from astropy.cosmology import FlatLambdaCDM as AstropyFlatLambdaCDM
    from lenstronomy.LensModel.lens_model import LensModel

    redshifts, z_source = [0.2, 0.5, 0.8], 1.5
    sis, sie = {"theta_E": 0.2, "center_x": 0.0, "center_y": 0.0}, {"theta_E": 1.1, "e1": 0.1, "e2": -0.2}
    halo = {"Rs": 0.3, "alpha_Rs": 0.05, "r_trunc": 0.8, "center_x": 0.6, "center_y": -0.7}
    theirs = LensModel(
        ["SIS", "SIE", "TNFW"],
        z_source=z_source,
        lens_redshift_list=redshifts,
        multi_plane=True,
        cosmo=AstropyFlatLambdaCDM(H0=70, Om0=0.3),
    )
    population = [np.array([halo[name]]) for name in ("center_x", "center_y", "Rs", "alpha_Rs", "r_trunc")]
    planes = [
        lambda x, y: sis_deflection(x, y, 0.2),
        lambda x, y: sie_deflection(x, y, **sie),
        lambda x, y: tnfw_deflection(x, y, *population),
    ]
    x, y = np.random.default_rng(0).normal(size=(2, 100))
    weights = plane_weights(redshifts, z_source, FlatLambdaCDM())
    expected = theirs.ray_shooting(x, y, [sis, sie, halo])
    assert_allclose(trace_planes(x, y, planes, weights), expected, atol=1e-8)
    with pytest.raises(AssertionError):
        assert_allclose(trace_planes(x, y, planes, np.ones((3, 4))), expected, atol=1e-3)


@pytest.mark.parametrize("unit", ["e-", "ADU"])
@pytest.mark.parametrize("name", INSTRUMENTS)
def test_flux_and_noise_of_an_instrument(name, unit):
    from lenstronomy.SimulationAPI.observation_api import SingleBand

    ours = INSTRUMENTS[name]
    theirs = SingleBand(
        pixel_scale=ours.pixel_scale,
        exposure_time=ours.exposure_time,
        magnitude_zero_point=ours.zero_point,
        read_noise=ours.read_noise,
        ccd_gain=ours.gain,
        sky_brightness=ours.sky_brightness,
        num_exposures=ours.exposures,
        data_count_unit=unit,
    )
    electrons = ours.gain if unit == "ADU" else 1.0
    image = np.array([0.0, 0.01, 3.0])
    assert_allclose(ours.flux(20.0), theirs.magnitude2cps(20.0) * electrons, rtol=1e-12)
    assert_allclose(ours.background_rms, theirs.background_noise * electrons, rtol=1e-12)
    assert_allclose(ours.noise_rms(image), theirs.estimate_noise(image / electrons) * electrons, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "module", "band"),
    [("euclid_vis", "Euclid", "VIS"), ("hst_wfc3_f160w", "HST", "WFC3_F160W"), ("roman_f129", "Roman", "F129")],
)
def test_instruments_that_lenstronomy_has_too(name, module, band):
    from importlib import import_module

    theirs = getattr(import_module(f"lenstronomy.SimulationAPI.ObservationConfig.{module}"), module)
    numbers = theirs(band=band, psf_type="GAUSSIAN").kwargs_single_band()
    ours = INSTRUMENTS[name]
    # lenstronomy's HST is sharper than the telescope's mirror can be
    assert (ours.psf.fwhm == numbers.pop("seeing")) == (name != "hst_wfc3_f160w")
    assert numbers.pop("psf_type") == "GAUSSIAN"
    names = {"ccd_gain": "gain", "magnitude_zero_point": "zero_point", "num_exposures": "exposures"}
    for key, value in numbers.items():
        assert getattr(ours, names.get(key, key)) == value, key


def test_convolution_with_a_kernel_away_from_the_edge():
    """Outside the image theirs is dark, ours is the edge continued: the same where the edge is dark."""
    from lenstronomy.ImSim.Numerics.convolution import PixelKernelConvolution

    rng = np.random.default_rng(0)
    image, kernel = np.zeros((40, 40)), MoffatPSF(0.2, truncation=2.0).kernel(0.1) * rng.uniform(0.5, 1, (9, 9))
    image[12:28, 12:28] = rng.random((16, 16))
    expected = PixelKernelConvolution(kernel, "grid").convolution2d(image)
    assert_allclose(convolve(image, kernel), expected, atol=1e-12)
