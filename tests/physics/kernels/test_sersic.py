"""Sersic light along a row beside the plain profile."""

import numpy as np
import pytest

from lensym.physics.kernels.sersic import sersic_row
from lensym.physics.light import R_SMOOTH, sersic, sersic_b, sersic_quadratic_form

X = np.concatenate([np.linspace(-2, 2, 80), [0.1, 0.1 + 1e-7]])
Y = np.concatenate([np.linspace(1.5, -1, 80), [-0.2, -0.2]])


def light(n_sersic, R_sersic=0.3, e1=0.2, e2=-0.1, out=None):
    out = np.zeros_like(X) if out is None else out
    source = (sersic_b(n_sersic), 1 / n_sersic, 0.1, -0.2, (R_SMOOTH / R_sersic) ** 2)
    sersic_row(X, Y, sersic_quadratic_form(R_sersic, e1, e2), source, 3.0, np.empty_like(X), out)
    return out


@pytest.mark.parametrize("n_sersic", [0.5, 1.0, 1.7, 4.0, 8.0])
def test_the_row_is_the_plain_profile_and_wrong_parameters_would_show(n_sersic):
    expected = sersic(X, Y, 3.0, 0.3, n_sersic, 0.2, -0.1, 0.1, -0.2)
    np.testing.assert_allclose(light(n_sersic), expected, rtol=1e-9, atol=1e-13 * expected.max())
    for wrong in (light(n_sersic, R_sersic=0.301), light(n_sersic, e2=-0.101), light(n_sersic + 0.001)):
        assert abs(wrong / expected - 1).max() > 1e-4


def test_light_is_added_to_what_is_there():
    np.testing.assert_allclose(light(1.0, out=np.ones_like(X)), 1 + light(1.0), rtol=1e-14)
