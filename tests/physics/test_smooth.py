"""A smooth lens's derivatives, against differences of the plain formulas."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensym.physics.raytrace import MacroLens, SersicSource, macro_source_plane, pixel_axis, pixel_grid
from lensym.physics.smooth import LENS, SOURCE, lensed_slopes, plane_slopes

SIZE, SCALE, STEP = 24, 0.2, 1e-5
LENS_0 = MacroLens(1.2, 0.1, -0.05, 0.03, 0.06, slope=2.1, x=0.02, y=-0.03)
SOURCE_0 = SersicSource(2.0, 0.3, 1.4, -0.1, 0.2, 0.15, -0.2)


def plain(lens, source):
    return source.brightness(*macro_source_plane(*pixel_grid(SIZE, SCALE), lens))


def stack(lens, source, free=LENS):
    return lensed_slopes(*plane_slopes(pixel_axis(SIZE, SCALE), lens, free), source)


def moved(part, name, step):
    if name == "ln_R_sersic":
        return replace(part, R_sersic=part.R_sersic * math.exp(step))
    return replace(part, **{name: getattr(part, name) + step})


def require_alike(slope, above, below):
    expected = (above - below) / (2 * STEP)
    np.testing.assert_allclose(slope, expected, atol=2e-5 * abs(expected).max())


def test_the_brightness_is_the_plain_formula_s():
    np.testing.assert_allclose(stack(LENS_0, SOURCE_0)[0], plain(LENS_0, SOURCE_0), rtol=1e-9)


@pytest.mark.parametrize("name", SOURCE)
def test_derivatives_by_the_source_are_differences(name):
    above, below = (plain(LENS_0, moved(SOURCE_0, name, step)) for step in (STEP, -STEP))
    require_alike(stack(LENS_0, SOURCE_0)[1 + SOURCE.index(name)], above, below)


@pytest.mark.parametrize("name", LENS)
@pytest.mark.parametrize("lens", [LENS_0, replace(LENS_0, slope=2.0, x=0.0, y=0.0)])
def test_derivatives_by_the_lens_are_differences(name, lens):
    above, below = (plain(moved(lens, name, step), SOURCE_0) for step in (STEP, -STEP))
    slopes = stack(lens, SOURCE_0)[1 + len(SOURCE) :]
    require_alike(slopes[LENS.index(name)], above, below)


def test_a_wrong_derivative_is_seen():
    above, below = (plain(moved(LENS_0, "e1", step), SOURCE_0) for step in (STEP, -STEP))
    with pytest.raises(AssertionError):
        require_alike(stack(LENS_0, SOURCE_0)[1 + len(SOURCE) + LENS.index("e2")], above, below)


def test_only_what_is_free_is_given_in_its_order():
    whole = stack(LENS_0, SOURCE_0)
    part = stack(LENS_0, SOURCE_0, ("e2", "theta_E"))
    rows = [*range(1 + len(SOURCE)), *(1 + len(SOURCE) + LENS.index(name) for name in ("e2", "theta_E"))]
    np.testing.assert_array_equal(part, whole[rows])


ELLIPTICITY = st.floats(-0.4, 0.4)


@given(e1=ELLIPTICITY, e2=ELLIPTICITY, gamma1=st.floats(-0.2, 0.2), x=st.floats(-0.5, 0.5), n=st.floats(0.5, 4))
def test_mirrored_numbers_give_mirrored_derivatives(e1, e2, gamma1, x, n):
    """In a mirror along x, all that is odd changes its sign."""
    lens, source = MacroLens(1.1, e1, e2, gamma1, 0.05), SersicSource(1.0, 0.3, n, e2, e1, x, 0.1)
    mirrored = stack(replace(lens, e2=-e2, gamma2=-0.05), replace(source, e2=-e1, center_x=-x))
    signs = [1, -1, 1, 1, 1, 1, -1] + [-1 if name in ("gamma2", "e2", "x") else 1 for name in LENS]
    expected = stack(lens, source)[:, :, ::-1] * np.array(signs)[:, None, None]
    np.testing.assert_allclose(mirrored, expected, atol=1e-9 * abs(expected).max(axis=(1, 2), keepdims=True).max())
