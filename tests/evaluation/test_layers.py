"""What the layers know of orientation: rows, examples of channels, and the figure."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lensym.errors import UsageError
from lensym.evaluation.figures import png_bytes
from lensym.evaluation.layer_figure import layer_figure
from lensym.evaluation.layers import audit_layers
from lensym.symmetry import LiftingConv, dihedral, regular_type, trivial_type
from lensym.symmetry.probe import probe_images, shuffled

D4 = dihedral(4)
IMAGES = probe_images(1, 16, 6)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def oriented_and_round():
    """A convolution of four turned copies of one filter, and of a round one."""
    round_filter = torch.tensor([[0.0, 1, 0], [1, 4, 1], [0, 1, 0]])
    edge = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
    conv = nn.Conv2d(1, 5, 3, padding=1, bias=False)
    conv.weight.data = torch.stack([round_filter, *(edge.rot90(k) for k in range(4))])[:, None]
    return conv


def test_a_layer_built_for_it_is_told_from_one_that_is_not():
    built = LiftingConv(trivial_type(D4, 1), regular_type(D4, 2), 3, padding=1)
    plain = nn.Conv2d(1, 16, 3, padding=1)
    (first,), (second,) = (audit_layers(module, IMAGES, angles=[90.0]).rows for module in (built, plain))
    assert min(first.turns, first.reflections) > 0.999
    assert max(second.turns, second.reflections) < 0.9
    assert first.own < 0.9
    assert first.chance < 0.5
    assert (first.channels, second.kind) == (16, "Conv2d")
    assert math.isnan(first.shuffled)


def test_the_control_with_shuffled_filters_shows_what_was_learned():
    conv = oriented_and_round()
    audited = audit_layers(conv, IMAGES, control=shuffled(conv), angles=[45.0, 90.0])
    [row] = audited.rows
    assert row.turns > 0.999 > 0.9 > row.shuffled
    assert audited.curves["Conv2d"].similarity[90.0] > 0.999
    assert audited.curves["Conv2d"].similarity[45.0] < 0.97


def test_the_channels_shown_are_the_oriented_ones_and_their_turned_copies_answer_alike():
    [orbits] = audit_layers(oriented_and_round(), IMAGES, angles=[90.0]).orbits
    assert orbits.channels[0] in {1, 2, 3, 4}  # the round filter, its own copy, comes after
    assert sorted(set(orbits.partners[0].tolist())) == [1, 2, 3, 4]
    assert orbits.correlation[0].min() > 0.999
    for answer in orbits.maps[0]:
        np.testing.assert_allclose(answer, orbits.maps[0, 0], atol=1e-5)
    assert len({frozenset(line) for line in orbits.partners.tolist()}) == len(orbits.channels)


def test_the_figure_has_a_line_for_each_layer_that_says_something_new():
    module = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1), nn.AvgPool2d(8)
    )
    audited = audit_layers(module, IMAGES, "plain", shuffled(module), angles=[45.0, 90.0])
    figure = layer_figure(audited)
    assert "the layers of plain know" in figure.subfigs[0].get_suptitle()
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        "0 (Conv2d, 4)",
        "2 (ReLU, 4)",
        "3 (Conv2d, 4)",
        "4 (AvgPool2d, 4)",
    ]
    assert "4" not in audited.curves  # two pixels
    assert len(figure.axes) > 4 + 2 * 8  # two convolutions, eight elements
    assert png_bytes(figure).startswith(b"\x89PNG")


def test_a_network_without_maps_is_refused():
    with pytest.raises(UsageError, match="feature maps on the pixel grid, to compare its layers; got 'flat'"):
        audit_layers(nn.Sequential(nn.Flatten(), nn.Linear(256, 2)), IMAGES, "flat")
