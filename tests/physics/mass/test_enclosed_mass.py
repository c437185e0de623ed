"""The flux of the deflection through a closed curve is twice the convergence inside (Gauss)."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensym.physics import mass
from lensym.physics.mass.soliton import CORE_AREA

radii = st.floats(0.2, 2.0)
slopes = st.floats(1.4, 2.6)
ellipticities = st.tuples(st.floats(0, 0.6), st.floats(-math.pi, math.pi)).map(
    lambda e: (e[0] * math.cos(e[1]), e[0] * math.sin(e[1]))
)


def one(*values):
    """Parameters of a population of one."""
    return (np.array([value]) for value in values)


def enclosed(deflection, semi_x, semi_y, phi=0.0, points=4000):
    """Convergence integrated inside the ellipse with these semi-axes, the first at the angle ``phi``."""
    t = (np.arange(points) + 0.5) * 2 * np.pi / points
    x, y = mass.rotate(semi_x * np.cos(t), semi_y * np.sin(t), -phi)
    normal_x, normal_y = mass.rotate(semi_y * np.cos(t), semi_x * np.sin(t), -phi)
    alpha_x, alpha_y = deflection(x, y)
    return float((alpha_x * normal_x + alpha_y * normal_y).sum()) * np.pi / points


@given(radii, slopes)
def test_circular_lenses_have_a_mean_convergence_of_one_inside_the_einstein_radius(theta_E, gamma):
    area = math.pi * theta_E**2
    for deflection in (
        lambda x, y: mass.sis_deflection(x, y, theta_E),
        lambda x, y: mass.sie_deflection(x, y, theta_E, 0.0, 0.0),
        lambda x, y: mass.epl_deflection(x, y, theta_E, gamma, 0.0, 0.0),
        lambda x, y: mass.point_mass_deflection(x, y, *one(0, 0, theta_E)),
    ):
        assert enclosed(deflection, theta_E, theta_E, points=40) == pytest.approx(area, rel=1e-12)


@given(radii, ellipticities, slopes)
def test_the_critical_ellipse_has_the_area_and_mass_of_the_einstein_circle(theta_E, e, gamma):
    q, phi = mass.axis_ratio_and_angle(*e)
    ellipse = theta_E / math.sqrt(q), theta_E * math.sqrt(q), phi
    area = math.pi * theta_E**2
    assert enclosed(lambda x, y: mass.sie_deflection(x, y, theta_E, *e), *ellipse) == pytest.approx(area, rel=1e-9)
    assert enclosed(lambda x, y: mass.epl_deflection(x, y, theta_E, gamma, *e), *ellipse) == pytest.approx(area)


def test_any_curve_counts_the_point_masses_inside_it_and_no_shear():
    masses = (np.array([0.0, 0.4, 2.5]), np.array([0.1, -0.3, 0.0]), np.array([0.5, 0.2, 0.7]))
    inside = enclosed(lambda x, y: mass.point_mass_deflection(x, y, *masses), 1.5, 1.0, 0.3)
    assert inside == pytest.approx(math.pi * (0.5**2 + 0.2**2), rel=1e-9)
    assert abs(enclosed(lambda x, y: mass.shear_deflection(x, y, 0.1, -0.2), 1.5, 1.0, 0.3)) < 1e-12


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_line_holds_its_mass_evenly(share):
    """A circle that cuts the line in its middle holds half of it (the flux jumps there, so to fewer digits)."""
    line = tuple(one(0.0, 0.0, 2.0, 0.0, 0.6))
    shift = 0.0 if share == 1 else 2.0
    inside = enclosed(lambda x, y: mass.line_deflection(x + shift, y, *line), 2.0, 2.0)
    assert inside == pytest.approx(share * math.pi * 0.6**2, rel=1e-9 if share == 1 else 1e-3)


def test_a_soliton_ends_with_its_total_mass():
    soliton = tuple(one(0.0, 0.0, 0.3, 0.2))
    inside = enclosed(lambda x, y: mass.soliton_deflection(x, y, *soliton), 40.0, 40.0)
    assert inside == pytest.approx(CORE_AREA * 0.3 * 0.2**2, rel=1e-9)


@pytest.mark.parametrize("tau", [0.3, 1.0, 20.0])
def test_a_truncated_halo_ends_with_its_total_mass(tau):
    Rs, alpha_Rs = 0.4, 0.1
    halo = tuple(one(0.0, 0.0, Rs, alpha_Rs, tau * Rs))
    rho_0 = alpha_Rs / (4 * Rs**2 * (1 - math.log(2)))
    total = 4 * math.pi * rho_0 * Rs**3 * mass.tnfw_total_mass(tau)
    radius = 3e3 * max(tau, 1.0) * Rs
    inside = enclosed(lambda x, y: mass.tnfw_deflection(x, y, *halo), radius, radius)
    assert inside == pytest.approx(total, rel=1e-5)
    assert inside < total
