import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensym.data.resample import sampling_matrix


def sampled(values: np.ndarray, outputs: int, center: float, step: float, wide: bool = True) -> np.ndarray:
    used, weights = sampling_matrix(len(values), outputs, center, step, wide)
    return weights @ values[used]


def test_whole_steps_are_exactly_a_crop():
    values = np.random.default_rng(0).normal(size=31)
    np.testing.assert_array_equal(sampled(values, 9, 15.0, 1.0), values[11:20])
    np.testing.assert_array_equal(sampled(values, 8, 15.5, 1.0), values[12:20])


def test_only_pixels_that_count_are_used():
    used, weights = sampling_matrix(31, 9, 15.0, 1.0)
    assert (used.start, used.stop) == (11, 20)
    np.testing.assert_array_equal(weights, np.eye(9))


@given(st.floats(0.2, 4.0), st.floats(-0.5, 0.5), st.integers(1, 12))
def test_rows_sum_to_one_inside(step, offset, outputs):
    _, weights = sampling_matrix(101, outputs, 50 + offset, step)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)


@given(st.floats(0.2, 4.0), st.integers(4, 40), st.integers(1, 40))
def test_weights_are_even_about_the_middle(step, inputs, outputs):
    used, weights = sampling_matrix(inputs, outputs, (inputs - 1) / 2, step)
    assert used.start == inputs - used.stop
    np.testing.assert_allclose(weights, weights[::-1, ::-1], atol=1e-12)


@given(st.floats(0.2, 1.0), st.floats(-0.5, 0.5))
def test_narrow_interpolation_is_exact_for_quadratics(step, offset):
    def curve(x):
        return 3 + 0.5 * x - 0.02 * x**2

    center = 50 + offset
    positions = center + (np.arange(9) - 4) * step
    np.testing.assert_allclose(sampled(curve(np.arange(101.0)), 9, center, step, False), curve(positions), rtol=1e-10)


@pytest.mark.parametrize("offset", [0.1, 0.5])
def test_a_shift_by_a_part_of_a_pixel_keeps_what_a_telescope_sees(offset):
    """A point of light as wide as that of Model I, and the variance of noise, which a narrow kernel smooths."""
    x = np.arange(60) - 29.5

    def point(place):
        return np.exp(-0.5 * ((x - place) / 1.0) ** 2)

    np.testing.assert_allclose(sampled(point(0.0), 60, 29.5 + offset, 1.0), point(-offset), atol=1e-2)
    for wide, low, high in ((True, 0.9, 1.0), (False, 0.6, 0.9 if offset == 0.5 else 1.0)):
        _, weights = sampling_matrix(201, 9, 100 + offset, 1.0, wide)
        assert low < np.square(weights).sum(axis=1).mean() < high


def test_a_pattern_finer_than_the_output_averages_out_rather_than_aliasing():
    stripes = np.where(np.arange(200) % 2, 1.0, -1.0)
    assert np.abs(sampled(stripes, 30, 99.5, 3.1)).max() < 0.02
    assert np.abs(stripes[4:200:3]).max() == 1  # what taking every third pixel would give


def test_surface_brightness_and_flux_are_kept():
    x = np.arange(200) - 99.5
    blob = np.exp(-0.5 * (x / 12) ** 2)
    for step in (0.5, 2.5):
        out = sampled(blob, 2 * round(90 / step), 99.5, step)
        assert out.sum() * step == pytest.approx(blob.sum(), rel=1e-3)
