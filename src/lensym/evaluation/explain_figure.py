"""The figure of what the answers on images hang on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from scipy import ndimage

from lensym.evaluation.explain import Explanation
from lensym.evaluation.figures import COLOURS, axes_grid, stretch

_CONTOUR, _GRAIN = 0.4, 1 / 75
"""Level of the image's contour, as a share of the stretched peak, and the smoothing before, as one of the image."""

_WIDTH, _HEIGHT, _LINE = 10.2, 3.2, 0.22
"""Inches: the figure, a row, a line of the title above."""


@dataclass(frozen=True)
class Explained:
    """A row of the figure.

    Parameters
    ----------
    image
        (C, H, W) as the network sees it; its first channel is shown.
    found
        What `lensym.evaluation.explain.explain` says of it.
    words
        What else there is to say, under the image.
    colour
        Of the words.
    """

    image: Shaped[np.ndarray, "c s s"]
    found: Explanation
    words: str = "the image as the network sees it"
    colour: str = "black"


def explanation_figure(rows: Sequence[Explained], classes: Sequence[str], title: str = "", warning: str = "") -> Figure:
    """Each image, and beside it both its maps with a contour of the image.

    Parameters
    ----------
    rows
        One or more.
    classes
        Titles of the network's classes in its order.
    title, warning
        Above it all, the warning in red.
    """
    lines = [line for line in (title, warning) if line]
    figure, axes = axes_grid(_WIDTH, _HEIGHT * len(rows) + _LINE * len(lines), len(rows), 3)
    figure.set_layout_engine("compressed", h_pad=0.1)
    for k, row in enumerate(rows):
        _draw(figure, axes[3 * k : 3 * k + 3], row, classes[row.found.target])
    if lines:
        style: dict[str, Any] = {"fontsize": 10.5, "fontweight": "bold", "color": COLOURS[1] if warning else "black"}
        # a dollar sign in a file's name begins no formula
        figure.suptitle("\n".join(lines), x=0.005, ha="left", parse_math=False, **style)
    return figure


def _draw(figure: Figure, axes: Sequence[Axes], row: Explained, name: str) -> None:
    seen, evidence, sensitivity = axes
    found, light = row.found, stretch(row.image[0])
    seen.imshow(light, cmap="magma", origin="lower")
    _title(seen, f"{name}: log-odds {found.log_odds:+.1f}", row.words, row.colour)
    largest = float(np.abs(found.evidence).max()) or 1.0
    drawn = evidence.imshow(found.evidence, cmap="RdBu_r", vmin=-largest, vmax=largest, origin="lower")
    _beside(figure, evidence, drawn, light, "fall of the log-odds")
    _title(evidence, "What speaks for it, and against", "red: less likely once its detail is smoothed")
    drawn = sensitivity.imshow(found.sensitivity, cmap="viridis", origin="lower")
    _beside(figure, sensitivity, drawn, light, "log-odds a unit of a pixel")
    _title(sensitivity, "Where it is sensitive", "how far a change of the pixel changes it")


def _beside(figure: Figure, ax: Axes, drawn: AxesImage, light: Float[np.ndarray, "s s"], unit: str) -> None:
    """A colour bar, and where the light is."""
    if light.max() > 0:
        smooth = ndimage.gaussian_filter(light, _GRAIN * len(light))
        ax.contour(smooth, [_CONTOUR * smooth.max()], colors=COLOURS[4], linewidths=0.9)
    bar = figure.colorbar(drawn, ax=ax, shrink=0.8, fraction=0.05, pad=0.02)
    bar.set_label(unit, fontsize=8)
    bar.ax.tick_params(labelsize=8)


def _title(ax: Axes, title: str, words: str, colour: str = "black") -> None:
    ax.set_axis_off()
    ax.set_title(title, loc="left", fontweight="bold", fontsize=10)
    ax.text(0, -0.02, words, transform=ax.transAxes, va="top", fontsize=8, color=colour)
