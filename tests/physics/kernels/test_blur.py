"""Convolutions beside the plain ones."""

import numpy as np
import pytest

from lensym.physics.kernels.blur import blur, convolve_image
from lensym.physics.observe import gaussian_blur, gaussian_taps
from lensym.physics.psf import convolve


def blurred(image, taps):
    out = np.empty_like(image)
    blur(image, taps, out)
    return out


@pytest.mark.parametrize("shape", [(12, 12), (3, 9), (5, 2)])
@pytest.mark.parametrize("sigma", [0.1, 0.7, 2.0])
def test_the_blur_is_the_plain_one_also_where_the_psf_is_wider_than_the_image(shape, sigma):
    image = np.random.default_rng(0).random(shape)
    before = image.copy()
    taps = gaussian_taps(sigma, 3.0)
    np.testing.assert_allclose(blurred(image, taps), gaussian_blur(image, sigma, 3.0), rtol=1e-12)
    np.testing.assert_array_equal(image, before)
    assert abs(blurred(image, taps * 1.001) - gaussian_blur(image, sigma, 3.0)).max() > 1e-4


@pytest.mark.parametrize("shape", [(12, 12), (9, 15), (7, 6)])
def test_the_convolution_is_the_plain_one_and_the_mirrored_psf_would_show(shape):
    rng = np.random.default_rng(1)
    image, psf = rng.random(shape), rng.random((7, 5))
    found = np.empty_like(image)
    convolve_image(image, psf, found)
    np.testing.assert_allclose(found, convolve(image, psf), rtol=1e-12)
    assert abs(found - convolve(image, psf[::-1, ::-1])).max() > 1e-2
