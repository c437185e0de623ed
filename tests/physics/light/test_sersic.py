import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from lensym.physics.light import (
    R_SMOOTH,
    sersic,
    sersic_amplitude,
    sersic_b,
    sersic_quadratic_form,
    sersic_sum,
    sersic_total_flux,
)

ellipticities = st.tuples(st.floats(0, 0.6), st.floats(-math.pi, math.pi)).map(
    lambda e: (e[0] * math.cos(e[1]), e[0] * math.sin(e[1]))
)


def light_within(radius, n_sersic):
    """Light of a circular profile of unit amplitude and half-light radius inside ``radius``."""

    def ring(r):
        return 2 * math.pi * r * float(sersic(np.array(r), np.array(0.0), 1.0, 1.0, n_sersic, 0.0, 0.0, 0.0, 0.0))

    return quad(ring, 0, radius, limit=200)[0]


@pytest.mark.parametrize(
    ("n_sersic", "tolerance"), [(0.5, 0.011), (1.0, 0.002), (1.5, 0.001), (2.5, 2e-4), (4.0, 2e-4)]
)
def test_half_of_the_light_is_inside_the_half_light_radius(n_sersic, tolerance):
    far = (60 / sersic_b(n_sersic)) ** n_sersic  # e^-60 of the brightness is left there
    assert light_within(1.0, n_sersic) / light_within(far, n_sersic) == pytest.approx(0.5, abs=tolerance)


@given(ellipticities, st.floats(0.1, 2), st.floats(0.5, 4), st.floats(-2, 2), st.floats(-2, 2))
def test_the_quadratic_form_is_the_radius_of_the_profile(e, R_sersic, n_sersic, dx, dy):
    a, b, c = sersic_quadratic_form(R_sersic, *e)
    radius = max(math.sqrt(a * dx**2 + b * dx * dy + c * dy**2), R_SMOOTH / R_sersic)
    expected = 3 * math.exp(-sersic_b(n_sersic) * (radius ** (1 / n_sersic) - 1))
    position = np.array(0.2 + dx), np.array(-0.1 + dy)
    assert sersic(*position, 3.0, R_sersic, n_sersic, *e, 0.2, -0.1) == pytest.approx(expected, rel=1e-9)


@given(ellipticities)
def test_an_elliptical_profile_has_the_light_of_the_circular_one(e):
    a, b, c = sersic_quadratic_form(1.0, *e)
    assert a * c - b * b / 4 == pytest.approx(1.0, rel=1e-12)  # an ellipse of the circle's area


def test_the_profile_is_longest_along_its_position_angle():
    angle = 0.6
    e = 0.3 * math.cos(2 * angle), 0.3 * math.sin(2 * angle)
    t = np.linspace(0, math.pi, 361)
    brightness = sersic(np.cos(t), np.sin(t), 1.0, 0.5, 1.0, *e, 0.0, 0.0)
    assert t[brightness.argmax()] == pytest.approx(angle, abs=0.01)


def test_the_amplitude_is_the_brightness_at_the_half_light_radius():
    assert sersic(np.array(0.25), np.array(0.0), 20.0, 0.25, 1.0, 0.0, 0.0, 0.0, 0.0) == pytest.approx(20.0)


def test_the_centre_is_flat():
    r = np.array([0.0, R_SMOOTH / 2, R_SMOOTH])
    assert len(set(sersic(r, np.zeros(3), 1.0, 0.25, 4.0, 0.0, 0.0, 0.0, 0.0).tolist())) == 1


@settings(max_examples=20)
@given(st.floats(0.5, 6), st.floats(0.1, 2), st.floats(0.1, 30))
def test_the_total_flux_is_the_integral_of_the_profile(n_sersic, R_sersic, amplitude):
    far = (60 / sersic_b(n_sersic)) ** n_sersic
    expected = amplitude * R_sersic**2 * light_within(far, n_sersic)
    assert sersic_total_flux(amplitude, R_sersic, n_sersic) == pytest.approx(expected, rel=1e-6)
    assert sersic_amplitude(expected, R_sersic, n_sersic) == pytest.approx(amplitude, rel=1e-6)


def test_an_elliptical_profile_has_that_flux_too():
    x, y = np.meshgrid(*[np.arange(-400, 400) * 0.01 + 0.005] * 2)
    flux = sersic(x, y, 2.0, 0.3, 1.0, 0.2, -0.1, 0.1, 0.2).sum() * 0.01**2
    assert flux == pytest.approx(sersic_total_flux(2.0, 0.3, 1.0), rel=1e-4)


def test_a_sum_is_the_sum_of_its_profiles():
    x, y = np.random.default_rng(0).normal(size=(2, 20))
    profiles = np.random.default_rng(1).uniform(0.1, 0.3, (7, 3))
    expected = sum(sersic(x, y, *profile) for profile in profiles.T)
    assert_allclose(sersic_sum(x, y, *profiles), expected, rtol=1e-12)


def test_torch_gives_what_numpy_gives():
    x, y = np.random.default_rng(0).normal(size=(2, 40))
    shape = (20.0, 0.25, 1.5, 0.1, -0.2, 0.3, 0.1)
    result = sersic(torch.from_numpy(x), torch.from_numpy(y), *shape)
    assert isinstance(result, torch.Tensor)
    assert_allclose(result.numpy(), sersic(x, y, *shape), rtol=1e-12)


def test_gradients_flow_to_positions_and_parameters():
    inputs = (*np.random.default_rng(2).normal(size=(2, 5)), 20.0, 0.25, 1.5, 0.1, -0.2, 0.3, 0.1)
    assert torch.autograd.gradcheck(sersic, [torch.tensor(i, dtype=torch.float64, requires_grad=True) for i in inputs])


def test_the_gradient_at_the_centre_is_finite():
    x, y = (torch.zeros(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    brightness = sersic(x, y, 1.0, 0.3, 4.0, 0.1, 0.0, 0.0, 0.0)
    assert all(torch.isfinite(g).all() for g in torch.autograd.grad(brightness.sum(), (x, y)))


@pytest.mark.parametrize("e", [(0.0, 0.0), (1e-9, -2e-9), (0.1, 0.2)])
def test_a_round_profile_has_a_gradient_by_its_ellipticity(e):
    x, y = torch.randn(2, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    e1, e2 = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in e)
    assert torch.autograd.gradcheck(lambda e1, e2: sersic(x, y, 2.0, 0.5, 1.5, e1, e2, 0.1, -0.2), (e1, e2))
    found = sersic(x, y, 2.0, 0.5, 1.5, e1, e2, 0.1, -0.2).detach().numpy()
    assert_allclose(found, sersic(x.numpy(), y.numpy(), 2.0, 0.5, 1.5, *e, 0.1, -0.2), rtol=1e-12)
