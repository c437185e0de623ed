from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn import functional as F

from lensym.symmetry import LiftingConv, cyclic, regular_type, trivial_type
from lensym.symmetry.features import features_of

IMAGES = torch.randn(3, 1, 12, 12, generator=torch.Generator().manual_seed(3))


def test_layers_are_named_by_each_call_and_what_gives_no_maps_is_left_out():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.relu, self.head = nn.Conv2d(1, 1, 3, padding=1), nn.ReLU(), nn.Linear(1, 2)

        def forward(self, x):
            return self.head(self.relu(self.conv(self.relu(self.conv(x)))).mean((-2, -1)))

    assert list(features_of(Twice())(IMAGES)) == ["conv", "relu", "conv#2", "relu#2"]


def test_a_layer_of_fields_keeps_what_is_inside_to_itself():
    conv = LiftingConv(trivial_type(cyclic(4), 1), regular_type(cyclic(4), 2), 3)
    [(name, layer)] = features_of(nn.Sequential(conv))(IMAGES).items()
    assert (name, layer.kind) == ("0", "LiftingConv")
    torch.testing.assert_close(layer.maps, conv(IMAGES))


def test_an_activation_in_place_does_not_write_over_the_layer_before():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True))
    found = features_of(network)(IMAGES)
    torch.testing.assert_close(found["0"].maps, network[0](IMAGES))
    torch.testing.assert_close(found["1"].maps, F.relu(found["0"].maps))
    assert (found["0"].maps < 0).any()


def test_the_module_stays_as_it_is():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).train()
    before = copy.deepcopy(network.state_dict())
    features_of(network)(IMAGES)
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_images_are_taken_in_the_module_s_precision():
    assert features_of(nn.Conv2d(1, 2, 3).double())(IMAGES)["Conv2d"].maps.dtype == torch.float64
    assert features_of(nn.MaxPool2d(2))(IMAGES.double())["MaxPool2d"].maps.dtype == torch.float64
