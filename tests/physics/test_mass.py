"""Lensing identities: potentials, convergence, mass, curl, and how a deflection turns with its lens."""

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lensym.physics.mass import (
    axis_ratio_and_angle,
    point_mass_deflection,
    rotate,
    shear_deflection,
    sie_deflection,
)

STEP = 1e-5
lengths = st.floats(-3, 3)
positions = st.tuples(lengths, lengths).filter(lambda p: math.hypot(*p) > 0.1)
ellipticities = st.tuples(st.floats(0, 0.6), st.floats(-math.pi, math.pi)).map(
    lambda e: (e[0] * math.cos(e[1]), e[0] * math.sin(e[1]))
)
radii = st.floats(0.2, 2.0)


def derivatives(function, x, y):
    """Central differences of ``function(x, y)`` along x and y; of a pair, each a pair."""
    along_x = np.subtract(function(x + STEP, y), function(x - STEP, y)) / (2 * STEP)
    along_y = np.subtract(function(x, y + STEP), function(x, y - STEP)) / (2 * STEP)
    return along_x, along_y


def at(deflection, *lens):
    """A deflection as a function of one position."""
    return lambda x, y: tuple(float(a) for a in deflection(np.asarray(x), np.asarray(y), *lens))


def point_mass(mass_x, mass_y, theta_E):
    return at(point_mass_deflection, *(np.array([value]) for value in (mass_x, mass_y, theta_E)))


def flux(deflection, x, y, normal_x, normal_y):
    """Integral of the deflection through a closed curve: twice the convergence inside it."""
    alpha_x, alpha_y = deflection(x, y)
    return float((alpha_x * normal_x + alpha_y * normal_y).sum())


def ellipse(semi_x, semi_y, phi, points=20_000):
    """Points of an ellipse turned by ``phi`` and their outward normals times the arc length."""
    t = (np.arange(points) + 0.5) * 2 * np.pi / points
    x, y = rotate(semi_x * np.cos(t), semi_y * np.sin(t), -phi)
    normal = rotate(semi_y * np.cos(t), semi_x * np.sin(t), -phi)
    return x, y, *(n * 2 * np.pi / points for n in normal)


@given(positions, positions, radii)
def test_a_point_mass_deflects_by_the_gradient_of_its_potential(p, mass, theta_E):
    assume(math.dist(p, mass) > 0.1)
    potential = derivatives(lambda x, y: theta_E**2 * math.log(math.dist((x, y), mass)), *p)
    assert_allclose(point_mass(*mass, theta_E)(*p), potential, atol=1e-6)


