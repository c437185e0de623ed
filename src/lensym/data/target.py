"""The truth column that a regression learns, as numbers a network can learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float64
from numpy.typing import NDArray

from lensym.errors import InputError, unknown_name

AXES = ("vortex_angle",)
"""Columns of angles in degrees, defined modulo 180, that turn with the image."""

_LOG10 = "log10_"
_MASS, _HALF_LENGTH, _TURN = "log10_axion_mass", "vortex_half_length", "turned_by"
_TURNING = ("_x", "_y", "_e1", "_e2", "_angle", "gamma1", "gamma2", "a3", "a4")
"""Ends of the names of columns that change when the image is turned, in ways that no head here answers."""
_SMALLEST_SPREAD = 1e-9
"""Of values, relative to their size: below it a column is constant."""


@dataclass(frozen=True)
class Target:
    """A column, and how its values become what a network gives.

    Parameters
    ----------
    column
        Name in the truth; ``log10_X`` is the logarithm of a column ``X`` too.
    axis
        Whether it is an angle in degrees modulo 180 that turns with the image.
    mean, scale
        Of the training images; an axis has 0 and 1.
    short_from
        Least log10 of the axion's mass whose vortex is shorter than a pixel; None where there is none.

    Examples
    --------
    >>> Target("vortex_angle", True).encoded(np.array([90.0])).round(6) + 0.0
    array([[-1.,  0.]])
    """

    column: str
    axis: bool
    mean: float = 0.0
    scale: float = 1.0
    short_from: float | None = None

    def encoded(self, values: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, "n t"]:
        """Values in units of the scale from the mean, (N, 1), or (cos 2 phi, sin 2 phi), (N, 2)."""
        if self.axis:
            doubled = 2 * np.deg2rad(values)
            return np.stack([np.cos(doubled), np.sin(doubled)], axis=1)
        return np.asarray((values - self.mean) / self.scale)[:, None]


def values_of(truth: Mapping[str, NDArray[Any]], column: str, place: str) -> Float64[np.ndarray, " n"]:
    """Values of a column, (N,), NaN for images without one; an angle as it is in the turned image.

    Raises
    ------
    UsageError
        If there is no such column.
    InputError
        If it has not one number for each image, or changes with the orientation without being an axis.
    """
    source = column.removeprefix(_LOG10) if column not in truth else column
    if source not in truth:
        raise unknown_name(f"truth column of {place}", column, truth)
    values = np.asarray(truth[source])
    if values.ndim != 1 or values.dtype.kind not in "fiub":
        raise InputError(
            f"a truth column with one number for each image in {place}",
            f"'{column}' with {values.dtype} of shape {values.shape}",
            "choose another --target",
        )
    if column.endswith(_TURNING) and column not in AXES:
        raise InputError(
            f"a truth column that stays when the image is turned, or {' or '.join(AXES)}",
            f"'{column}', which changes with the orientation",
            "choose another --target",
        )
    values = values.astype(np.float64)
    if source != column:
        values = np.log10(values, where=values > 0, out=np.full(len(values), np.nan))
    if column in AXES and _TURN in truth:
        values = values + np.asarray(truth[_TURN], np.float64)
    return values


def learn_target(
    truth: Mapping[str, NDArray[Any]], column: str, pixel_scale: float, place: str
) -> tuple[Target, Float[np.ndarray, " n"]]:
    """The target of training images with this truth, and their values, NaN for those without one.

    Raises
    ------
    UsageError, InputError
        As `values_of`, and where no image has a value, or all have the same.
    """
    values = values_of(truth, column, place)
    known = values[np.isfinite(values)]
    spread = float(known.std()) if len(known) else 0.0
    if not len(known) or spread <= _SMALLEST_SPREAD * max(1.0, float(np.abs(known).max())):
        got = f"the one value {known[0]:g}" if len(known) else "none"
        raise InputError(
            f"several values of '{column}' in {place}, to learn it from", got, "choose another --target, or other data"
        )
    if column in AXES:
        return Target(column, True), values
    return Target(column, False, float(known.mean()), spread, _short_from(truth, column, values, pixel_scale)), values


def is_short(truth: Mapping[str, NDArray[Any]], pixel_scale: float) -> NDArray[np.bool_] | None:
    """Whether each image's vortex is shorter than a pixel, so that nothing shows its length; None where no vortex is.

    Parameters
    ----------
    pixel_scale
        Arcsec.
    """
    if _HALF_LENGTH not in truth:
        return None
    return np.asarray(2 * np.asarray(truth[_HALF_LENGTH], np.float64) < pixel_scale)


def _short_from(
    truth: Mapping[str, NDArray[Any]], column: str, values: Float64[np.ndarray, " n"], pixel_scale: float
) -> float | None:
    short = is_short(truth, pixel_scale)
    if column != _MASS or short is None or not (short & np.isfinite(values)).any():
        return None
    return float(values[short & np.isfinite(values)].min())
