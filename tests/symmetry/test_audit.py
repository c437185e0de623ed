from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from lensym.errors import InputError
from lensym.symmetry import (
    FieldSequential,
    GroupPool,
    PointwiseNonlinearity,
    Rings,
    SpatialPool,
    SteerableConv,
    cyclic,
    dihedral,
    layer_audit,
    layer_curves,
    regular_type,
    trivial_type,
)
from lensym.symmetry.probe import probe_images

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


def test_a_single_image_is_refused():
    with pytest.raises(InputError, match=r"at least two images .*; got \(1, 1, 12, 12\)"):
        layer_audit(nn.Conv2d(1, 1, 3), IMAGES[:1], C4)


def test_partners_are_named():
    """Channel b of the upright image's maps answers as its partner does to the turned image."""
    conv = nn.Conv2d(1, 4, 3, bias=False)
    conv.weight.data = torch.stack([torch.randn(1, 3, 3)] * 4)
    for k in range(4):
        conv.weight.data[k] = conv.weight.data[k].rot90(k, (-1, -2))  # from x towards y, as r turns
    [layer] = layer_audit(conv, IMAGES, C4)
    assert layer.matches["r"].partner.tolist() == [1, 2, 3, 0]
    assert layer.matches["r"].own_mean < 0.9 < layer.similarity["r"]


def test_a_single_pixel_is_no_map():
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.AdaptiveAvgPool2d(1))
    assert [layer.kind for layer in layer_audit(network, IMAGES, C4)] == ["Conv2d"]


SMOOTH = probe_images(1, 33, 6)


def test_over_the_angle_an_eightfold_layer_is_told_from_a_plain_one():
    c8 = cyclic(8)
    steerable = SteerableConv(trivial_type(c8, 1), regular_type(c8, 2), 7, padding=3, rings=Rings.compact(7))
    ours, plain = (
        layer_curves(nn.Sequential(module), SMOOTH, [45.0, 90.0])["0"]
        for module in (steerable, nn.Conv2d(1, 16, 7, padding=3))
    )
    assert ours.similarity[90.0] > 0.9999
    assert ours.similarity[45.0] > 0.97
    assert ours.floor > 0.95
    assert max(plain.similarity.values()) < 0.8
    assert plain.floor > 0.9


def test_maps_too_small_to_turn_have_no_curve():
    network = nn.Sequential(nn.AvgPool2d(4), nn.AvgPool2d(4), nn.Conv2d(1, 1, (1, 2)))
    assert list(layer_curves(network, SMOOTH, [45.0])) == ["0"]
