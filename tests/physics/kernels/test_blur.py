"""Convolutions beside the plain ones."""

import numpy as np
import pytest

from lensym.physics.kernels.blur import blur
from lensym.physics.observe import gaussian_blur, gaussian_taps


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
