"""A contact sheet: images of each class side by side, from all sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lensym.conventions import CLASS_TITLES
from lensym.simulation.preview import View

_PANEL, _GAP, _LEFT, _TOP = 1.5, 0.05, 0.32, 0.62
"""Inches: a panel's side, the space between two, the space for the names of the rows and of the columns."""

_INK = "#2f343b"
_SOFT = 15.0
"""What the asinh stretch lifts: brightness is shown in proportion up to this part of the brightest."""

_CLIPPED = 0.002
"""Share of an image's pixels, at either end, that may be shown too dark or too bright."""

_UNIT = "change: by the substructure, in % of the lensed source's brightest pixel"

_BARS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Lengths in arcsec of a scale bar."""


def contact_sheet(views: Sequence[View], title: str, size: int, pixel_scale: float | None) -> Figure:
    """A column for each view, class by class, and a row for each thing that is known of it.

    Parameters
    ----------
    size, pixel_scale
        Pixels a side of all images, and arcsec per pixel, where that is known.
    """
    rows = _ROWS if any(view.model is not None for view in views) else _ROWS[1:2]
    groups = [list(group) for _, group in groupby(views, lambda view: view.class_name)]
    width = _LEFT + len(views) * (_PANEL + _GAP) + (len(groups) - 1) * 2 * _GAP
    height = _TOP + len(rows) * (_PANEL + _GAP)
    figure = Figure(figsize=(width, height))
    _write(figure, _LEFT, height - 0.1, title, fontsize=10, weight="bold", va="top")
    if len(rows) > 1 and len(views) > 3:
        _write(figure, width - _GAP, height - 0.12, _UNIT, fontsize=8, ha="right", va="top")
    for row, (name, _) in enumerate(rows):
        middle = height - _TOP - row * (_PANEL + _GAP) - _PANEL / 2
        _write(figure, _LEFT / 2, middle, name, rotation=90, ha="center", va="center")
    left = _LEFT
    for group in groups:
        class_title = CLASS_TITLES.get(group[0].class_name, group[0].class_name)
        _write(figure, left, height - _TOP + 0.06, class_title, va="bottom")
        for view in group:
            for row, (_, draw) in enumerate(rows):
                draw(_panel(figure, left, height - _TOP - row * (_PANEL + _GAP)), view)
            left += _PANEL + _GAP
        left += 2 * _GAP
    if pixel_scale is not None:
        scale_bar(figure.axes[0], size, pixel_scale)
    return figure


def _write(figure: Figure, x: float, y: float, text: str, **style: Any) -> None:
    """Text at a place in inches."""
    width, height = figure.get_size_inches()
    figure.text(x / width, y / height, text, **{"fontsize": 9.0, "color": _INK, **style})


def _panel(figure: Figure, left: float, top: float) -> Axes:
    width, height = figure.get_size_inches()
    ax = figure.add_axes((left / width, (top - _PANEL) / height, _PANEL / width, _PANEL / height))
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(color="#b9bec6", linewidth=0.6)
    return ax


def _draw_model(ax: Axes, view: View) -> None:
    if view.model is not None:
        show_image(ax, view.model)


def _draw_stored(ax: Axes, view: View) -> None:
    show_image(ax, view.stored)


def _draw_change(ax: Axes, view: View) -> None:
    """Red where light was added, blue where it was taken; the ends of the colours are written below."""
    if view.change is None:
        return
    limit = float(np.quantile(np.abs(view.change), 1 - _CLIPPED))
    ax.imshow(view.change, origin="lower", cmap="RdBu_r", vmin=-(limit or 1), vmax=limit or 1)
    label = f"± {100 * limit:.2g} %" if limit else "none"
    ax.text(0.04, 0.04, label, transform=ax.transAxes, fontsize=8, color=_INK)


_ROWS: tuple[tuple[str, Callable[[Axes, View], None]], ...] = (
    ("without noise", _draw_model),
    ("as stored", _draw_stored),
    ("change", _draw_change),
)


def show_image(ax: Axes, image: NDArray[Any]) -> None:
    """One band in false colours; of several the last, a middle and the first as red, green and blue."""
    bands = [_stretched(np.asarray(band, np.float64)) for band in image]
    if len(bands) == 1:
        ax.imshow(bands[0], origin="lower", cmap="magma", vmin=0, vmax=1)
    else:
        ax.imshow(np.dstack([bands[-1], bands[len(bands) // 2], bands[0]]), origin="lower")


def _stretched(band: NDArray[np.float64]) -> NDArray[np.float64]:
    """Brightness from 0 to 1, faint light lifted."""
    low, high = np.quantile(band, [_CLIPPED, 1 - _CLIPPED])
    linear = ((band - low) / (high - low if high > low else 1)).clip(0, 1)
    return np.asarray(np.arcsinh(_SOFT * linear) / np.arcsinh(_SOFT))


def scale_bar(ax: Axes, size: int, pixel_scale: float) -> None:
    """A bar of a round length, about a quarter of the image."""
    length = min(_BARS, key=lambda bar: abs(bar - size * pixel_scale / 4))
    start, y = 0.06 * size, 0.07 * size
    ax.plot([start, start + length / pixel_scale], [y, y], color="white", lw=2, solid_capstyle="butt")
    ax.text(start + length / pixel_scale / 2, y + 0.02 * size, f"{length:g}″", color="white", fontsize=8, ha="center")
