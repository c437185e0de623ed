"""What each layer of a network knows of rotations and reflections: rows for a table, and a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from lensym.evaluation.figures import COLOURS, GREY
from lensym.symmetry.audit import LayerEquivariance


@dataclass(frozen=True)
class LayerRow:
    """One layer: mean correlation over the turns and over the reflections, and what chance gives."""

    layer: str
    kind: str
    channels: int
    turns: float
    reflections: float
    chance: float


def layer_rows(layers: Sequence[LayerEquivariance]) -> list[LayerRow]:
    """One row a layer; the identity, which is 1 for every layer, is left out."""
    return [
        LayerRow(
            layer.layer,
            layer.kind,
            layer.channels,
            _mean(layer.similarity, reflected=False),
            _mean(layer.similarity, reflected=True),
            float(np.mean([value for name, value in layer.chance.items() if name != "e"])),
        )
        for layer in layers
    ]


def _mean(similarity: dict[str, float], reflected: bool) -> float:
    """Mean over the elements with a reflection, or over those without but the identity; not a number without any."""
    values = [value for name, value in similarity.items() if name != "e" and ("s" in name) == reflected]
    return float(np.mean(values)) if values else float("nan")


def layer_figure(rows: Sequence[LayerRow], name: str) -> Figure:
    """Correlation between features of turned images and turned features, layer by layer from the input on."""
    with mpl.rc_context({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(7.2, 1.3 + 0.26 * len(rows)), layout="constrained")
        ax = figure.subplots()
    y = np.arange(len(rows))
    ax.plot([row.turns for row in rows], y, "o", color=COLOURS[0], label="turned by 90, 180, 270 degrees")
    ax.plot([row.reflections for row in rows], y, "s", mfc="none", color=COLOURS[1], label="mirrored")
    ax.plot([row.chance for row in rows], y, "|", ms=9, color=GREY, label="by chance")
    ax.set_yticks(y, [f"{row.layer} ({row.kind}, {row.channels})" for row in rows], fontsize=8)
    ax.set(ylim=(len(rows) - 0.4, -0.6), xlim=(min(0.0, *(row.chance for row in rows)) - 0.02, 1.03))
    ax.set_xlabel("correlation of the best-matching channels (1: equivariant)")
    ax.set_title(f"What the layers of {name} know of orientation", fontweight="bold", loc="left")
    ax.grid(color="#e3e6ea")
    ax.set_axisbelow(True)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=8.5)
    return figure
