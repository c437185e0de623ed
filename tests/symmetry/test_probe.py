from __future__ import annotations

import pytest
import torch
from torch import nn

from lensym.symmetry import dihedral, layer_audit
from lensym.symmetry.probe import probe_images, shuffle_pixels, shuffled


def test_images_have_the_spectrum_of_photographs_and_no_preferred_orientation():
    images = probe_images(1, 64, 200)
    power = torch.fft.fft2(images).abs().square().mean((0, 1))
    assert power[0, 4] / power[0, 16] == pytest.approx(16, rel=0.25)
    assert power[0, 8] / power[8, 0] == pytest.approx(1, rel=0.3)
    assert images.mean((-2, -1)).abs().max() < 1e-5
    assert torch.equal(probe_images(1, 64, 2, seed=1), probe_images(1, 64, 2, seed=1))
    assert not torch.equal(images[:2], probe_images(1, 64, 2, seed=1))


def test_shuffled_filters_keep_their_pixels_in_another_order_and_the_module_stays():
    network = nn.Sequential(nn.Conv2d(2, 8, 5), nn.ReLU(), nn.Conv2d(8, 4, 1))
    before, changed = network[0].weight.clone(), shuffled(network)
    assert torch.equal(network[0].weight, before)
    assert not torch.equal(changed[0].weight, before)
    torch.testing.assert_close(changed[0].weight.flatten(2).sort().values, before.flatten(2).sort().values)
    assert torch.equal(changed[2].weight, network[2].weight)


def test_each_filter_has_an_order_of_its_own():
    filters = torch.arange(9.0).view(1, 1, 3, 3).repeat(2, 3, 1, 1)
    orders = shuffle_pixels(filters, torch.Generator().manual_seed(0)).flatten(2).flatten(0, 1)
    assert len({tuple(order.tolist()) for order in orders}) == 6


def test_a_network_built_of_turned_filters_loses_what_it_knew():
    conv = nn.Conv2d(1, 8, 5, bias=False)
    base = torch.randn(2, 1, 5, 5)
    conv.weight.data = torch.cat([base.rot90(k, (-2, -1)) for k in range(4)])
    images, d4 = probe_images(1, 24, 6), dihedral(4)
    (known,), (lost,) = (layer_audit(module, images, d4) for module in (conv, shuffled(conv)))
    assert known.similarity["r"] > 0.9999
    assert lost.similarity["r"] < 0.9
