"""What the layers know of orientation: rows and figure."""

import math

import torch
from torch import nn

from lensym.evaluation.figures import png_bytes
from lensym.evaluation.layers import layer_figure, layer_rows
from lensym.symmetry import LiftingConv, cyclic, dihedral, layer_audit, regular_type, trivial_type

D4 = dihedral(4)


def images():
    return torch.randn(6, 1, 12, 12, generator=torch.Generator().manual_seed(0))


def test_a_layer_built_for_it_is_told_from_one_that_is_not():
    torch.manual_seed(0)
    built = LiftingConv(trivial_type(D4, 1), regular_type(D4, 2), 3, padding=1)
    plain = nn.Conv2d(1, 16, 3, padding=1)
    (first,), (second,) = (layer_rows(layer_audit(module, images(), D4)) for module in (built, plain))
    assert min(first.turns, first.reflections) > 0.999
    assert max(second.turns, second.reflections) < 0.9
    assert first.chance < 0.5
    assert (first.channels, second.kind) == (16, "Conv2d")


def test_a_group_without_reflections_has_no_number_for_them():
    module = nn.Conv2d(1, 4, 3, padding=1)
    (row,) = layer_rows(layer_audit(module, images(), cyclic(4)))
    assert math.isnan(row.reflections)
    assert not math.isnan(row.turns)


def test_the_figure_has_a_line_for_each_layer():
    module = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))
    rows = layer_rows(layer_audit(module, images(), D4))
    figure = layer_figure(rows, "plain")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        "0 (Conv2d, 4)",
        "1 (ReLU, 4)",
        "2 (Conv2d, 4)",
    ]
    assert png_bytes(figure).startswith(b"\x89PNG")
