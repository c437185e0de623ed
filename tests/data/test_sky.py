import numpy as np
import pytest

from lensym.data.sky import border_sky


def frame(level, noise, shape=(2, 80, 100)):
    image = np.random.default_rng(4).normal(level, noise, shape)
    image[:, 30:50, 40:60] += 100  # the lens
    return image


def test_level_and_noise_of_the_border():
    sky = border_sky(frame(5.0, 0.5))
    assert sky.level.shape == (2, 1, 1)
    assert sky.level.ravel() == pytest.approx([5, 5], abs=0.1)
    assert sky.noise.ravel() == pytest.approx([0.5, 0.5], rel=0.15)


def test_a_level_above_the_noise_is_excess_and_one_within_is_not():
    np.testing.assert_array_equal(border_sky(frame(0.1, 0.5)).excess, 0)
    assert border_sky(frame(5.0, 0.5)).excess.ravel() == pytest.approx([5, 5], abs=0.1)


def test_counts_cut_at_zero_have_no_excess():
    counts = np.random.default_rng(5).poisson(np.clip(np.random.default_rng(6).normal(0, 15, (1, 90, 90)), 0, None))
    assert border_sky(counts.astype(float)).excess.item() == 0


def test_missing_pixels_are_left_out():
    image = frame(5.0, 0.5)
    image[:, :2] = np.nan
    assert border_sky(image).level.ravel() == pytest.approx([5, 5], abs=0.1)


@pytest.mark.parametrize(("rate", "noise"), [(0.3, 1.0), (0.05, 0.05**0.5)])
def test_counts_of_which_most_are_zero_have_noise_above_their_level(rate, noise):
    sky = border_sky(np.random.default_rng(7).poisson(rate, (1, 200, 200)).astype(float))
    assert (sky.level.item(), sky.noise.item()) == (0, 0)
    assert sky.upper_noise.item() == pytest.approx(noise, rel=0.1)


def test_noise_above_the_level_is_that_of_gaussian_noise():
    assert border_sky(frame(5.0, 0.5)).upper_noise.ravel() == pytest.approx([0.5, 0.5], rel=0.15)


@pytest.mark.parametrize("shape", [(1, 20, 20), (3, 41, 33), (1, 2, 2)])
def test_the_quantiles_are_numpy_s(shape):
    pixels = np.random.default_rng(8).normal(size=shape)
    thick = max(1, round(0.05 * min(shape[1:])))
    edge = np.ones(shape[1:], bool)
    edge[thick:-thick, thick:-thick] = False
    values, sky = pixels[:, edge], border_sky(pixels)
    level = np.median(values, axis=1)
    np.testing.assert_allclose(sky.level.ravel(), level, rtol=1e-14)
    np.testing.assert_allclose(sky.noise.ravel(), 1.4826 * np.median(np.abs(values - level[:, None]), axis=1))
    np.testing.assert_allclose(sky.upper_noise.ravel(), np.quantile(values, 0.8413, axis=1) - level)
