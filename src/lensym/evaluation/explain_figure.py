"""The figure of what an image's answer hangs on."""

from __future__ import annotations

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


def explanation_figure(image: Shaped[np.ndarray, "c s s"], found: Explanation, classes: tuple[str, ...]) -> Figure:
    """The image as the network sees it (first channel), and both maps of `explain` with a contour of the image.

    Parameters
    ----------
    classes
        Titles of the network's classes in its order.
    """
    figure, (seen, evidence, sensitivity) = axes_grid(11.4, 3.7, 1, 3)
    light = stretch(image[0])
    seen.imshow(light, cmap="magma", origin="lower")
    name = classes[found.target]
    _title(seen, f"{name}: log-odds {found.log_odds:+.1f}", "the image as the network sees it")
    largest = float(np.abs(found.evidence).max()) or 1.0
    drawn = evidence.imshow(found.evidence, cmap="RdBu_r", vmin=-largest, vmax=largest, origin="lower")
    _beside(figure, evidence, drawn, light, "fall of the log-odds")
    _title(evidence, "What speaks for it, and against", "red: with its detail smoothed away, the class is less likely")
    drawn = sensitivity.imshow(found.sensitivity, cmap="viridis", origin="lower")
    _beside(figure, sensitivity, drawn, light, "log-odds a unit of a pixel")
    _title(sensitivity, "Where it is sensitive", "how much the answer follows a change of a pixel")
    return figure


def _beside(figure: Figure, ax: Axes, drawn: AxesImage, light: Float[np.ndarray, "s s"], unit: str) -> None:
    """A colour bar, and where the light is."""
    if light.max() > 0:
        smooth = ndimage.gaussian_filter(light, _GRAIN * len(light))
        ax.contour(smooth, [_CONTOUR * smooth.max()], colors=COLOURS[4], linewidths=0.9)
    bar = figure.colorbar(drawn, ax=ax, shrink=0.8, fraction=0.05, pad=0.02)
    bar.set_label(unit, fontsize=8)
    bar.ax.tick_params(labelsize=8)


def _title(ax: Axes, title: str, words: str) -> None:
    ax.set_axis_off()
    ax.set_title(title, loc="left", fontweight="bold")
    ax.text(0, -0.02, words, transform=ax.transAxes, va="top", fontsize=8)
