import math

import pytest
import torch

from lensym.models import create, egnn, points
from lensym.models.cost import gflop
from lensym.models.egnn import EGNN, EquivariantLayer
from lensym.symmetry import dihedral
from lensym.symmetry.testing import EquivarianceError, assert_equivariant

D4 = dihedral(4)


def a_cloud(count=12, hidden=6):
    torch.manual_seed(2)
    features, place = torch.randn(count, hidden).double(), torch.randn(count, 2).double()
    return features, place, torch.cartesian_prod(torch.arange(count), torch.arange(count)).T


def a_layer():
    layer = EquivariantLayer(6, neighbours=12, moves=True).double()
    with torch.no_grad():
        layer.move[-1].weight.mul_(1000)
    return layer


@pytest.mark.parametrize("reflected", [False, True])
@pytest.mark.parametrize("angle", [0.3, 2.0, math.pi])
def test_a_layer_commutes_with_every_motion_of_the_plane(angle, reflected):
    layer, (features, place, edges) = a_layer(), a_cloud()
    c, s = math.cos(angle), math.sin(angle)
    turn = torch.tensor([[c, -s], [s, c]], dtype=torch.float64)
    if reflected:
        turn[:, 1] *= -1
    shift = torch.tensor([0.4, -7.0], dtype=torch.float64)
    y, moved = layer(features, place, edges)
    z, moved_after = layer(features, place @ turn.T + shift, edges)
    torch.testing.assert_close(y, z, rtol=0, atol=1e-12)
    torch.testing.assert_close(moved @ turn.T + shift, moved_after, rtol=0, atol=1e-12)
    assert (moved - place).abs().max() > 1e-2


def test_a_layer_that_stretches_the_plane_is_noticed():
    layer, (features, place, edges) = a_layer(), a_cloud()
    y, _ = layer(features, place, edges)
    z, _ = layer(features, place * 1.5, edges)
    assert (y - z).abs().max() > 1e-3


def test_the_order_of_the_points_does_not_matter():
    layer, (features, place, edges) = a_layer(), a_cloud()
    order = torch.randperm(len(features))
    y, moved = layer(features, place, edges)
    z, moved_too = layer(features[order], place[order], order.argsort()[edges])
    torch.testing.assert_close(y[order], z)
    torch.testing.assert_close(moved[order], moved_too)


def test_counted_pixels_that_tie_do_not_break_the_invariance(trained, rings, monkeypatch):
    images = (rings(3, 24) * 0.4).round()
    network = trained(create("egnn", 24))
    monkeypatch.setattr(egnn, "POINTS", 40)
    assert_equivariant(network, D4, images, dtype=torch.float32)

    def by_place_in_memory(flux, count):
        flat = flux.flatten(1)
        chosen = torch.zeros_like(flat, dtype=torch.bool)
        return chosen.scatter(1, flat.argsort(dim=1, descending=True, stable=True)[:, :count], True).view_as(flux)

    monkeypatch.setattr(points, "brightest", by_place_in_memory)
    with pytest.raises(EquivarianceError):
        assert_equivariant(network, D4, images, tolerance=1e-3)


@pytest.mark.parametrize("centre", [False, True])
def test_translations_matter_only_where_there_is_a_node_at_the_centre(rings, centre):
    images = torch.zeros(2, 1, 40, 40).double()
    images[..., 4:28, 7:31] = rings(2, 24).round().double()
    network = EGNN(40, 1, 3, 8, centre).double().eval()
    change = (network(images) - network(images.roll((5, 3), dims=(2, 3)))).abs().max().item()
    assert change > 1e-3 if centre else change < 1e-12


def test_a_point_at_the_centre_has_a_gradient():
    images = torch.zeros(1, 1, 17, 17)
    images[0, 0, 8, 8] = 1
    network = EGNN(17, 1, 3, 8)
    network(images).sum().backward()
    assert all(p.grad.isfinite().all() for p in network.parameters())


@pytest.mark.parametrize("centre", [True, False])
def test_an_image_without_points_is_answered(centre):
    network = EGNN(16, 1, 3, 8, centre)
    images = torch.stack([torch.zeros(1, 16, 16), torch.ones(1, 16, 16)])
    assert network(images).isfinite().all()


def test_the_cost_is_that_of_the_points_and_their_edges(monkeypatch):
    monkeypatch.setattr(egnn, "POINTS", 1)
    h = 32
    dense, distance = h * h, h
    layer = 2 * (2 * dense + (2 + 1) * dense) + 2 * (distance + dense)  # two points, two edges between them
    move = 2 * (dense + h)
    expected = (1 * 2 * h) + 4 * layer + 3 * move + 3 * h * 3
    assert gflop(create("egnn", 16)) == pytest.approx(2e-9 * expected, rel=1e-9)
