from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lensym.errors import InputError
from lensym.symmetry import (
    FieldSequential,
    GroupPool,
    PointwiseNonlinearity,
    SpatialPool,
    SteerableConv,
    cyclic,
    dihedral,
    layer_audit,
    regular_type,
    trivial_type,
)
from lensym.symmetry.audit import best_correlation

C4, D4 = cyclic(4), dihedral(4)
IMAGES = torch.randn(6, 1, 12, 12, generator=torch.Generator().manual_seed(3))


def test_an_equivariant_network_is_so_in_every_layer():
    fields = regular_type(D4, 2)
    network = FieldSequential(
        SteerableConv(trivial_type(D4, 1), fields, 3, padding=1),
        PointwiseNonlinearity(fields),
        GroupPool(fields),
        SpatialPool(trivial_type(D4, 2)),
    )
    layers = layer_audit(network, IMAGES, D4)
    assert [layer.kind for layer in layers] == ["SteerableConv", "PointwiseNonlinearity", "GroupPool"]
    assert [layer.layer for layer in layers] == ["layers.0", "layers.1", "layers.2"]
    assert [layer.channels for layer in layers] == [16, 16, 2]
    for layer in layers:
        assert list(layer.similarity) == list(D4.names)
        assert min(layer.similarity.values()) > 0.9999
        assert max(layer.chance.values()) < 0.5


def test_filters_that_are_rotations_of_each_other_are_found_in_a_plain_network():
    """Two filters and their quarter turns, in any order: known to C4, not to the reflections."""
    conv = nn.Conv2d(1, 8, 3, bias=False)
    base = torch.randn(2, 1, 3, 3)
    turned = torch.cat([base.rot90(k, (-2, -1)) for k in range(4)])
    conv.weight.data = turned[torch.randperm(8)]
    [layer] = layer_audit(conv, IMAGES, D4)
    assert min(layer.similarity[g] for g in ("e", "r", "r2", "r3")) > 0.9999
    assert max(layer.similarity[g] for g in ("s", "rs", "r2s", "r3s")) < 0.8


def test_a_plain_network_is_between_chance_and_equivariance():
    network = nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Conv2d(16, 8, 3))
    layers = layer_audit(network, IMAGES, C4)
    assert [layer.layer for layer in layers] == ["0", "1", "2"]
    for layer in layers:
        assert layer.similarity["e"] > 0.9999
        assert layer.chance["r"] < layer.similarity["r"] < 0.95


def test_layers_are_named_by_each_call_and_what_gives_no_maps_is_left_out():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.relu, self.head = nn.Conv2d(1, 1, 3, padding=1), nn.ReLU(), nn.Linear(1, 2)

        def forward(self, x):
            return self.head(self.relu(self.conv(self.relu(self.conv(x)))).mean((-2, -1)))

    assert [layer.layer for layer in layer_audit(Twice(), IMAGES, C4)] == ["conv", "relu", "conv#2", "relu#2"]


def test_maps_that_do_not_turn_with_the_image_are_left_out():
    wide = nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d((2, 5)))
    assert [layer.kind for layer in layer_audit(wide, IMAGES, C4)] == ["Conv2d"]
    assert len(layer_audit(wide, IMAGES, cyclic(2))) == 2


def test_silent_channels_count_for_nothing():
    conv = nn.Conv2d(1, 3, 3)
    conv.weight.data[1] = 0
    [layer] = layer_audit(conv, IMAGES, C4)
    assert layer.channels == 2
    assert layer.similarity["e"] > 0.9999
    conv.weight.data.zero_()
    [layer] = layer_audit(conv, IMAGES, C4)
    assert layer.channels == 0
    assert math.isnan(layer.similarity["r"])


def test_the_assignment_is_one_to_one_and_the_best():
    x = torch.randn(3, 4, 5, 5)
    assert best_correlation(x, 2 * x[:, [2, 0, 3, 1]] + 1) == pytest.approx(1)
    assert best_correlation(x, -x) < 0.3
    one_for_all = x[:, :1].expand_as(x)
    assert best_correlation(x, one_for_all) == pytest.approx(0.25, abs=0.1)


def test_the_module_stays_as_it_is():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).train()
    before = copy.deepcopy(network.state_dict())
    layer_audit(network, IMAGES, C4)
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert F.relu(network(IMAGES)).shape == (6, 2, 10, 10)


def test_a_single_image_is_refused():
    with pytest.raises(InputError, match=r"at least two images .*; got \(1, 1, 12, 12\)"):
        layer_audit(nn.Conv2d(1, 1, 3), IMAGES[:1], C4)
