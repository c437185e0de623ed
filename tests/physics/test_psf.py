import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.ndimage import convolve as scipy_convolve

from lensym.errors import UsageError
from lensym.physics.observe import FWHM_PER_SIGMA, gaussian_blur
from lensym.physics.psf import GaussianPSF, ImagePSF, MoffatPSF, convolve, require_kernel_fits

SCALE = 0.05
IMAGE = np.random.default_rng(0).random((20, 26))
LOPSIDED = ImagePSF(np.random.default_rng(1).random((5, 7)))


def core(kernel):
    """Seven pixels about the middle."""
    rows, columns = (slice(n // 2 - 3, n // 2 + 4) for n in kernel.shape)
    return kernel[rows, columns]


@given(st.floats(0.02, 0.4), st.sampled_from([GaussianPSF, MoffatPSF]))
def test_a_kernel_is_normalised_and_has_every_symmetry_of_the_grid(fwhm, family):
    kernel = family(fwhm).kernel(SCALE)
    assert kernel.sum() == pytest.approx(1, abs=1e-12)
    assert kernel.shape[0] % 2 == kernel.shape[1] % 2 == 1
    assert_allclose(np.rot90(kernel), kernel, rtol=1e-12)
    assert_allclose(kernel.T, kernel, rtol=1e-12)


@pytest.mark.parametrize("psf", [GaussianPSF(0.8), MoffatPSF(0.8), MoffatPSF(0.8, beta=2.5)])
def test_a_star_has_the_width_asked_for(psf):
    profile = psf.kernel(SCALE)
    middle = len(profile) // 2
    assert profile[middle, middle + 8] / profile[middle, middle] == pytest.approx(0.5, rel=1e-12)
    assert profile[middle + 8, middle] / profile[middle, middle] == pytest.approx(0.5, rel=1e-12)


def test_a_moffat_star_has_wings_that_a_gaussian_has_not_and_tends_to_it_for_a_large_beta():
    gaussian, moffat, almost = (p.kernel(SCALE) for p in (GaussianPSF(0.2, 10), MoffatPSF(0.2), MoffatPSF(0.2, 1e5)))
    assert moffat[0, len(moffat) // 2] > 1e3 * gaussian[0, len(gaussian) // 2]
    assert_allclose(core(almost), core(gaussian), rtol=1e-2)


@pytest.mark.parametrize("psf", [GaussianPSF(0.2), MoffatPSF(0.1), LOPSIDED])
def test_the_convolution_is_scipys_with_the_edge_continued(psf):
    kernel = psf.kernel(SCALE)
    assert_allclose(convolve(IMAGE, kernel), scipy_convolve(IMAGE, kernel, mode="nearest"), rtol=1e-12)


def test_a_gaussian_kernel_is_the_separable_blur():
    psf = GaussianPSF(0.2, truncation=3.0)
    expected = gaussian_blur(IMAGE, 0.2 / FWHM_PER_SIGMA / SCALE, 3.0)
    assert_allclose(convolve(IMAGE, psf.kernel(SCALE)), expected, rtol=1e-12)


def test_a_star_becomes_the_kernel_itself():
    star = np.zeros((15, 15))
    star[7, 6] = 3.0
    blurred = convolve(star, LOPSIDED.kernel(SCALE))
    assert_allclose(blurred[5:10, 3:10], 3 * LOPSIDED.kernel(SCALE), rtol=1e-12)
    assert blurred.sum() == pytest.approx(3, rel=1e-12)


@pytest.mark.parametrize("psf", [GaussianPSF(0.2), MoffatPSF(0.1), LOPSIDED])
def test_light_inside_the_image_is_kept_and_an_even_sky_stays_even(psf):
    image = np.zeros((60, 60))
    image[25:35, 25:35] = IMAGE[:10, :10]
    kernel = psf.kernel(SCALE)
    assert convolve(image, kernel).sum() == pytest.approx(image.sum(), rel=1e-12)
    assert_allclose(convolve(np.full((9, 11), 0.7), kernel), 0.7, rtol=1e-12)


def test_torch_gives_what_numpy_gives_with_gradients():
    image, kernel = torch.tensor(IMAGE[:6, :7], requires_grad=True), torch.tensor(LOPSIDED.kernel(SCALE))
    found = convolve(image, kernel)
    assert_allclose(found.detach().numpy(), convolve(IMAGE[:6, :7], kernel.numpy()), rtol=1e-12)
    assert torch.autograd.gradcheck(convolve, (image, kernel.requires_grad_()))


@pytest.mark.parametrize("shape", [(4, 5), (5, 4), (5, 5, 1)])
def test_an_image_without_a_middle_pixel_is_refused(shape):
    with pytest.raises(UsageError, match="middle pixel"):
        ImagePSF(np.ones(shape))


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_an_image_without_light_is_refused(value):
    with pytest.raises(UsageError, match="light"):
        ImagePSF(np.full((3, 3), value))


@pytest.mark.parametrize("shape", [(4, 9), (9, 6)])
def test_a_kernel_larger_than_the_image_is_refused(shape):
    require_kernel_fits(LOPSIDED.kernel(SCALE), (5, 7))
    with pytest.raises(UsageError, match="PSF no larger than the image; got 5 x 7 pixels for"):
        require_kernel_fits(LOPSIDED.kernel(SCALE), shape)
