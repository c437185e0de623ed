import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from lensym.physics.substructure import power_law, vortex_half_length, vortex_points


def share_below(mass, low, high, exponent):
    """Share of a power law below ``mass``, integrated over log m."""

    def integral(top):
        return quad(lambda t: math.exp((exponent + 1) * t), math.log(low), math.log(top))[0]

    return integral(mass) / integral(high)


@given(st.floats(0, 0.999), st.sampled_from([-2.5, -1.9, -1.0, -0.9, 0.0, 1.5]))
def test_quantiles_of_a_power_law_by_quadrature(u, exponent):
    mass = float(power_law(np.array([u]), 1e6, 1e10, exponent)[0])
    assert share_below(mass, 1e6, 1e10, exponent) == pytest.approx(u, abs=1e-6)


def test_the_published_draw_is_not_the_stated_one():
    u = (np.arange(100_000) + 0.5) / 100_000
    drawn, stated = (power_law(u, 1e6, 1e10, exponent).mean() for exponent in (-0.9, -1.9))
    assert drawn == pytest.approx(1.5e9, rel=0.05)
    assert stated == pytest.approx(1.4e7, rel=0.05)


def test_a_vortex_shortens_as_the_axion_grows():
    assert vortex_half_length(-22.0, 0.06) == pytest.approx(0.03)
    assert vortex_half_length(-23.0, 0.06) == pytest.approx(0.3)


@given(st.floats(0.01, 3), st.floats(-math.pi, math.pi), st.integers(2, 100))
def test_vortex_points_are_evenly_spaced_on_their_segment(half_length, angle, points):
    x, y = vortex_points(half_length, angle, points)
    assert x.shape == y.shape == (points,)
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    assert_allclose(across, 0, atol=1e-12)
    assert_allclose(along[[0, -1]], [-half_length, half_length])
    assert_allclose(np.diff(along), 2 * half_length / (points - 1), rtol=1e-9)
