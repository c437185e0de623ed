"""What a network's raw answers say in the terms of its task: probabilities, an estimate, or how strange an image is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64
from scipy.special import softmax

from lensym.errors import IntegrityError
from lensym.evaluation.anomaly import SCORES, combined
from lensym.evaluation.anomaly import Answer as AnomalyAnswer
from lensym.evaluation.regression import LEVEL, Answer, estimates_of
from lensym.evaluation.reliability import Reliability
from lensym.models.heads import ANOMALY, AXIS_OUTPUTS, CLASSIFY, NUMBER_OUTPUTS
from lensym.models.model_config import ModelConfig

STRANGE = "strange beside images without substructure"
"""What is said of an image whose anomaly score is above the threshold."""


@dataclass(frozen=True)
class Said:
    """One raw answer in the terms of its task.

    Parameters
    ----------
    probabilities
        Of each class; empty where the task has none.
    intervals
        Of each class, as `lensym.evaluation.reliability` defines them; None where the model does not keep them.
    estimate
        See `lensym.apply.files.FilePrediction`.
    doubts
        Reasons to doubt it.
    """

    probabilities: dict[str, float]
    intervals: dict[str, list[float]] | None = None
    estimate: dict[str, Any] | None = None
    doubts: tuple[str, ...] = ()

    @property
    def likeliest(self) -> str | None:
        """The class that an answer without doubt is; None of an estimate."""
        return max(self.probabilities, key=self.probabilities.__getitem__, default=None)


def said(outputs: Float64[np.ndarray, "n k"], config: ModelConfig) -> list[Said]:
    """What raw answers (N, K) say, one an image."""
    if config.task == CLASSIFY:
        return _classified(outputs, config)
    if config.task == ANOMALY:
        unit = anomaly_answer(config)
        whole = combined(outputs, unit).tolist()
        return [_scored(unit.threshold, *row) for row in zip(whole, outputs.tolist(), strict=True)]
    answer = answer_of(config)
    estimates = estimates_of(outputs, answer)
    columns = (estimates.value, estimates.sigma, estimates.half_width[LEVEL])
    return [_estimated(answer, *row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def output_count(config: ModelConfig) -> int:
    """Length of a raw answer."""
    if config.task == CLASSIFY:
        return len(config.classes)
    if config.task == ANOMALY:
        return len(SCORES)
    return AXIS_OUTPUTS if config.axis else NUMBER_OUTPUTS


def column_names(config: ModelConfig) -> tuple[str, ...]:
    """Names of the numbers that make up an answer."""
    if config.answer is None:
        return config.classes
    if config.task == ANOMALY:
        return ("anomaly score", "threshold")
    column = config.answer["column"]
    return (column, f"{column} from", f"{column} to")


def probabilities_of(logits: Float64[np.ndarray, "n k"], temperature: float) -> Float64[np.ndarray, "n k"]:
    """Probabilities of logits over the temperature."""
    found: Float64[np.ndarray, "n k"] = softmax(logits / temperature, axis=1)
    return found


def answer_of(config: ModelConfig) -> Answer:
    """How the outputs of a regression become estimates, as its config keeps it.

    Raises
    ------
    IntegrityError
        If the config does not say it.
    """
    try:
        return Answer(**(config.answer or {}))
    except TypeError as error:
        raise IntegrityError(
            "a config.json that says how to answer", str(error), "get the model folder again"
        ) from None


def anomaly_answer(config: ModelConfig) -> AnomalyAnswer:
    """The units of an anomaly search's scores, as its config, which was checked when read, keeps them."""
    kept = config.answer or {}
    return AnomalyAnswer(tuple(kept["mean"]), tuple(kept["scale"]), kept["threshold"])


def reliability_of(config: ModelConfig) -> Reliability | None:
    """How often validation images were of a class that they got some probability of; None where it is not kept.

    Raises
    ------
    IntegrityError
        If what the config keeps is no such record.
    """
    figures = config.training.get("validation")
    kept = figures.get("reliability") if isinstance(figures, Mapping) else None
    return None if kept is None else Reliability.of(kept, len(config.classes))


def _classified(logits: Float64[np.ndarray, "n k"], config: ModelConfig) -> list[Said]:
    chances, kept = probabilities_of(logits, config.temperature), reliability_of(config)
    rows = [dict(zip(config.classes, row, strict=True)) for row in chances.tolist()]
    if kept is None:
        return [Said(row) for row in rows]
    ranges = kept.intervals(chances).tolist()
    return [Said(row, dict(zip(config.classes, ends, strict=True))) for row, ends in zip(rows, ranges, strict=True)]


def _scored(threshold: float, score: float, parts: list[float]) -> Said:
    strange = (STRANGE,) if score > threshold else ()
    found = {"column": "anomaly score", "value": score, "threshold": threshold}
    return Said({}, None, found | dict(zip(SCORES, parts, strict=True)), strange)


def _estimated(answer: Answer, value: float, sigma: float, half: float) -> Said:
    interval = {"low": value - half, "high": value + half, "level": LEVEL}
    doubt: tuple[str, ...] = ()
    if answer.short_from is not None and value + half >= answer.short_from:
        least = f"{answer.short_from:.2f}"
        doubt = (f"masses from {least} on make a vortex shorter than a pixel: the image cannot say which",)
    return Said({}, None, {"column": answer.column, "value": value, "sigma": sigma, **interval}, doubt)
