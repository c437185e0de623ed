"""The report's figures, each a matplotlib Figure of its own: no pyplot, no global state.

Colours are those of Okabe & Ito (2008), which colour-blind readers can tell apart; lines differ in style as well.
"""

from __future__ import annotations

import base64
import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from jaxtyping import Shaped
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lensym.evaluation.audit import Audit
from lensym.evaluation.calibration import reliability_curve
from lensym.evaluation.intervals import delong
from lensym.evaluation.metrics import confusion_matrix, roc_curve
from lensym.evaluation.predictions import Answers, Predictions, class_title
from lensym.evaluation.wording import percent, share

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREY = "#8a8f98"
_LINES = ("-", "--", "-.", ":")
_DPI = 144
_STYLE: dict[str, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.edgecolor": "#4a4f57",
    "grid.color": "#e3e6ea",
}


_SCORES = {
    "val_auc": "macro AUC",
    "val_accuracy": "accuracy",
    "val_information": "information about unlabelled images",
    "val_mae": "mean error",
    "val_rmse": "rms error",
}


def png_bytes(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()


def png_width(png: bytes) -> int:
    """Width of a figure's PNG in CSS pixels, of which 96 make an inch."""
    return int.from_bytes(png[16:20], "big") * 96 // _DPI


def data_uri(png: bytes) -> str:
    """A PNG as the address of an image inside a page, so that the page needs no other file."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def training_curves(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Losses and validation scores over the epochs, from the rows of a run's ``metrics.csv``."""
    scores = {key: name for key, name in _SCORES.items() if key in rows[0]}
    direction = "higher" if "val_auc" in scores else "lower"
    panels = {"Loss (lower is better)": {"train_loss": "training", "val_loss": "validation"}}
    if scores:
        panels[f"On validation images ({direction} is better)"] = scores
    epochs = [float(row["epoch"]) + 1 for row in rows]
    figure, axes = axes_grid(4.6 * len(panels), 3.4, 1, len(panels))
    for ax, (title, columns) in zip(axes, panels.items(), strict=True):
        for k, (column, label) in enumerate(columns.items()):
            values = [float(row[column]) for row in rows]
            ax.plot(epochs, values, _LINES[k], marker="o", ms=3, color=COLOURS[k], label=label)
        _words(ax, title, "epoch")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend()
    return figure


_LONGEST = 36
"""Letters of a model's name that fit beside a figure."""


def headline_figure(results: Mapping[str, Any]) -> Figure:
    """Macro AUC of the model and the baseline with their intervals, beside guessing, on the logit scale."""
    # of a folder the end of its path: a longer label would leave no room for the figure
    model = "/".join(Path(str(results["model"].get("name", "model"))).parts[-2:])[-_LONGEST:]
    rows = [(model, results["macro_auc"], results["macro_auc_ci"], COLOURS[0])]
    if baseline := results.get("baseline"):
        rows.append(("radial-profile baseline", baseline["macro_auc"], baseline["macro_auc_ci"], COLOURS[1]))
    for name, found in results.get("shortcuts", {}).items():
        rows.append((name, found["macro_auc"], found["macro_auc_ci"], COLOURS[3]))
    rows.append(("guessing", 0.5, None, GREY))
    figure, (ax,) = axes_grid(6.0, 0.9 + 0.4 * len(rows))
    values = [value for _, value, _, _ in rows] + [end for _, _, ci, _ in rows for end in ci or ()]
    lowest, highest = _logit(min(values)), _logit(max(values))
    margin = max(0.8, 0.08 * (highest - lowest))  # room for the numbers beside the points
    left, right = lowest - margin, highest + margin
    for y, (_, value, interval, colour) in enumerate(rows):
        if interval is not None:
            ax.plot([_logit(end) for end in interval], [y, y], color=colour, lw=5, alpha=0.35, solid_capstyle="butt")
        ax.plot(_logit(value), y, "o", color=colour, ms=7)
        ax.annotate(percent(value), (_logit(value), y), (0, 7), textcoords="offset points", ha="center", fontsize=9)
    ticks = _spaced([t for t in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999) if left <= _logit(t) <= right], right - left)
    ax.set_xticks([_logit(t) for t in ticks], [f"{100 * t:g} %" for t in ticks])
    ax.set_yticks(range(len(rows)), [name for name, _, _, _ in rows])
    ax.set(xlim=(left, right), ylim=(len(rows) - 0.5, -0.8), xlabel="pairs of images ranked right (macro AUC)")
    ax.grid(visible=False, axis="y")
    return figure


