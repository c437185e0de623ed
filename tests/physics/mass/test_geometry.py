import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lensym.physics.mass import axis_ratio_and_angle, rotate
from lensym.physics.mass.geometry import CENTRE, made_round, safe_radius, squared_radius

angles = st.floats(-math.pi, math.pi)


def test_an_ellipticity_turns_twice_as_fast_as_its_ellipse():
    q, phi = axis_ratio_and_angle(0.2 * math.cos(0.8), 0.2 * math.sin(0.8))
    assert (q, phi) == (pytest.approx(0.8 / 1.2), pytest.approx(0.4))


@given(st.floats(-3, 3), st.floats(-3, 3), angles, angles)
def test_turning_twice_is_turning_by_the_sum(x, y, first, second):
    assert_allclose(rotate(*rotate(x, y, first), second), rotate(x, y, first + second), atol=1e-12)


def test_turned_axes_see_a_point_turned_the_other_way():
    assert_allclose(rotate(1.0, 0.0, math.pi / 2), (0.0, -1.0), atol=1e-15)


def test_tensors_give_what_numbers_give_with_gradients():
    e1, e2 = (torch.tensor(e, dtype=torch.float64, requires_grad=True) for e in (0.1, -0.2))
    assert_allclose([float(v.detach()) for v in axis_ratio_and_angle(e1, e2)], axis_ratio_and_angle(0.1, -0.2))
    assert torch.autograd.gradcheck(axis_ratio_and_angle, (e1, e2))


def test_the_radius_is_never_zero():
    assert safe_radius(np.array([0.0, 3.0]), np.array([0.0, 4.0])).tolist() == [CENTRE, 5.0]


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0, 0.8), angles)
def test_the_radius_of_an_ellipse_without_its_angle(x, y, modulus, angle):
    e = modulus * math.cos(angle), modulus * math.sin(angle)
    expected = squared_radius(x, y, *e)
    tensors = (torch.tensor(value, dtype=torch.float64) for value in e)
    assert_allclose(float(squared_radius(x, y, *tensors)), expected, rtol=1e-9, atol=1e-12)
    assert_allclose(math.hypot(*made_round(x, y, *e)) ** 2 / (1 - modulus**2), expected, rtol=1e-9, atol=1e-12)
