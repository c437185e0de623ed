"""The figure of what each layer of a network knows of rotations and reflections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from lensym.evaluation.figures import COLOURS, GREY
from lensym.evaluation.layers import LayerRow, LayersAudit
from lensym.evaluation.orbits import Orbits
from lensym.symmetry.audit import LayerCurve

WIDTH = 9.6
"""Inches."""
ROW, MAP = 0.21, 1.08
"""Inches of a layer's row, and of a map with its title."""

ELEMENTS = ("upright", "90°", "180°", "270°", "mirrored", "mirrored, 90°", "mirrored, 180°", "mirrored, 270°")
"""Those of D4 in their order."""


def layer_figure(audited: LayersAudit) -> Figure:
    """Correlations layer by layer from the input on, over the angle, and some channels that are copies of others."""
    rows = _telling(audited.rows)
    above = 1.5 + ROW * len(rows)
    below = sum(0.45 + MAP * len(orbits.channels) for orbits in audited.orbits)
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(WIDTH, above + below), layout="constrained")
        heights = [above, *(0.45 + MAP * len(orbits.channels) for orbits in audited.orbits)]
        panels = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
        left, right = panels[0].subplots(1, 2, sharey=True, width_ratios=(1.1, 1))
        _draw_elements(left, rows)
        _draw_curves(panels[0], right, rows, audited.curves)
        for panel, orbits in zip(panels[1:], audited.orbits, strict=True):
            _draw_orbits(panel, orbits)
    panels[0].suptitle(f"What the layers of {audited.name} know of orientation", fontweight="bold")
    return figure


def _telling(rows: Sequence[LayerRow]) -> list[LayerRow]:
    """The rows without layers that say what the one before says, as a normalisation after a convolution does."""
    return [
        row
        for before, row in zip([None, *rows], rows, strict=False)
        if before is None or abs(row.turns - before.turns) + abs(row.chance - before.chance) > 1e-4
    ]


def _draw_elements(ax: Axes, rows: Sequence[LayerRow]) -> None:
    """Turns, reflections, and what to compare them with."""
    y = np.arange(len(rows))
    ax.plot([row.turns for row in rows], y, "o", color=COLOURS[0], label="turned by 90, 180, 270°")
    ax.plot([row.reflections for row in rows], y, "s", mfc="none", color=COLOURS[1], label="mirrored")
    ax.plot([row.own for row in rows], y, ".", ms=4, color=COLOURS[0], label="turned, each channel with itself")
    ax.plot([row.shuffled for row in rows], y, "x", color="#4a4f57", label="turned, filters shuffled")
    ax.plot([row.chance for row in rows], y, "|", ms=8, color=GREY, label="different images")
    ax.set_yticks(y, [f"{row.layer} ({row.kind}, {row.channels})" for row in rows], fontsize=7.5)
    ax.set(ylim=(len(rows) - 0.4, -0.6), xlim=(min(0.0, min(row.own for row in rows)) - 0.02, 1.03))
    ax.set_xlabel("correlation of the best-matching channels\n(1: equivariant)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=8)
    ax.grid(color="#e3e6ea")
    ax.set_axisbelow(True)


def _draw_curves(panel: SubFigure, ax: Axes, rows: Sequence[LayerRow], curves: Mapping[str, LayerCurve]) -> None:
    """The same over the angle, as shades, and at the right what interpolation alone leaves of 1."""
    angles = list(next(iter(curves.values())).similarity)
    blank = LayerCurve(dict.fromkeys(angles, np.nan), np.nan)
    found = [curves.get(row.layer, blank) for row in rows]
    shades = [[*curve.similarity.values(), np.nan, curve.floor] for curve in found]
    image = ax.imshow(np.array(shades), aspect="auto", vmin=0, vmax=1, cmap="viridis")
    ticks = [k for k, angle in enumerate(angles) if angle % 45 == 0]
    ax.set_xticks([*ticks, len(angles) + 1], [*(f"{angles[k]:g}°" for k in ticks), "0°*"])
    ax.set_xlabel("turned by an angle\n* interpolation alone")
    ax.tick_params(left=False, labelleft=False)
    ax.spines[:].set_visible(False)
    panel.colorbar(image, ax=ax, location="top", shrink=0.7, aspect=30, pad=0.01, label="correlation, best-matching")


def _draw_orbits(panel: SubFigure, orbits: Orbits) -> None:
    """A row of maps for each channel: its own answer, then its partners' to the moved image, moved back."""
    panel.suptitle(f"{orbits.layer}: answers to the moved image, moved back; number of the channel, correlation")
    grid = panel.subplots(*orbits.maps.shape[:2], squeeze=False)
    for row, line in enumerate(grid):
        for k, ax in enumerate(line):
            answer = orbits.maps[row, k] - orbits.maps[row, k].mean()
            limit = 3 * float(answer.std()) or 1.0
            ax.imshow(answer, cmap="RdBu_r", vmin=-limit, vmax=limit)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(True)
            number, value = orbits.partners[row, k], orbits.correlation[row, k]
            ax.set_title(f"{number}" if k == 0 else f"{number},  {value:.2f}", fontsize=8, pad=2)
            if row == len(grid) - 1:
                ax.set_xlabel(ELEMENTS[k], fontsize=8)
