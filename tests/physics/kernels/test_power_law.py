"""The power-law plane against the plain formula."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensym.physics.kernels import power_law_plane
from lensym.physics.raytrace import MacroLens, macro_source_plane

AXIS = np.linspace(-3.0, 3.0, 24)


@settings(max_examples=30, deadline=None)
@given(
    st.floats(0.3, 2.0),
    st.floats(1.2, 2.8),
    st.tuples(*[st.floats(-0.5, 0.5)] * 2),
    st.tuples(*[st.floats(-0.2, 0.2)] * 4),
)
def test_the_plane_is_that_of_the_plain_formula(theta_E, slope, ellipticity, others):
    lens = MacroLens(theta_E, *ellipticity, *others[:2], slope, *others[2:])
    found = power_law_plane(AXIS, theta_E, slope, *ellipticity, *others)
    np.testing.assert_allclose(found, macro_source_plane(*np.meshgrid(AXIS, AXIS), lens), atol=1e-10)


@pytest.mark.parametrize("slope", [2.0, 2.03])
def test_the_isothermal_one_is_the_closed_form_and_an_error_would_show(slope):
    lens = MacroLens(1.2, 0.1, -0.2, 0.05, 0.02)
    difference = power_law_plane(AXIS, 1.2, slope, 0.1, -0.2, 0.05, 0.02, 0.0, 0.0) - np.stack(
        macro_source_plane(*np.meshgrid(AXIS, AXIS), lens)
    )
    assert (np.abs(difference).max() < 1e-10) == (slope == 2.0)


def test_a_pixel_at_the_centre_is_finite():
    assert np.isfinite(power_law_plane(np.array([-1.0, 0.0, 1.0]), 1.0, 2.1, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0)).all()
