import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.ndimage import gaussian_filter

from lensym.physics.observe import (
    FWHM_PER_SIGMA,
    average_down,
    gaussian_blur,
    gaussian_taps,
    published_counts,
    published_counts_moments,
)


@given(st.floats(0.05, 5), st.floats(1, 5))
def test_taps_are_a_normalised_symmetric_gaussian(sigma, truncation):
    taps = gaussian_taps(sigma, truncation)
    radius = int(truncation * sigma + 0.5)
    assert len(taps) == 2 * radius + 1
    assert taps.sum() == pytest.approx(1, abs=1e-12)
    assert_allclose(taps, taps[::-1], rtol=1e-12)
    if radius:
        assert taps[radius + 1] / taps[radius] == pytest.approx(np.exp(-0.5 / sigma**2), rel=1e-12)


@pytest.mark.parametrize("shape", [(20, 20), (7, 31), (3, 3)])
@pytest.mark.parametrize(("sigma", "truncation"), [(0.74, 3.0), (2.0, 4.0)])
def test_the_blur_is_scipys(shape, sigma, truncation):
    image = np.random.default_rng(0).random(shape)
    expected = gaussian_filter(image, sigma, mode="nearest", truncate=truncation)
    assert_allclose(gaussian_blur(image, sigma, truncation), expected, rtol=1e-12)


def test_the_blur_keeps_the_light_inside_the_image():
    image = np.zeros((40, 40))
    image[10:30, 10:30] = np.random.default_rng(0).random((20, 20))
    blurred = gaussian_blur(image, 1.5, 4.0)
    assert blurred.sum() == pytest.approx(image.sum(), rel=1e-12)
    assert blurred.max() < image.max()


def test_a_star_has_the_width_asked_for():
    image = np.zeros((41, 41))
    image[20, 20] = 1.0
    profile = gaussian_blur(image, 6.0 / FWHM_PER_SIGMA, 5.0)[20]
    assert profile[23] / profile[20] == pytest.approx(0.5)


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_averaging_down_keeps_the_mean_and_its_place(factor):
    image = np.random.default_rng(0).random((6, 12))
    small = average_down(image, factor)
    assert small.shape == (6 // factor, 12 // factor)
    np.testing.assert_array_equal(small, image.reshape(6 // factor, factor, 12 // factor, factor).mean(axis=(1, 3)))
    assert small.mean() == pytest.approx(image.mean(), rel=1e-12)
    assert small[-1, 0] == pytest.approx(image[-factor:, :factor].mean(), rel=1e-12)


def test_averaging_down_takes_tensors():
    image = torch.arange(16.0).reshape(4, 4)
    assert average_down(image, 2).tolist() == average_down(image.numpy(), 2).tolist()


def test_published_counts_have_the_noise_of_their_recipe():
    flux, exposure, background = 0.05, 1500.0, 0.01
    counts = published_counts(np.full((400, 400), flux), exposure, background, np.random.default_rng(0))
    assert counts.dtype == np.uint16
    gaussian = exposure**2 * (flux / exposure + background**2)
    error = np.sqrt((gaussian + exposure * flux) / counts.size)
    assert counts.mean() == pytest.approx(exposure * flux, abs=5 * error)
    # noise applied twice: the shot noise counts double
    assert counts.var() == pytest.approx(gaussian + exposure * flux, rel=5 * np.sqrt(2 / counts.size))


def test_published_counts_stay_in_their_range():
    model = np.array([[-1.0, 0.0, 100.0]])
    counts = published_counts(model, 1000.0, 0.0, np.random.default_rng(0))
    assert counts.tolist() == [[0, 0, 65535]]


@pytest.mark.parametrize("flux", [0.0, 0.005, 0.03, 1.0])
def test_moments_are_those_of_drawn_counts(flux):
    exposure, background = 1500.0, 0.01
    counts = published_counts(np.full((1500, 1500), flux), exposure, background, np.random.default_rng(3))
    mean, variance, _, _ = published_counts_moments(np.array([flux]), exposure, background)
    assert counts.mean() == pytest.approx(mean[0], abs=5 * np.sqrt(variance[0]) / 1500)
    assert counts.var() == pytest.approx(variance[0], rel=0.01)


def test_slopes_of_the_moments_are_differences():
    flux, exposure, background, step = np.array([0.001, 0.01, 0.2]), 1500.0, 0.01, 1e-6
    _, _, by_flux, by_exposure = published_counts_moments(flux, exposure, background)
    above, below = (published_counts_moments(flux + s, exposure, background)[0] for s in (step, -step))
    np.testing.assert_allclose(by_flux, (above - below) / (2 * step), rtol=1e-6)
    above, below = (published_counts_moments(flux, exposure * np.exp(s), background)[0] for s in (step, -step))
    np.testing.assert_allclose(by_exposure, (above - below) / (2 * step), rtol=1e-6)
