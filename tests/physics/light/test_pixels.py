import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.interpolate import RegularGridInterpolator

from lensym.physics.light import interpolated_image
from lensym.physics.mass import rotate
from lensym.physics.raytrace import pixel_grid

IMAGE = np.random.default_rng(0).random((5, 8))
SCALE = 0.1


def pixel_centres(height, width):
    x, y = np.meshgrid(np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2)
    return x * SCALE, y * SCALE


def test_a_pixel_centre_has_its_pixels_value():
    """Columns are along x and rows along y."""
    assert_allclose(interpolated_image(*pixel_centres(5, 8), IMAGE, SCALE, 0.0, 0.0, 0.0), IMAGE, rtol=1e-12)


@given(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6))
def test_between_centres_it_is_scipys_bilinear_interpolation_of_the_image_in_zeros(x, y):
    framed = np.pad(IMAGE, 1)
    axes = [(np.arange(n) - (n - 1) / 2) * SCALE for n in framed.shape]
    reference = RegularGridInterpolator(axes, framed, bounds_error=False, fill_value=0.0)
    found = interpolated_image(np.array([x]), np.array([y]), IMAGE, SCALE, 0.0, 0.0, 0.0)
    assert_allclose(found, reference((y, x)), atol=1e-12)


def test_far_outside_it_is_dark():
    x = np.array([-5.0, 0.0, 5.0, 1e9])
    assert interpolated_image(x, x[::-1], IMAGE, SCALE, 0.3, 0.0, 0.0).tolist() == [0, 0, 0, 0]


@given(st.floats(-3, 3), st.floats(-1, 1), st.floats(-1, 1))
def test_turning_and_moving_the_image_turns_and_moves_its_light(angle, center_x, center_y):
    x, y = pixel_centres(5, 8)
    turned = rotate(x, y, -angle)
    found = interpolated_image(turned[0] + center_x, turned[1] + center_y, IMAGE, SCALE, angle, center_x, center_y)
    assert_allclose(found, IMAGE, atol=1e-9)


@pytest.mark.parametrize("angle", [0.0, 0.7])
def test_its_light_is_kept(angle):
    x, y = pixel_grid(400, 0.005)
    flux = interpolated_image(x, y, IMAGE, SCALE, angle, 0.05, -0.02).sum() * 0.005**2
    assert flux == pytest.approx(IMAGE.sum() * SCALE**2, rel=1e-3)


def test_torch_gives_what_numpy_gives_with_gradients():
    x, y = np.random.default_rng(1).uniform(-0.4, 0.4, (2, 6))
    tensors = [torch.tensor(value, requires_grad=True) for value in (x, y, IMAGE)]
    found = interpolated_image(*tensors, SCALE, 0.3, 0.02, 0.0)
    assert_allclose(found.detach().numpy(), interpolated_image(x, y, IMAGE, SCALE, 0.3, 0.02, 0.0), rtol=1e-12)
    assert torch.autograd.gradcheck(lambda x, y, image: interpolated_image(x, y, image, SCALE, 0.3, 0.02, 0.0), tensors)
