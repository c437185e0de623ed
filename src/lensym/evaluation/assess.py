"""Everything that ``metrics.json`` holds, from predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from jaxtyping import Float

import lensym
from lensym.conventions import names_in
from lensym.evaluation.audit import Audit
from lensym.evaluation.baseline import BASELINE_NAME
from lensym.evaluation.bootstrap import (
    RESAMPLES,
    bootstrap,
    macro_auc_statistic,
    mean_statistic,
    percentile_interval,
)
from lensym.evaluation.by_mass import auc_by_value
from lensym.evaluation.calibration import BINS, expected_calibration_error, reliability_curve
from lensym.evaluation.flags import find_flags
from lensym.evaluation.intervals import LEVEL, Interval, auc_difference, delong, pairs_interval, wilson
from lensym.evaluation.metrics import brier, brier_scores, confusion_matrix
from lensym.evaluation.predictions import Predictions

METHODS = {
    "level": LEVEL,
    "macro_auc_ci": "DeLong on the logit scale, Student's t; Wilson's on the scarcest class's count without variance",
    "macro_auc_ci_bootstrap": f"percentiles of {RESAMPLES} resamples within each class",
    "auc_ci": "DeLong on the logit scale, Student's t; Wilson's on the scarcer side's count without variance",
    "difference_ci": "paired DeLong, Student's t; Newcombe's where one of the two has no variance",
    "accuracy_ci": "Wilson",
    "brier_ci": f"percentiles of {RESAMPLES} resamples within each class",
    "ece": f"{BINS} bins of equal mass in the largest probability",
    "by_mass": "AUC of the class's images in a bin against all of other classes, DeLong as auc_ci",
    "brier": "sum over the classes of squared differences, from 0 to 2",
    "audit": "max |change of the logits| / max(1, max |logit|) under each element of the group",
}
"""How each figure was computed; stored with the results."""


def assess(
    predictions: Predictions,
    model: Mapping[str, Any],
    data: Mapping[str, Any],
    baseline: Predictions | None = None,
    audit: Audit | None = None,
    warnings: Sequence[str] = (),
    seed: int = 0,
    others: Mapping[str, Predictions] = {},
    masses: Mapping[str, Float[np.ndarray, " n"]] = {},
) -> dict[str, Any]:
    """Results of one model on one test set, ready for JSON.

    Parameters
    ----------
    predictions
        Of the model on the test set.
    model, data
        Facts to keep with the results: name, group, weights_sha256; recipe, variant, split, manifest_sha256.
    baseline
        The radial-profile baseline's predictions of the same images.
    audit
        Of the model and a control.
    warnings
        What the caller knows against the result; they come before the flags found here.
    seed
        Of the bootstrap.
    others
        Further baselines' predictions of the same images, by what they see.
    masses
        Of classes by name: a number that each of its images has, (N,), NaN at other images.
    """
    auc = _auc_figures(predictions)
    results = {
        "n": len(predictions),
        "classes": list(predictions.classes),
        "counts": dict(zip(predictions.classes, predictions.counts.tolist(), strict=True)),
        **auc,
        **_bootstrap_intervals(predictions, auc["macro_auc"], seed),
        **_answer_figures(predictions),
        "model": dict(model),
        "data": dict(data),
        "methods": METHODS,
        "lensym_version": lensym.__version__,
    }
    if baseline is not None:
        results["baseline"] = _baseline_figures(predictions, baseline)
    if others:
        results["shortcuts"] = {name: _shortcut_figures(found) for name, found in others.items()}
    by_mass = {name: auc_by_value(predictions, name, values) for name, values in masses.items()}
    if any(by_mass.values()):
        results["by_mass"] = {name: bins for name, bins in by_mass.items() if bins}
    if audit is not None:
        results["audit"] = audit_results(audit)
    return results | {"flags": [*names_in(warnings), *find_flags(results)]}


def audit_results(audit: Audit) -> dict[str, Any]:
    """The audit, ready for JSON."""
    group = [asdict(entry) | {"worst": entry.worst, "invariant": entry.invariant} for entry in audit.group]
    curves = {name: {k: list(v) for k, v in asdict(c).items()} for name, c in audit.curves.items()}
    return {"group": group, "angles": list(audit.angles), "curves": curves}


def _auc_figures(predictions: Predictions) -> dict[str, Any]:
    estimate = delong(predictions.probabilities, predictions.labels)
    by_class = dict(zip(predictions.classes, estimate.classes, strict=True))
    return {
        "macro_auc": estimate.macro.value,
        "macro_auc_ci": _pair(estimate.macro.interval()),
        "auc": {name: e.value for name, e in by_class.items()},
        "auc_ci": {name: _pair(e.interval()) for name, e in by_class.items()},
    }


def _answer_figures(predictions: Predictions) -> dict[str, Any]:
    labels, probabilities = predictions.labels, predictions.probabilities
    n, hits = len(predictions), float(predictions.correct.sum())
    return {
        "accuracy": hits / n,
        "accuracy_ci": _pair(wilson(hits, n)),
        "brier": brier(probabilities, labels),
        "ece": expected_calibration_error(reliability_curve(probabilities, labels)),
        "confusion": confusion_matrix(labels, predictions.predicted, len(predictions.classes)).tolist(),
    }


def _baseline_figures(predictions: Predictions, baseline: Predictions) -> dict[str, Any]:
    difference = auc_difference(predictions.probabilities, baseline.probabilities, predictions.labels)
    return {
        "name": BASELINE_NAME,
        **_auc_figures(baseline),
        **_answer_figures(baseline),
        "difference": difference.value,
        "difference_ci": _pair(difference.interval),
    }


def _shortcut_figures(predictions: Predictions) -> dict[str, Any]:
    figures, answers = _auc_figures(predictions), _answer_figures(predictions)
    return {key: (figures | answers)[key] for key in ("macro_auc", "macro_auc_ci", "accuracy", "accuracy_ci")}


def _bootstrap_intervals(predictions: Predictions, macro_auc: float, seed: int) -> dict[str, list[float]]:
    labels, probabilities = predictions.labels, predictions.probabilities
    auc_draws = bootstrap(labels, macro_auc_statistic(probabilities, labels), seed=seed)
    certain_auc = pairs_interval(macro_auc, int(predictions.counts.min()))
    scores = brier_scores(probabilities, labels)
    brier_draws = bootstrap(labels, mean_statistic(scores), seed=seed)
    low, high = wilson(float(scores.sum()) / 2, len(scores))
    return {
        "macro_auc_ci_bootstrap": _pair(percentile_interval(auc_draws, certain_auc)),
        "brier_ci": _pair(percentile_interval(brier_draws, Interval(2 * low, 2 * high))),
    }


def _pair(interval: Interval) -> list[float]:
    return [interval.low, interval.high]