def _spaced(ticks: Sequence[float], span: float) -> list[float]:
    """Ticks whose labels do not overlap on a logit axis of that length, the highest first: that is where it matters."""
    kept: list[float] = []
    for tick in reversed(ticks):
        if not kept or _logit(kept[-1]) - _logit(tick) >= 0.13 * span:
            kept.append(tick)
    return kept


def _logit(value: float) -> float:
    """Log of value / (1 - value), kept finite at the ends."""
    value = min(max(value, 1e-6), 1 - 1e-6)
    return math.log(value / (1 - value))


def roc_figure(predictions: Predictions, baseline: Predictions | None = None) -> Figure:
    """ROC of each class against the rest, with the baseline's in grey; the left edge is drawn to a logarithm.

    Good classifiers differ only where hardly any image is taken wrongly, hence the logarithmic axis.
    """
    figure, (ax,) = axes_grid(5.6, 4.5)
    floor = 0.5 / len(predictions)
    if baseline is not None:
        for k in range(len(baseline.classes)):
            x, y = roc_curve(baseline.probabilities[:, k], baseline.labels == k)
            ax.plot(np.maximum(x, floor), y, _LINES[k % 4], color=GREY, lw=1.1)
        ax.plot([], [], color=GREY, lw=1.1, label="baseline (same line styles)")
    for k, (title, estimate) in enumerate(zip(predictions.titles, _class_aucs(predictions), strict=True)):
        x, y = roc_curve(predictions.probabilities[:, k], predictions.labels == k)
        label = f"{title}: AUC {share(estimate)}"
        ax.plot(np.maximum(x, floor), y, _LINES[k % 4], color=COLOURS[k % 6], lw=2, label=label)
    ax.set(xscale="log", xlim=(floor, 1), ylim=(0, 1.01))
    title = "Found, for how many false alarms"
    _words(ax, title, "share of the other images taken for the class", "share of the class found")
    ax.legend(loc="lower right", fontsize=8.5)
    return figure


def _class_aucs(predictions: Predictions) -> list[float]:
    return [c.value for c in delong(predictions.probabilities, predictions.labels).classes]


def confusion_figure(predictions: Predictions) -> Figure:
    """Confusion matrix: the number of images in each cell, coloured by its share of the row."""
    cells = confusion_matrix(predictions.labels, predictions.predicted, len(predictions.classes))
    shares = cells / cells.sum(1, keepdims=True)
    figure, (ax,) = axes_grid(5.0, 4.5)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (i, j), share_of_row in np.ndenumerate(shares):
        ink = "white" if share_of_row > 0.5 else "#1d2126"
        ax.text(j, i, f"{cells[i, j]}\n{100 * share_of_row:.1f} %", ha="center", va="center", color=ink)
    ticks = range(len(predictions.classes))
    ax.set_xticks(ticks, [_wrap(title) for title in predictions.titles])
    ax.set_yticks(ticks, [_wrap(title) for title in predictions.titles])
    _words(ax, "What each class was called", "the model's answer", "truth")
    ax.grid(visible=False)
    return figure


def reliability_figure(predictions: Predictions) -> Figure:
    """How often the model was right against how sure it was, with Wilson's 95 % intervals."""
    curve = reliability_curve(predictions.probabilities, predictions.labels)
    x = [b.confidence for b in curve]
    y = [b.accuracy for b in curve]
    spread = np.array([[b.accuracy - b.interval.low, b.interval.high - b.accuracy] for b in curve]).T
    figure, (ax,) = axes_grid(4.8, 4.4)
    start = min(1 / len(predictions.classes), min(x))
    ax.plot([start, 1], [start, 1], color=GREY, lw=1, label="perfectly calibrated")
    ax.errorbar(x, y, np.maximum(spread, 0), fmt="o", ms=4, color=COLOURS[0], capsize=2, label="model, 95 % interval")
    _words(ax, "Right as often as it says?", "confidence of the model", "share of right answers")
    ax.set(xlim=(start - 0.02, 1.02), ylim=(min(start, min(b.interval.low for b in curve)) - 0.02, 1.02))
    ax.legend(loc="upper left")
    return figure


