import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from lensym.errors import IntegrityError, SymmetryError
from lensym.models.polar import CircularConv, PolarSampling, check_angle_stride

ANGLES = 24
sizes = st.integers(8, 70)


def whole_numbers(size, channels=2):
    """Images of small whole numbers: sums of their bilinear samples are exact in float64."""
    return torch.randint(0, 100, (2, channels, size, size)).double()


@settings(max_examples=20)
@given(sizes, st.integers(0, 3))
def test_a_quarter_turn_shifts_the_samples_by_a_quarter_exactly(size, turns):
    polar = PolarSampling(size, 10, ANGLES, 0.9)
    images = whole_numbers(size)
    # torch turns from the rows to the columns, against the sense of the angle
    turned = polar(images.rot90(turns, dims=(2, 3)))
    assert torch.equal(turned, polar(images).roll(-turns * ANGLES // 4, dims=-1))


@settings(max_examples=20)
@given(sizes)
def test_a_flip_reverses_the_samples_exactly(size):
    polar = PolarSampling(size, 10, ANGLES, 0.9)
    images = whole_numbers(size)
    assert torch.equal(polar(images.flip(2)), polar(images).flip(-1))
    assert torch.equal(polar(images.flip(3)), polar(images).flip(-1).roll(ANGLES // 2, dims=-1))


@settings(max_examples=20)
@given(sizes, st.floats(0.3, 1.2))
def test_bilinear_weights_are_positive_and_add_up_to_one(size, reach):
    weight = PolarSampling(size, 7, 12, reach).weight
    assert torch.equal(weight.sum(0), torch.ones(7 * 12, dtype=torch.float64))
    assert weight.min() >= 0


@pytest.mark.parametrize("size", [40, 41])
def test_samples_lie_where_they_should(size):
    radii, reach = 9, 0.9
    polar = PolarSampling(size, radii, ANGLES, reach)
    axis = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    x, y = axis.expand(size, size), axis[:, None].expand(size, size)
    r = (torch.arange(radii).double()[:, None] + 0.5) / radii * reach * size / 2
    phi = (torch.arange(ANGLES).double() + 0.5) * 2 * math.pi / ANGLES
    samples = polar(torch.stack([x, y])[None])[0]
    torch.testing.assert_close(samples, torch.stack([r * phi.cos(), r * phi.sin()]), rtol=0, atol=2**-16)
    assert polar.radius.flatten()[-1] == 1


def test_float32_samples_are_those_of_float64():
    polar = PolarSampling(50, 8, ANGLES, 0.65)
    images = torch.rand(1, 1, 50, 50, dtype=torch.float64)
    torch.testing.assert_close(polar(images.float()).double(), polar(images), rtol=1e-6, atol=0)


@pytest.mark.parametrize("stride", [(1, 1), (2, 4)])
def test_the_convolution_is_circular_along_the_angle_and_open_along_the_radius(stride):
    conv = CircularConv(3, 6, 5, stride, groups=3).double()
    x = torch.rand(2, 3, 9, 16, dtype=torch.float64)
    wrapped = F.pad(F.pad(x, (2, 2, 0, 0), mode="circular"), (0, 0, 2, 2))
    torch.testing.assert_close(conv(x), F.conv2d(wrapped, conv.weight, stride=stride, groups=3))


def test_the_convolution_commutes_with_a_shift_along_the_angle_by_its_stride():
    conv = CircularConv(2, 3, 5, (2, 4)).double()
    x = torch.rand(1, 2, 9, 16, dtype=torch.float64)
    torch.testing.assert_close(conv(x.roll(8, -1)), conv(x).roll(2, -1))
    assert not torch.allclose(conv(x.roll(6, -1)), conv(x).roll(2, -1), atol=1e-3)


def test_a_pointwise_convolution_wraps_nothing():
    x = torch.rand(1, 2, 4, 8)
    assert CircularConv(2, 3, 1)(x).shape == (1, 3, 4, 8)


def test_weights_for_other_points_are_refused_although_their_shapes_fit():
    kept = PolarSampling(40, 8, ANGLES, 0.5).state_dict()
    PolarSampling(40, 8, ANGLES, 0.5).double().load_state_dict(kept)
    with pytest.raises(
        IntegrityError, match=r"weights for samples at .*\[40.0, 8.0, 24.0, 0.6.*; got ones for \[40.0,"
    ):
        PolarSampling(40, 8, ANGLES, 0.6).load_state_dict(kept)


def test_what_would_break_the_symmetry_is_refused():
    with pytest.raises(SymmetryError, match="a number of angles divisible by 4; got 30; round it"):
        PolarSampling(40, 8, 30, 0.5)
    with pytest.raises(SymmetryError, match="an odd kernel, centred on a sample; got 4; use 5"):
        CircularConv(1, 1, 4)
    with pytest.raises(SymmetryError, match=r"divisible by 4 times the total stride 10; got 192; use 160 or 200"):
        check_angle_stride(192, 10)
    check_angle_stride(192, 16)
