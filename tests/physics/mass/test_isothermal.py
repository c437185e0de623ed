import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lensym.physics.mass import sie_convergence, sie_deflection, sis_deflection

positions = st.tuples(st.floats(-3, 3), st.floats(-3, 3)).filter(lambda p: math.hypot(*p) > 0.1)


@given(positions, st.floats(0.2, 2.0), st.floats(-math.pi, math.pi))
def test_an_almost_circular_lens_deflects_like_a_circular_one(p, theta_E, angle):
    x, y = map(np.asarray, p)
    expected = sis_deflection(x, y, theta_E)
    for modulus in (0.0, 4e-10, 6e-10, 1e-5):  # on both sides of the formulas' seam
        e = (modulus * math.cos(angle), modulus * math.sin(angle))
        assert_allclose(sie_deflection(x, y, theta_E, *e), expected, atol=1e-8 + 4 * modulus)


def test_a_sphere_deflects_by_its_einstein_radius_towards_the_centre():
    assert_allclose(sis_deflection(np.array(3.0), np.array(-4.0), 1.2), (0.72, -0.96), rtol=1e-12)


def test_the_ellipsoid_is_longest_along_its_major_axis():
    x, y = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    along, across = sie_convergence(x, y, 1.0, 0.2, 0.0)
    assert along / across == pytest.approx(1.2 / 0.8)
