import math

import pytest
import torch

from lensym.models import create
from lensym.models import equivariant_transformer as et
from lensym.models.equivariant_transformer import ANGLES, RADII, STRIDE, centroid, periodic_centroid, shifted
from lensym.models.polar import PolarSampling
from lensym.symmetry import cyclic
from lensym.symmetry.testing import EquivarianceError, assert_equivariant

NAME = "equivariant_transformer"


def samples(radii=RADII, angles=ANGLES):
    """Blobs in polar coordinates."""
    torch.manual_seed(4)
    r, a = torch.arange(radii)[:, None].double(), torch.arange(angles).double()
    maps = torch.zeros(2, 1, radii, angles).double()
    for strength, r0, a0, image in ((9.0, 20.0, 40.0, 0), (5.0, 30.0, 150.0, 0), (7.0, 25.0, 3.0, 1)):
        away = (a - a0 + angles / 2) % angles - angles / 2
        maps[image, 0] += strength * torch.exp(-((r - r0) ** 2) / 20 - away**2 / 60)
    return maps


def test_centroids():
    heat = torch.zeros(2, 8).double()
    heat[:, 7], heat[0, 0] = 0.5, 0.5
    heat[1, 6] = 0.5
    torch.testing.assert_close(centroid(heat), torch.tensor([0.0, 3.0]).double())
    torch.testing.assert_close(periodic_centroid(heat), torch.tensor([-0.5, -1.5]).double())


@pytest.mark.parametrize("along_angle", [0.0, 3.0, -5.0, 200.0])
@pytest.mark.parametrize("along_radius", [0.0, 2.0, -4.0, 60.0])
def test_a_whole_shift_moves_samples(along_angle, along_radius):
    x = samples()
    moved = shifted(x, torch.full((2,), along_radius).double(), torch.full((2,), along_angle).double())
    expected = x.roll(-int(along_angle), dims=3).roll(-int(along_radius), dims=2)
    radius = torch.arange(RADII) + int(along_radius)
    expected[:, :, (radius < 0) | (radius >= RADII)] = 0
    torch.testing.assert_close(moved, expected)


def test_a_shift_by_parts_lies_between():
    x, zero = samples(), torch.zeros(2).double()
    moved = shifted(x, zero + 0.25, zero - 0.5)
    half = (x + x.roll(1, dims=3)) / 2
    expected = 0.75 * half
    expected[:, :, :-1] += 0.25 * half[:, :, 1:]
    torch.testing.assert_close(moved, expected)


@pytest.mark.parametrize("steps", [1, 5, 12])
def test_the_pose_moves_with_the_samples_by_whole_strides(trained, steps):
    network = trained(create(NAME, 24, width=0.3)).double()
    x = samples()
    pose = network.pose(et.polar_views(x, network.polar.radius))
    moved = network.pose(et.polar_views(x.roll(STRIDE * steps, dims=3), network.polar.radius))
    torch.testing.assert_close(moved[0], pose[0])
    difference = (moved[1] - pose[1] - STRIDE * steps + ANGLES / 2) % ANGLES - ANGLES / 2
    assert difference.abs().max() < 1e-9


@pytest.mark.parametrize("steps", [1, 7])
def test_the_canonical_image_does_not_move_by_whole_strides(trained, steps):
    network = trained(create(NAME, 24, width=0.3))
    x = samples()
    torch.testing.assert_close(network.canonical(x.roll(STRIDE * steps, dims=3)), network.canonical(x))


def test_the_radii_of_the_samples_are_evenly_spaced_in_their_logarithm():
    polar = PolarSampling(60, 12, 8, 1.0, logarithmic=True)
    axis = torch.arange(60).double() - 29.5
    x, y = polar(torch.stack([axis.expand(60, 60), axis[:, None].expand(60, 60)])[None])[0]
    steps = torch.hypot(x, y).log().diff(dim=0)
    torch.testing.assert_close(steps, torch.full_like(steps, math.log(30) / 12), rtol=0, atol=1e-4)


def test_a_centroid_that_does_not_know_of_the_circle_breaks_the_invariance(trained, rings, monkeypatch):
    network = trained(create(NAME, 24, width=0.3))
    monkeypatch.setattr(et, "periodic_centroid", centroid)
    with pytest.raises(EquivarianceError):
        assert_equivariant(network, cyclic(4), rings(2, 24), tolerance=1e-3)


def test_an_image_without_a_direction_has_a_gradient(rings):
    network = create(NAME, 16, width=0.3)
    network(torch.cat([torch.ones(2, 1, 16, 16), rings(2, 16)])).sum().backward()
    assert all(p.grad.isfinite().all() for p in network.parameters())


def test_the_resampling_is_in_the_cost():
    """Four multiply-adds a sample of the image, three operations for each of two shifts."""
    assert create(NAME, 24, channels=2).resampling_flop == 2 * 14 * RADII * ANGLES
