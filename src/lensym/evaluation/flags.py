"""What a reader must know before believing a result, each in one plain sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

FEW_IMAGES = 100
EASY_BASELINE = 0.99
POOR_CALIBRATION = 0.05
REORDERING_GAIN = 0.1


def find_flags(results: dict[str, Any]) -> list[str]:
    """Warnings about the contents of ``metrics.json``, the gravest first.

    >>> find_flags({"n": 900, "counts": {"a": 40}, "macro_auc": 0.9, "macro_auc_ci": [0.85, 0.93]})
    ["Few images: only 40 of 'a', hence wide intervals."]
    """
    return [text for rule in _RULES if (text := rule(results))]


def _reordered(results: dict[str, Any]) -> str | None:
    if "confusion" not in results:
        return None
    cells = np.array(results["confusion"])
    rows, columns = linear_sum_assignment(-cells)
    if (cells[rows, columns].sum() - np.trace(cells)) / cells.sum() < REORDERING_GAIN:
        return None
    order = ", ".join(results["classes"][j] for j in columns)
    return (
        "The classes seem to be in another order than the model's: far more answers would be right if the labels meant "
        f"{order}."
    )


def _chance(results: dict[str, Any]) -> str | None:
    if "macro_auc" not in results:
        return None
    return _not_above("guessing", results["macro_auc"] - 0.5, results["macro_auc_ci"][0] - 0.5)


def _beaten_by_baseline(results: dict[str, Any]) -> str | None:
    baseline = results.get("baseline")
    if not baseline:
        return None
    name = "the radial-profile baseline, which needs no network"
    return _not_above(name, baseline["difference"], baseline["difference_ci"][0])


def _not_above(rival: str, difference: float, low: float) -> str | None:
    """What to say where the model's lead over a rival, or the lower end of its interval, is not above 0."""
    if difference <= 0:
        return f"The model does no better than {rival}."
    return f"The model is not shown to be better than {rival}: too few images to tell." if low <= 0 else None


def _easy_baseline(results: dict[str, Any]) -> str | None:
    baseline = results.get("baseline")
    if not baseline or baseline["macro_auc"] < EASY_BASELINE:
        return None
    return (
        "The classes of this data set are told apart by brightness in rings alone "
        f"(baseline AUC {baseline['macro_auc']:.4f}): a high figure here says little about substructure."
    )


def _not_invariant(results: dict[str, Any]) -> str | None:
    for entry in results.get("audit", {}).get("group", [])[:1]:
        if not entry["invariant"]:
            return (
                f"The answers of {entry['network']} change by up to {entry['worst']:.1e} when the image is turned or "
                f"mirrored ({entry['group']})."
            )
    return None


def _few_images(results: dict[str, Any]) -> str | None:
    name, count = min(results["counts"].items(), key=lambda item: item[1])
    return f"Few images: only {count} of '{name}', hence wide intervals." if count < FEW_IMAGES else None


def _perfect(results: dict[str, Any]) -> str | None:
    if results.get("macro_auc", 0) < 1:
        return None
    return (
        "Not one pair of images is ranked wrong. Make sure that no test image was trained on; the interval is what a "
        "sample of this size can vouch for."
    )


def _poor_calibration(results: dict[str, Any]) -> str | None:
    if results.get("ece", 0) < POOR_CALIBRATION:
        return None
    return (
        f"The probabilities are off by {100 * results['ece']:.0f} points on average: rank by them, do not quote them."
    )


_RULES: tuple[Callable[[dict[str, Any]], str | None], ...] = (
    _reordered,
    _chance,
    _beaten_by_baseline,
    _easy_baseline,
    _not_invariant,
    _few_images,
    _perfect,
    _poor_calibration,
)
