"""Figures of a regression: estimates against the truth, their errors, and whether the intervals hold what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lensym.evaluation.figures import COLOURS, GREY, axes_grid
from lensym.evaluation.regression import LEVEL, Answer, Estimates, errors

_SHOWN = 2000
"""Points of a figure."""
_BINS = 8


def regression_figures(
    said: Estimates,
    truth: Float[np.ndarray, " n"],
    answer: Answer,
    results: Mapping[str, Any],
    short: NDArray[np.bool_] | None = None,
) -> dict[str, Figure]:
    """Scatter, residuals and coverage; ``results`` are those of `assess_estimates`."""
    parts = {"": np.ones(len(truth), bool)} if short is None or not short.any() else {"": ~short, _SHORT: short}
    return {
        "scatter": _scatter(said, truth, answer, parts),
        "residuals": _residuals(said, truth, answer),
        "coverage": _coverage(results),
    }


_SHORT = "vortex shorter than a pixel"


def _scatter(
    said: Estimates, truth: Float[np.ndarray, " n"], answer: Answer, parts: Mapping[str, NDArray[np.bool_]]
) -> Figure:
    figure, (ax,) = axes_grid(5.2, 4.6)
    # an axis's estimate is drawn at the turn that is next to the truth
    value = truth + errors(said.value, truth, answer.axis)
    for k, (label, part) in enumerate(parts.items()):
        rows = np.flatnonzero(part)[:_SHOWN]
        bars = said.half_width[LEVEL][rows]
        style: dict[str, Any] = {"fmt": "o", "ms": 2.5, "lw": 0.4, "alpha": 0.5, "color": COLOURS[k]}
        ax.errorbar(truth[rows], value[rows], bars, label=label or None, **style)
    ends = [float(truth.min()), float(truth.max())]
    ax.plot(ends, ends, color=GREY, lw=1, label="right")
    unit = " (degrees)" if answer.axis else ""
    ax.set_title(f"Estimates with {100 * LEVEL:.0f} % intervals", loc="left", fontweight="bold")
    ax.set(xlabel=f"true {answer.column}{unit}", ylabel=f"estimated{unit}")
    ax.locator_params(axis="x", nbins=6)
    ax.legend(loc="upper left", fontsize=8.5)
    return figure


def _residuals(said: Estimates, truth: Float[np.ndarray, " n"], answer: Answer) -> Figure:
    """Errors over the truth, with their mean and spread in bins of as many images each."""
    figure, (ax,) = axes_grid(6.2, 3.8)
    error = errors(said.value, truth, answer.axis)
    ax.plot(truth[:_SHOWN], error[:_SHOWN], ".", ms=3, color=GREY, alpha=0.5)
    order = np.array_split(np.argsort(truth), min(_BINS, len(truth)))
    middle = [truth[part].mean() for part in order]
    mean, spread = ([float(f(error[part])) for part in order] for f in (np.mean, np.std))
    ax.errorbar(middle, mean, spread, fmt="o", color=COLOURS[0], capsize=2, label="mean and standard deviation")
    ax.axhline(0, color=GREY, lw=1)
    ax.set_title("Errors", loc="left", fontweight="bold")
    ax.set(xlabel=f"true {answer.column}", ylabel="estimate less truth")
    ax.legend(loc="best", fontsize=8.5)
    return figure


def _coverage(results: Mapping[str, Any]) -> Figure:
    figure, (ax,) = axes_grid(4.6, 4.0)
    levels = [float(level) for level in results["coverage"]]
    found = np.array(list(results["coverage"].values()))
    ends = np.array(list(results["coverage_ci"].values()))
    ax.plot([0.5, 1], [0.5, 1], color=GREY, lw=1, label="as stated")
    spread = np.maximum([found - ends[:, 0], ends[:, 1] - found], 0)
    ax.errorbar(levels, found, spread, fmt="o", color=COLOURS[0], capsize=2, label="found, 95 % interval")
    ax.set_title("Do the intervals hold the truth?", loc="left", fontweight="bold")
    ax.set(xlabel="stated share", ylabel="share of images inside", xlim=(0.5, 1.01))
    ax.legend(loc="upper left", fontsize=8.5)
    return figure
