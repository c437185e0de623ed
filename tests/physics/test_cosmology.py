import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from lensym.physics.cosmology import einstein_radius

G, C, MSUN, MPC = 6.6743e-11, 2.99792458e8, 1.98841e30, 3.0856775814913673e22  # SI
redshifts = st.tuples(st.floats(0.05, 1.0), st.floats(0.05, 2.0)).map(lambda z: (z[0], z[0] + z[1]))


def comoving_distance(z, H0, Om0):
    """Metres."""
    return C / (H0 * 1e3 / MPC) * quad(lambda t: (Om0 * (1 + t) ** 3 + 1 - Om0) ** -0.5, 0, z)[0]


def radius(mass, d_lens, d_source, d_lens_source):
    return (4 * G * mass * MSUN / C**2 * d_lens_source / (d_lens * d_source)) ** 0.5 * 206264.80624709636


@pytest.mark.parametrize(("distance", "expected"), [("angular", 1.66), ("luminosity", 1.28)])
def test_the_published_halo(distance, expected):
    assert einstein_radius(1e12, 0.5, 1.0, distance=distance) == pytest.approx(expected, abs=0.005)


@settings(max_examples=15)  # astropy is slow
@given(redshifts, st.floats(50, 90), st.floats(0.1, 0.9))
def test_angular_diameter_distances_by_quadrature(z, H0, Om0):
    lens, source = (comoving_distance(value, H0, Om0) for value in z)
    expected = radius(1e12, lens / (1 + z[0]), source / (1 + z[1]), (source - lens) / (1 + z[1]))
    assert einstein_radius(1e12, *z, H0, Om0) == pytest.approx(expected, rel=1e-4)


@settings(max_examples=15)  # astropy is slow
@given(redshifts, st.floats(50, 90), st.floats(0.1, 0.9))
def test_luminosity_distances_by_quadrature(z, H0, Om0):
    lens, source = (comoving_distance(value, H0, Om0) * (1 + value) for value in z)
    expected = radius(1e12, lens, source, source - lens)
    assert einstein_radius(1e12, *z, H0, Om0, "luminosity") == pytest.approx(expected, rel=1e-4)


@settings(max_examples=15)
@given(st.floats(1e5, 1e14), st.sampled_from(["angular", "luminosity"]))
def test_the_radius_grows_as_the_square_root_of_the_mass(mass, distance):
    unit = einstein_radius(1.0, 0.5, 1.0, distance=distance)
    assert einstein_radius(mass, 0.5, 1.0, distance=distance) == pytest.approx(unit * np.sqrt(mass), rel=1e-12)
