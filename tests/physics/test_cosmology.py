import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from lensym.errors import UsageError
from lensym.physics.cosmology import (
    FlatLambdaCDM,
    critical_surface_density,
    deflection_ratio,
    einstein_radius,
    isothermal_einstein_radius,
)

G, C, MSUN, MPC = 6.6743e-11, 2.99792458e8, 1.98841e30, 3.0856775814913673e22  # SI
ARCSEC = 206264.80624709636
redshifts = st.tuples(st.floats(0.05, 1.0), st.floats(0.05, 2.0)).map(lambda z: (z[0], z[0] + z[1]))


def comoving_distance(z, H0, Om0):
    """Metres."""
    return C / (H0 * 1e3 / MPC) * quad(lambda t: (Om0 * (1 + t) ** 3 + 1 - Om0) ** -0.5, 0, z)[0]


def radius(mass, d_lens, d_source, d_lens_source):
    return (4 * G * mass * MSUN / C**2 * d_lens_source / (d_lens * d_source)) ** 0.5 * ARCSEC


@pytest.mark.parametrize(("H0", "Om0"), [(70, 0.3), (55, 0.1), (80, 0.9)])
def test_distances_and_densities_are_astropys(H0, Om0):
    from astropy.cosmology import FlatLambdaCDM as AstropyFlatLambdaCDM

    z, near = np.linspace(0.01, 6, 40), np.full(40, 0.005)
    ours, theirs = FlatLambdaCDM(H0, Om0), AstropyFlatLambdaCDM(H0=H0, Om0=Om0)
    for name in ("comoving_distance", "angular_diameter_distance", "luminosity_distance"):
        assert_allclose(getattr(ours, name)(z), getattr(theirs, name)(z).to_value("Mpc"), rtol=1e-12)
    between = (theirs.comoving_distance(z) - theirs.comoving_distance(near)).to_value("Mpc") / (1 + z)
    assert_allclose(ours.angular_diameter_distance_between(near, z), between, rtol=1e-10)
    assert_allclose(ours.critical_density(z), theirs.critical_density(z).to_value("Msun/kpc3"), rtol=1e-9)
    assert_allclose(ours.matter_fraction(z), theirs.Om(z), rtol=1e-12)
    assert_allclose(ours.kpc_per_arcsec(z), theirs.kpc_proper_per_arcmin(z).to_value("kpc/arcsec"), rtol=1e-12)


def test_another_matter_density_would_show():
    assert FlatLambdaCDM(70, 0.3).comoving_distance(1.0) != pytest.approx(
        FlatLambdaCDM(70, 0.3001).comoving_distance(1.0), rel=1e-6
    )


@pytest.mark.parametrize(("distance", "expected"), [("angular", 1.66), ("luminosity", 1.28)])
def test_the_published_halo(distance, expected):
    assert einstein_radius(1e12, 0.5, 1.0, distance=distance) == pytest.approx(expected, abs=0.005)


@given(redshifts, st.floats(50, 90), st.floats(0.1, 0.9))
def test_angular_diameter_distances_by_quadrature(z, H0, Om0):
    lens, source = (comoving_distance(value, H0, Om0) for value in z)
    expected = radius(1e12, lens / (1 + z[0]), source / (1 + z[1]), (source - lens) / (1 + z[1]))
    assert einstein_radius(1e12, *z, H0, Om0) == pytest.approx(expected, rel=1e-5)


@given(redshifts, st.floats(50, 90), st.floats(0.1, 0.9))
def test_luminosity_distances_by_quadrature(z, H0, Om0):
    lens, source = (comoving_distance(value, H0, Om0) * (1 + value) for value in z)
    expected = radius(1e12, lens, source, source - lens)
    assert einstein_radius(1e12, *z, H0, Om0, "luminosity") == pytest.approx(expected, rel=1e-5)


@settings(max_examples=15)
@given(st.floats(1e5, 1e14), st.sampled_from(["angular", "luminosity"]))
def test_the_radius_grows_as_the_square_root_of_the_mass(mass, distance):
    unit = einstein_radius(1.0, 0.5, 1.0, distance=distance)
    assert einstein_radius(mass, 0.5, 1.0, distance=distance) == pytest.approx(unit * np.sqrt(mass), rel=1e-12)


def test_an_unknown_kind_of_distance_is_refused():
    with pytest.raises(UsageError, match="did you mean 'angular'"):
        einstein_radius(1e12, 0.5, 1.0, distance="angle")


def test_masses_may_be_an_array():
    masses = np.array([1e6, 1e12])
    expected = [einstein_radius(mass, 0.5, 1.0) for mass in (1e6, 1e12)]
    assert_allclose(einstein_radius(masses, 0.5, 1.0), expected, rtol=1e-15)


@given(redshifts)
def test_the_critical_density_fills_the_einstein_circle(z):
    theta_E = einstein_radius(1e12, *z)
    assert critical_surface_density(*z, FlatLambdaCDM()) * math.pi * theta_E**2 == pytest.approx(1e12, rel=1e-12)


@given(redshifts, st.floats(150, 350))
def test_the_mass_of_an_isothermal_sphere_inside_its_einstein_radius(z, sigma):
    """``M(<R) = pi sigma^2 R / G`` in projection; as a point mass it has the same Einstein radius."""
    theta_E = isothermal_einstein_radius(sigma, *z, FlatLambdaCDM())
    metres = theta_E / ARCSEC * FlatLambdaCDM().angular_diameter_distance(z[0]) * MPC
    mass = math.pi * (sigma * 1e3) ** 2 * metres / G / MSUN
    assert einstein_radius(mass, *z) == pytest.approx(theta_E, rel=1e-5)


@given(redshifts, redshifts)
def test_einstein_radii_of_isothermal_spheres_scale_with_the_deflection(z, other):
    reference = z[0] + other[1]
    radii = [isothermal_einstein_radius(200.0, z[0], source, FlatLambdaCDM()) for source in (z[1], reference)]
    assert deflection_ratio(*z, reference, FlatLambdaCDM()) == pytest.approx(radii[0] / radii[1], rel=1e-12)


@pytest.mark.parametrize("z", [(1.0, 0.5), (0.5, 0.5), (0.0, 1.0), (-0.1, 1.0)])
def test_a_source_that_is_not_behind_its_lens_is_refused(z):
    cosmology = FlatLambdaCDM()
    for function in (
        lambda: einstein_radius(1e12, *z),
        lambda: einstein_radius(1e12, *z, distance="luminosity"),
        lambda: critical_surface_density(*z, cosmology),
        lambda: isothermal_einstein_radius(200.0, *z, cosmology),
        lambda: deflection_ratio(*z, 3.0, cosmology),
        lambda: deflection_ratio(0.5, 1.0, 0.4, cosmology),
    ):
        with pytest.raises(UsageError, match="source behind it"):
            function()


@pytest.mark.parametrize("mass", [-1e12, float("nan"), np.array([1e12, -1.0])])
@pytest.mark.parametrize("distance", ["angular", "luminosity"])
def test_a_mass_below_zero_has_no_radius(mass, distance):
    with pytest.raises(UsageError, match=r"masses of 0 or more; got .*; leave out"):
        einstein_radius(mass, 0.5, 1.0, distance=distance)
