"""How well one class is found among the others as a number that its images have, a mass, grows."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from lensym.evaluation.intervals import delong
from lensym.evaluation.predictions import MIN_PER_CLASS, Predictions

BINS = 4
LEAST = 10
"""Images of the class without which a bin is not made."""


def auc_by_value(
    predictions: Predictions, class_name: str, values: Float[np.ndarray, " n"], bins: int = BINS
) -> list[dict[str, Any]]:
    """AUC of a class's images against all others, for bins of equal count in a value that the class's images have.

    Parameters
    ----------
    values
        Of each image, (N,); NaN where it has none.
    bins
        At most so many; fewer where there are few images or few different values.

    Returns
    -------
    For each bin ``low`` and ``high`` (the values' range in it), ``n``, ``auc`` and ``ci``, least values first.
    """
    k = predictions.classes.index(class_name)
    members = np.flatnonzero((predictions.labels == k) & np.isfinite(values))
    bins = min(bins, len(members) // LEAST)
    if not bins:
        return []
    starts = np.sort(values[members])[np.arange(1, bins) * len(members) // bins]
    group = np.searchsorted(np.unique(starts), values[members], side="right")
    groups = (members[group == g] for g in np.unique(group))
    return [_bin(predictions, k, some, values) for some in groups if len(some) >= MIN_PER_CLASS]


def _bin(predictions: Predictions, k: int, members: np.ndarray, values: np.ndarray) -> dict[str, Any]:
    others = np.flatnonzero(predictions.labels != k)
    score = predictions.probabilities[np.concatenate([members, others]), k]
    estimate = delong(np.stack([-score, score], axis=1), np.repeat([1, 0], [len(members), len(others)])).classes[1]
    low, high = estimate.interval()
    inside = values[members]
    return {
        "low": float(inside.min()),
        "high": float(inside.max()),
        "n": len(members),
        "auc": estimate.value,
        "ci": [low, high],
    }
