import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from lensym.physics.mass import soliton_convergence, soliton_deflection, soliton_potential
from lensym.physics.mass.soliton import CORE_SLOPE

KAPPA_0, R_C = 0.3, 0.2


def on_axis(profile, radius):
    parameters = (np.array([p]) for p in (0.0, 0.0, KAPPA_0, R_C))
    values = profile(np.array([radius]), np.zeros(1), *parameters)
    return float((values[0] if isinstance(values, tuple) else values)[0])


def projected(radius):
    """Schive's density of unit central value, integrated along the line of sight."""
    return 2 * quad(lambda z: (1 + CORE_SLOPE * (radius**2 + z**2) / R_C**2) ** -8, 0, 5, epsabs=0, epsrel=1e-11)[0]


def test_the_density_falls_to_one_half_at_the_core_radius():
    assert math.isclose((1 + CORE_SLOPE) ** -8, 0.5, rel_tol=1e-14)
    assert round(CORE_SLOPE, 3) == 0.091  # as in the paper


@given(st.floats(0, 1.5))
def test_the_convergence_is_the_projected_density(radius):
    expected = KAPPA_0 * projected(radius) / projected(0.0)
    assert on_axis(soliton_convergence, radius) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=20)
@given(st.floats(1e-3, 2))
def test_mass_and_potential_are_the_integrals_of_what_is_inside(radius):
    ring, _ = quad(lambda r: 2 * r * on_axis(soliton_convergence, r), 0, radius, epsabs=0, epsrel=1e-11)
    assert on_axis(soliton_deflection, radius) == pytest.approx(ring / radius, rel=1e-9)
    potential, _ = quad(lambda r: on_axis(soliton_deflection, r), 0, radius, epsabs=0, epsrel=1e-11)
    assert on_axis(soliton_potential, radius) == pytest.approx(potential, rel=1e-9)


def test_near_the_centre_it_is_a_sheet():
    assert on_axis(soliton_deflection, 1e-7) == pytest.approx(KAPPA_0 * 1e-7, rel=1e-10)
    assert on_axis(soliton_potential, 1e-7) == pytest.approx(KAPPA_0 * 1e-14 / 2, rel=1e-8)
    assert math.isclose(on_axis(soliton_convergence, 0.0), KAPPA_0)
