"""How strange images are, and how well that tells those with substructure from those without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from lensym.conventions import names_in
from lensym.evaluation.intervals import delong, wilson

SCORES = ("reconstruction", "wasserstein", "density")
"""How badly the image is reconstructed (of a one-class machine the distance from its support), Wasserstein distance
of the pixels' values, and Mahalanobis distance of the codes."""
COMBINED = "combined"
FALSE_ALARMS = 0.01
_LEAST_SCALE = 1e-12


@dataclass(frozen=True)
class Answer:
    """What scores are measured in, as a model's config.json keeps it.

    Parameters
    ----------
    mean, scale
        Of each of `SCORES` on validation images without substructure.
    threshold
        The combined score that one of a hundred of them exceeds.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    threshold: float


def fit_answer(scores: Float[np.ndarray, "n 3"]) -> Answer:
    """The units of scores, from validation images."""
    mean, scale = scores.mean(0), np.maximum(scores.std(0), _LEAST_SCALE)
    unit = Answer(tuple(mean.tolist()), tuple(scale.tolist()), 0.0)
    threshold = float(np.quantile(combined(scores, unit), 1 - FALSE_ALARMS))
    return Answer(unit.mean, unit.scale, threshold)


def combined(scores: Float[np.ndarray, "n 3"], answer: Answer) -> Float[np.ndarray, " n"]:
    """Mean of the scores, each in standard deviations above that of validation images.

    >>> combined(np.array([[2.0, 3.0, 5.0]]), Answer((1.0, 1.0, 1.0), (1.0, 1.0, 2.0), 0.0)).round(3)
    array([1.667])
    """
    return np.asarray(((scores - np.array(answer.mean)) / np.array(answer.scale)).mean(1))


def assess_scores(
    scores: Float[np.ndarray, "n 3"],
    labels: Int[np.ndarray, " n"],
    classes: Sequence[str],
    smooth: str,
    answer: Answer,
) -> dict[str, Any]:
    """Figures of the scores of N images, ready for JSON.

    Returns
    -------
    auc and auc_ci: by score, and by class against the images without substructure (DeLong's interval); called_strange
    and called_strange_ci: by class the share above the threshold.
    """
    classes = names_in(classes)
    whole = combined(scores, answer)
    columns = {COMBINED: whole, **{name: scores[:, k] for k, name in enumerate(SCORES)}}
    usual = labels == classes.index(smooth)
    strange = whole > answer.threshold
    figures: dict[str, Any] = {"auc": {}, "auc_ci": {}, "called_strange": {}, "called_strange_ci": {}}
    for score, values in columns.items():
        found = {name: _auc(values, usual, labels == k) for k, name in enumerate(classes) if name != smooth}
        figures["auc"][score] = {name: value for name, (value, _) in found.items()}
        figures["auc_ci"][score] = {name: interval for name, (_, interval) in found.items()}
    for k, name in enumerate(classes):
        hits, n = int(strange[labels == k].sum()), int((labels == k).sum())
        figures["called_strange"][name] = hits / n
        figures["called_strange_ci"][name] = list(wilson(hits, n))
    return figures


def _auc(values: np.ndarray, usual: np.ndarray, others: np.ndarray) -> tuple[float, list[float]]:
    both = usual | others
    estimate = delong(np.stack([-values[both], values[both]], axis=1), others[both].astype(np.int64)).macro
    return estimate.value, list(estimate.interval())
