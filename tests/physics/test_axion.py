import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from lensym.physics.axion import (
    CORE_SHARE,
    SOLITON_DENSITY,
    soliton_core_radius,
    soliton_in_arcsec,
    soliton_mass,
    vortex_length,
)
from lensym.physics.cosmology import FlatLambdaCDM, critical_surface_density
from lensym.physics.mass import soliton_deflection
from lensym.physics.mass.soliton import CORE_SLOPE
from lensym.physics.substructure import vortex_half_length

COSMOLOGY = FlatLambdaCDM()
Z = (0.5, 1.0)
soliton_masses = st.floats(5, 9).map(lambda t: 10.0**t)
axion_masses = st.floats(-23, -21)


def soliton_mass_within(radius, r_c, log10_axion_mass):
    rho_c = SOLITON_DENSITY * 10.0 ** (-2 * (log10_axion_mass + 22)) * r_c**-4
    integral = quad(lambda x: x**2 * (1 + CORE_SLOPE * x**2) ** -8, 0, radius / r_c, epsabs=0, epsrel=1e-10)[0]
    return 4 * math.pi * rho_c * r_c**3 * integral


@given(axion_masses)
def test_at_the_papers_redshift_a_vortex_has_the_papers_length(log10_mass):
    published = 2 * vortex_half_length(log10_mass, 0.06)
    assert vortex_length(log10_mass, 0.5, COSMOLOGY) == pytest.approx(published, rel=2e-3)


def test_a_vortex_looks_shorter_from_farther_away():
    ratio = vortex_length(-22.0, 0.7, COSMOLOGY) / vortex_length(-22.0, 0.3, COSMOLOGY)
    distances = [COSMOLOGY.angular_diameter_distance(z) for z in (0.3, 0.7)]
    assert ratio == pytest.approx(distances[0] / distances[1], rel=1e-12)


@given(soliton_masses, axion_masses)
def test_the_density_of_the_core_integrates_to_its_mass(mass, log10_mass):
    r_c = soliton_core_radius(mass, log10_mass)
    assert soliton_mass_within(60 * r_c, r_c, log10_mass) == pytest.approx(mass, rel=1e-8)
    assert soliton_mass_within(r_c, r_c, log10_mass) == pytest.approx(CORE_SHARE * mass, rel=1e-8)


def test_a_heavier_soliton_or_axion_has_a_smaller_core():
    reference = soliton_core_radius(1e8, -22.0)
    assert reference == pytest.approx(2.2, rel=0.02)  # kpc: Schive's 1.9e7 times 11.7
    assert soliton_core_radius(2e8, -22.0) == pytest.approx(reference / 2)
    assert soliton_core_radius(1e8, -21.0) == pytest.approx(reference / 100)


def test_the_lens_has_the_mass_asked_for():
    mass = np.array([1e7, 1e9])
    kappa_0, r_c = soliton_in_arcsec(mass, -21.5, *Z, COSMOLOGY)
    zero = np.zeros(1)
    for k in range(2):
        far = 50 * r_c[[k]]
        alpha, _ = soliton_deflection(far, zero, zero, zero, kappa_0[[k]], r_c[[k]])
        assert math.pi * alpha * far * critical_surface_density(*Z, COSMOLOGY) == pytest.approx(mass[k], rel=1e-9)


def test_the_core_of_a_halo_is_schives():
    """Their eqs. 6 and 7: a core radius of 1.6 kpc in a halo of 1e9 at 1e-22 eV today, smaller at higher redshift."""
    radii = [soliton_core_radius(soliton_mass(1e9, -22.0, z, COSMOLOGY), -22.0) for z in (0.0, 1.0)]
    assert radii[0] == pytest.approx(1.6, rel=0.08)
    assert radii[0] / math.sqrt(2) < radii[1] * 1.05 < radii[0]
    assert soliton_mass(8e9, -22.0, 0.0, COSMOLOGY) == pytest.approx(2 * soliton_mass(1e9, -22.0, 0.0, COSMOLOGY))
