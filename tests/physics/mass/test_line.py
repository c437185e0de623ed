import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lensym.physics.mass import line_deflection, line_potential, point_mass_deflection, point_mass_potential, rotate

THETA_E = 0.6


def line(center_x=0.0, center_y=0.0, length=2.0, angle=0.0):
    return tuple(np.array([p]) for p in (center_x, center_y, length, angle, THETA_E))


def as_points(center_x, center_y, length, angle, count=200):
    """Gauss & Legendre's nodes on the line as point masses."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    x, y = rotate(nodes * length / 2, np.zeros(count), -angle)
    return center_x + x, center_y + y, THETA_E * np.sqrt(weights / 2)


@settings(max_examples=30)
@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0.05, 2.0), st.floats(-math.pi, math.pi))
def test_a_line_is_many_point_masses(center_x, center_y, length, angle):
    t = np.linspace(0, 2 * np.pi, 30)
    along, across = (length / 2 + 0.3) * np.cos(t), (length / 2 + 0.3) * np.sin(t)
    x, y = along + center_x, across + center_y
    points = as_points(center_x, center_y, length, angle)
    parameters = line(center_x, center_y, length, angle)
    assert_allclose(line_deflection(x, y, *parameters), point_mass_deflection(x, y, *points), atol=1e-10)
    assert_allclose(line_potential(x, y, *parameters), point_mass_potential(x, y, *points), atol=1e-10)


@pytest.mark.parametrize("length", [1e-3, 1e-6, 1e-12])
def test_a_short_line_is_a_point_mass(length):
    x, y = np.array([0.5, -1.0, 0.0]), np.array([0.2, 0.0, 0.7])
    point = (np.zeros(1), np.zeros(1), np.array([THETA_E]))
    alpha = line_deflection(x, y, *line(length=length, angle=0.3))
    assert_allclose(alpha, point_mass_deflection(x, y, *point), atol=length**2 + 1e-15)


def test_on_the_line_the_perpendicular_deflection_is_zero_and_beside_it_jumps():
    x = np.array([-0.5, 0.0, 0.9])
    for y, expected in ((0.0, 0.0), (1e-12, 1.0), (-1e-12, -1.0)):
        _, alpha_y = line_deflection(x, np.full(3, y), *line())
        assert_allclose(alpha_y, expected * math.pi * THETA_E**2 / 2, atol=1e-10)  # pi theta_E^2 / length


def test_the_middle_of_the_line_deflects_nowhere_and_its_ends_to_the_middle():
    x = np.array([0.0, -1.0, 1.0])
    alpha_x, alpha_y = line_deflection(x, np.zeros(3), *line())
    assert alpha_y.tolist() == [0, 0, 0]
    assert alpha_x[0] == 0
    assert np.isfinite(alpha_x).all()
    assert alpha_x[1] == -alpha_x[2] < -1


def test_the_axis_beyond_the_line_has_no_jump():
    for y in (1e-13, 0.0, -1e-13):
        alpha_x, alpha_y = line_deflection(np.array([-2.0]), np.array([y]), *line())
        assert alpha_x == pytest.approx(-(THETA_E**2) / 2 * math.log(3), rel=1e-12)
        assert abs(alpha_y) < 1e-12
