import pytest
import torch

from lensym.models import create
from lensym.models.cnn import RadialChannels
from lensym.models.cost import gflop
from lensym.symmetry import dihedral, trivial_type
from lensym.symmetry.testing import assert_equivariant

D4 = dihedral(4)


def test_the_control_costs_what_lensnet_costs_or_a_little_more():
    assert 1 <= gflop(create("cnn", 150)) / gflop(create("lensnet", 150)) < 1.25


@pytest.mark.parametrize("channels", [1, 3])
def test_the_control_sees_as_many_channels_as_lensnet(channels):
    networks = create("cnn", 32, channels), create("lensnet", 32, channels)
    assert {network.body[0].in_channels for network in networks} == {2 * channels + 1}


@pytest.mark.parametrize("size", [9, 12])
def test_the_input_channels_are_the_image_its_angular_residual_and_the_radius(size):
    images = torch.rand(2, 2, size, size, dtype=torch.float64)
    channels = RadialChannels(size)(images)
    axis = torch.arange(size).double() - (size - 1) / 2
    radius = torch.hypot(axis, axis[:, None])
    expected = images.clone()
    for ring in radius.round().unique():
        member = radius.round() == ring
        expected[:, :, member] -= expected[:, :, member].mean(-1, keepdim=True)
    torch.testing.assert_close(channels[:, :2], images)
    torch.testing.assert_close(channels[:, 2:4], expected)
    torch.testing.assert_close(channels[:, 4], (2 * radius / radius.max() - 1).expand(2, size, size))


@pytest.mark.parametrize("size", [9, 12])
def test_the_input_channels_turn_with_the_image(size):
    assert_equivariant(
        RadialChannels(size),
        D4,
        torch.rand(2, 1, size, size),
        in_type=trivial_type(D4, 1),
        out_type=trivial_type(D4, 3),
    )
