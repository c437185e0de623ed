"""Figures of ``lensym study``: AUC over images, over the turn of the scene, over cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from lensym.evaluation.figures import COLOURS, GREY, axes_grid

MARKERS = "osD^vPX*"
LINES = ("-", "--", "-.", ":")
_TICKS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9998, 0.9999, 0.99995, 0.99999)
_CERTAIN = 1 - 1e-5
"""Where an AUC of 1 is drawn on an axis that never reaches it."""

Points = Sequence[Mapping[str, Any]]


def efficiency_figure(points: Points, models: Sequence[str]) -> Figure:
    """Macro AUC of each network over the images a class it was trained on, with the band of its seeds."""
    figure, (ax,) = axes_grid(6.6, 4.6)
    for k, name in _drawn(points, models):
        rows = _of_model(points, name)
        sizes = [row["size"] for row in rows]
        low, high = (_clipped([row["upright"]["band"][end] for row in rows]) for end in (0, 1))
        means = _clipped([row["upright"]["mean"] for row in rows])
        ax.fill_between(sizes, low, high, color=_colour(k), alpha=0.18, lw=0)
        if len(sizes) == 1:
            ax.vlines(sizes, low, high, color=_colour(k), alpha=0.5)
        ax.plot(sizes, means, LINES[k % 4], marker=_marker(k), ms=5, color=_colour(k), lw=1.8, label=name)
    _sizes(ax, points)
    _auc_axis(ax, [end for row in points for end in row["upright"]["band"]])
    _titles(ax, "How many images it takes", "training images a class", "macro AUC")
    return _with_legend(figure, len(models))


def rotation_figure(points: Points, models: Sequence[str]) -> Figure:
    """Change of the macro AUC from upright to turned scenes, with its interval; side by side at each size."""
    figure, (ax,) = axes_grid(6.6, 4.0)
    sizes = sorted({row["size"] for row in points})
    for k, name in _drawn(points, models):
        rows = _of_model(points, name)
        x = [sizes.index(row["size"]) + 0.5 * ((k + 0.5) / len(models) - 0.5) for row in rows]
        found = [row["turned_minus_upright"] for row in rows]
        means = np.array([f["mean"] for f in found])
        ends = np.array([f["interval"] for f in found])
        errors = [means - ends[:, 0], ends[:, 1] - means]
        ax.errorbar(x, means, errors, fmt=_marker(k), ms=5, color=_colour(k), capsize=2.5, label=name)
    ax.axhline(0, color=GREY, lw=1)
    ax.set_xticks(range(len(sizes)), [_thousands(size) for size in sizes])
    ax.set_xlim(-0.6, len(sizes) - 0.4)
    _titles(ax, "What a turned scene costs", "training images a class", "macro AUC, turned less upright")
    ax.grid(visible=False, axis="x")
    return _with_legend(figure, len(models))


def cost_figure(points: Points, models: Sequence[str]) -> Figure:
    """Macro AUC over GFLOP an image, the Pareto front as a grey line; ``points`` are those of one size."""
    figure, (ax,) = axes_grid(6.6, 4.6)
    front = sorted((row["gflop"], *_clipped([row["upright"]["mean"]])) for row in points if row["on_front"])
    ax.step(*zip(*front, strict=True), where="post", color=GREY, lw=1.2)
    for k, name in _drawn(points, models):
        (row,) = _of_model(points, name)
        (mean,), (low, high) = _clipped([row["upright"]["mean"]]), _clipped(row["upright"]["band"])
        fill = _colour(k) if row["on_front"] else "white"
        ax.errorbar(
            [row["gflop"]],
            [mean],
            [[mean - low], [high - mean]],
            fmt=_marker(k),
            ms=8,
            color=_colour(k),
            mfc=fill,
            capsize=2.5,
            label=name,
        )
    ax.set_xscale("log")
    costs = [row["gflop"] for row in points]
    ax.set_xlim(min(costs) / 2, max(costs) * 2)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    _auc_axis(ax, [end for row in points for end in row["upright"]["band"]])
    _titles(ax, "Cost and score", "GFLOP for one image", "macro AUC")
    return _with_legend(figure, len(models))


def _drawn(points: Points, models: Sequence[str]) -> list[tuple[int, str]]:
    """Networks that have a point, each with its number, which its colour goes by in every figure."""
    present = {row["model"] for row in points}
    return [(k, name) for k, name in enumerate(models) if name in present]


def _of_model(points: Points, name: str) -> Points:
    return sorted((row for row in points if row["model"] == name), key=lambda row: int(row["size"]))


def _colour(k: int) -> str:
    return COLOURS[k % len(COLOURS)]


def _marker(k: int) -> str:
    return MARKERS[k % len(MARKERS)]


def _clipped(values: Sequence[float]) -> list[float]:
    """Values that the axis of the AUC can show."""
    return [min(max(value, 1 - _CERTAIN), _CERTAIN) for value in values]


def _sizes(ax: Axes, points: Points) -> None:
    sizes = sorted({int(row["size"]) for row in points})
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(sizes))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels([_thousands(size) for size in sizes])
    ax.set_xlim(sizes[0] / 1.3, sizes[-1] * 1.3)


def _auc_axis(ax: Axes, values: Sequence[float]) -> None:
    """The axis of the logit of the AUC, on which .98 to .99 is as long as .99 to .995, nearly."""
    ax.set_yscale("logit")
    low, high = min(_clipped(values)), max(_clipped(values))
    below = max((tick for tick in _TICKS if tick <= low), default=low)
    above = min((tick for tick in _TICKS if tick >= high), default=high)
    ax.set_ylim(below - 0.15 * (1 - below), above + 0.15 * (1 - above))
    ax.yaxis.set_major_locator(FixedLocator([tick for tick in _TICKS if below <= tick <= above]))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _titles(ax: Axes, title: str, x: str, y: str) -> None:
    ax.set_title(title, loc="left", fontweight="bold")
    ax.set(xlabel=x, ylabel=y)


def _with_legend(figure: Figure, entries: int) -> Figure:
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(entries, 4), frameon=False, fontsize=9)
    return figure


def _thousands(size: int) -> str:
    return f"{size:,}".replace(",", "\u202f")