def example_indices(predictions: Answers, right: int = 2, wrong: int = 6) -> list[int]:
    """Images to show: for each class ``right`` typical right answers, then the ``wrong`` most confident errors.

    Typical means next to the median confidence of the class's right answers.
    """
    confidence = predictions.probabilities.max(1)
    chosen: list[int] = []
    for c in range(len(predictions.classes)):
        hits = np.flatnonzero(predictions.correct & (predictions.labels == c))
        ranked = hits[np.argsort(confidence[hits], kind="stable")]
        middle = max(0, (len(ranked) - right) // 2)
        chosen += ranked[middle : middle + right].tolist()
    misses = np.flatnonzero(~predictions.correct)
    chosen += misses[np.argsort(-confidence[misses], kind="stable")][:wrong].tolist()
    return chosen


def examples_figure(
    predictions: Answers, indices: Sequence[int], images: Shaped[np.ndarray, "n c h w"], columns: int = 6
) -> Figure:
    """Images (first channel, asinh stretch) with their truth and the model's probabilities."""
    rows = math.ceil(len(indices) / columns)
    figure, axes = axes_grid(1.9 * columns, 2.65 * rows, rows, columns)
    for ax in axes:
        ax.set_axis_off()
    for ax, index, image in zip(axes, indices, images, strict=False):
        ax.imshow(stretch(image[0]), cmap="magma", origin="lower")
        truth, answer = predictions.labels[index], predictions.predicted[index]
        right = truth == answer
        colour = COLOURS[2] if right else COLOURS[1]
        verdict = "right" if right else f"truth: {predictions.titles[truth]}"
        ax.set_title(_answer_lines(predictions, index), fontsize=8, fontweight="normal", loc="left")
        ax.text(0, -0.02, verdict, transform=ax.transAxes, va="top", fontsize=8.5, color=colour, weight="bold")
    return figure


def _answer_lines(predictions: Answers, index: int) -> str:
    pairs = zip(predictions.titles, predictions.probabilities[index], strict=True)
    return "\n".join(f"{title} {p:.3f}" for title, p in pairs)


def stretch(image: np.ndarray) -> np.ndarray:
    """Asinh stretch from the median to the brightest pixel, soft at three times the noise-like scatter."""
    pixels = image.astype(np.float64)
    median = np.median(pixels)
    soft = 3 * 1.4826 * np.median(np.abs(pixels - median)) or 1.0
    stretched: np.ndarray = np.arcsinh(np.maximum(pixels - median, 0) / soft)
    return stretched


def audit_figure(audit: Audit) -> Figure:
    """Change of the answers over the angle of rotation for the audited network and its controls."""
    figure, (ax,) = axes_grid(6.6, 4.6)
    for k, (name, curve) in enumerate(audit.curves.items()):
        ax.plot(audit.angles, curve.change, _LINES[k % 4], color=COLOURS[k % 6], lw=2, label=name)
        floor = f"{name}, interpolation alone"
        ax.plot(audit.angles, curve.floor, ":", color=COLOURS[k % 6], lw=1.2, label=floor)
    title = "How much the answer changes when the image is turned"
    _words(ax, title, "angle of rotation (degrees)", "change of the logits / their spread")
    ax.set_ylim(0, None)
    ax.set_xticks(np.arange(min(audit.angles), max(audit.angles) + 1, 45))
    figure.legend(loc="outside lower center", ncols=2, fontsize=8.5)
    return figure


def axes_grid(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure (inches) in the report's style, and its axes in reading order."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    return figure, axes


def by_mass_figure(by_mass: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """AUC of a class against the others over the mass that made its images, with 95 % intervals, on the logit scale."""
    figure, (ax,) = axes_grid(5.6, 3.6)
    for k, (name, bins) in enumerate(by_mass.items()):
        low, high, auc = (np.array([b[key] for b in bins]) for key in ("low", "high", "auc"))
        ends = np.array([[_logit(end) for end in b["ci"]] for b in bins]).T
        x, y = (low + high) / 2, np.array([_logit(value) for value in auc])
        spread, label = (y - ends[0], ends[1] - y), class_title(name)
        ax.errorbar(x, y, spread, (x - low, high - x), fmt="o", ms=5, color=COLOURS[k % 6], capsize=2, label=label)
    left, right = ax.get_ylim()
    ticks = [t for t in (0.1, 0.3, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999) if left <= _logit(t) <= right]
    ax.set_yticks([_logit(t) for t in ticks], [f"{t:g}" for t in ticks])
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.legend(loc="best")
    _words(ax, "How well it is found, by mass", "log10 of the axion's mass / eV", "AUC against the other classes")
    return figure


def _wrap(title: str) -> str:
    return textwrap.fill(title, 14)


def _words(ax: Axes, title: str, x: str, y: str = "") -> None:
    ax.set_title(title, loc="left", fontweight="bold")
    ax.set(xlabel=x, ylabel=y)
