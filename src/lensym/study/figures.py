"""Figures of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from lensym.evaluation.figures import COLOURS, GREY

TITLES = {
    "mass": "mass of the substructure",
    "pixels": "size of a pixel",
    "psf": "width of the PSF",
    "exposure": "exposure",
}


def sensitivity_figure(rows: Sequence[Mapping[str, Any]], title: str) -> Figure:
    """Macro AUC over the factor on each property, with 95 % intervals; the baseline needs no network."""
    axes = list(dict.fromkeys(row["axis"] for row in rows))
    with mpl.rc_context({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(2.9 * len(axes) + 0.6, 3.6), layout="constrained")
        panels = figure.subplots(1, len(axes), sharey=True, squeeze=False)[0]
    for panel, axis in zip(panels, axes, strict=True):
        _panel(panel, [row for row in rows if row["axis"] == axis])
        panel.set_title(TITLES[axis], fontsize=11)
    panels[0].set_ylabel("macro AUC")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(title, fontsize=12)
    return figure


def _panel(panel: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    factors = [row["factor"] for row in rows]
    _line(panel, factors, [row["network"] for row in rows], "-", COLOURS[0], "network, trained at each point")
    _line(panel, factors, [row["baseline"] for row in rows], "--", GREY, "radial profile, no network")
    panel.set_xscale("log")
    panel.xaxis.set_major_locator(FixedLocator(factors))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_xticklabels([f"x {factor:g}" for factor in factors])
    panel.axhline(0.5, color=GREY, lw=0.8, ls=":")
    panel.set_ylim(0.45, 1.01)
    panel.grid(color="#e3e6ea")
    panel.set_axisbelow(True)


def _line(
    panel: Axes, factors: Sequence[float], figures: Sequence[Mapping[str, Any]], style: str, colour: str, label: str
) -> None:
    values = [figure["macro_auc"] for figure in figures]
    below = [value - figure["macro_auc_ci"][0] for value, figure in zip(values, figures, strict=True)]
    above = [figure["macro_auc_ci"][1] - value for value, figure in zip(values, figures, strict=True)]
    panel.errorbar(factors, values, [below, above], fmt=style, marker="o", ms=3.5, color=colour, capsize=2, label=label)