@given(positions, st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_shear_deflects_by_the_gradient_of_its_potential(p, gamma1, gamma2):
    potential = derivatives(lambda x, y: gamma1 / 2 * (x**2 - y**2) + gamma2 * x * y, *p)
    assert_allclose(at(shear_deflection, gamma1, gamma2)(*p), potential, atol=1e-8)


@given(positions, radii, ellipticities)
def test_an_isothermal_ellipsoid_deflects_by_the_gradient_of_its_potential(p, theta_E, e):
    """The potential is homogeneous of degree one, hence ``x alpha_x + y alpha_y`` (Euler)."""
    alpha = at(sie_deflection, theta_E, *e)
    potential = derivatives(lambda x, y: np.dot((x, y), alpha(x, y)), *p)
    assert_allclose(alpha(*p), potential, atol=1e-6)


@given(positions, radii, ellipticities)
def test_the_convergence_of_an_isothermal_ellipsoid(p, theta_E, e):
    q, phi = axis_ratio_and_angle(*e)
    u, v = rotate(*p, phi)
    assume(math.hypot(q * u, v) > 0.05)
    (xx, xy), (yx, yy) = derivatives(at(sie_deflection, theta_E, *e), *p)
    assert (xx + yy) / 2 == pytest.approx(theta_E * math.sqrt(q) / (2 * math.hypot(q * u, v)), rel=1e-5)
    assert xy == pytest.approx(yx, abs=1e-6)


@given(positions, radii, st.floats(-math.pi, math.pi))
def test_an_almost_circular_lens_deflects_like_a_circular_one(p, theta_E, angle):
    radius = math.hypot(*p)
    expected = (theta_E * p[0] / radius, theta_E * p[1] / radius)
    for modulus in (0.0, 4e-10, 6e-10, 1e-5):  # on both sides of the formulas' seam
        e = (modulus * math.cos(angle), modulus * math.sin(angle))
        assert_allclose(at(sie_deflection, theta_E, *e)(*p), expected, atol=1e-8 + 4 * modulus)


@given(radii, ellipticities)
def test_the_critical_ellipse_has_the_area_and_mass_of_the_einstein_circle(theta_E, e):
    q, phi = axis_ratio_and_angle(*e)
    curve = ellipse(theta_E / math.sqrt(q), theta_E * math.sqrt(q), phi)
    inside = flux(lambda x, y: sie_deflection(x, y, theta_E, *e), *curve)
    assert inside / 2 == pytest.approx(math.pi * theta_E**2, rel=1e-6)


def test_any_curve_counts_the_point_masses_inside_it():
    masses = (np.array([0.0, 0.4, 2.5]), np.array([0.1, -0.3, 0.0]), np.array([0.5, 0.2, 0.7]))
    inside = flux(lambda x, y: point_mass_deflection(x, y, *masses), *ellipse(1.5, 1.0, 0.3))
    assert inside / 2 == pytest.approx(math.pi * (0.5**2 + 0.2**2), rel=1e-6)
    assert abs(flux(lambda x, y: shear_deflection(x, y, 0.1, -0.2), *ellipse(1.5, 1.0, 0.3))) < 1e-12


@given(positions, radii, ellipticities, st.floats(-math.pi, math.pi))
def test_turning_the_scene_turns_the_deflection(p, theta_E, e, angle):
    turned_p, turned_e = rotate(*p, -angle), rotate(*e, -2 * angle)
    for deflection, lens, turned in (
        (sie_deflection, (theta_E, *e), (theta_E, *turned_e)),
        (shear_deflection, e, turned_e),
    ):
        expected = rotate(*at(deflection, *lens)(*p), -angle)
        assert_allclose(at(deflection, *turned)(*turned_p), expected, atol=1e-9)


def test_an_ellipticity_turns_twice_as_fast_as_its_ellipse():
    q, phi = axis_ratio_and_angle(0.2 * math.cos(0.8), 0.2 * math.sin(0.8))
    assert (q, phi) == (pytest.approx(0.8 / 1.2), pytest.approx(0.4))


def test_the_centre_of_every_lens_is_finite():
    zero, one = np.zeros(1), np.ones(1)
    for e1 in (0.0, 0.3):
        assert np.isfinite(sie_deflection(zero, zero, 1.0, e1, 0.1)).all()
    assert_allclose(point_mass_deflection(zero, zero, zero, zero, one), np.zeros((2, 1)))


@pytest.mark.parametrize("e", [(0.0, 0.0), (0.1, -0.2)])
def test_torch_gives_what_numpy_gives(e):
    x, y = np.random.default_rng(0).normal(size=(2, 40))
    masses = tuple(np.random.default_rng(1).normal(size=(3, 5)))
    tensors = tuple(map(torch.from_numpy, (x, y)))
    for deflection, lens, lens_tensors in (
        (sie_deflection, (1.2, *e), (1.2, *e)),
        (shear_deflection, e, e),
        (point_mass_deflection, masses, tuple(map(torch.from_numpy, masses))),
    ):
        result = deflection(*tensors, *lens_tensors)
        assert all(isinstance(alpha, torch.Tensor) for alpha in result)
        assert_allclose(torch.stack(result).numpy(), deflection(x, y, *lens), rtol=1e-12)


def test_torch_gives_gradients():
    x, y = (torch.tensor([value], dtype=torch.float64, requires_grad=True) for value in (0.7, -0.4))
    assert torch.autograd.gradcheck(lambda a, b: sie_deflection(a, b, 1.2, 0.1, -0.2), (x, y))
