"""An anomaly search tested on a data set: AUC of each score against each class, false alarms, the strangest images."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64
from matplotlib.figure import Figure

import lensym
from lensym.apply.assess_regression import symmetry_of
from lensym.apply.pieces import chunkwise
from lensym.apply.predictor import Predictor
from lensym.apply.provenance import data_facts, find_warnings, model_facts, require_match
from lensym.apply.said import anomaly_answer
from lensym.conventions import SMOOTH
from lensym.errors import InputError
from lensym.evaluation.anomaly import COMBINED, SCORES, assess_scores, combined
from lensym.evaluation.figures import axes_grid, stretch
from lensym.evaluation.output import require_empty, write_folder
from lensym.evaluation.predictions import MIN_PER_CLASS, class_title
from lensym.evaluation.report import render_task_report
from lensym.store import DatasetFolder, SplitView, verify

METHODS = {
    "auc_ci": "DeLong, on the logit scale, 95 %",
    "called_strange": "share above the threshold that one of a hundred validation images exceeds; Wilson's interval",
    "combined": "mean of the scores in standard deviations above validation images without substructure",
}
_CAPTIONS = {"strangest": "The strangest images of the split, by the combined score, with their classes."}
_SHOWN, _COLUMNS = 18, 6


def evaluate_anomaly(
    predictor: Predictor,
    data: str | Path,
    out: Path | None = None,
    split: str = "test",
    seed: int = 0,
    report: Callable[[str], None] = lambda step: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Test an anomaly search on a split; what `lensym.evaluate` does for such a model.

    Returns
    -------
    The content of metrics.json: n, task, classes, counts, what `assess_scores` gives, symmetry, model, data, flags.
    """
    if out is not None:
        require_empty(out)
    folder = DatasetFolder.open(data)
    view = folder.split(split)
    require_match(predictor.config, folder)
    counts = np.bincount(view.labels, minlength=len(view.classes))
    _require_classes(view, counts)
    report("checking the data set")
    checked = verify(data)
    report(f"scoring {len(view)} images with {predictor.name}")
    scores, answer = chunkwise(predictor.logits, view, np.arange(len(view)), progress), anomaly_answer(predictor.config)
    report("measuring how it turns")
    results: dict[str, Any] = {
        "n": len(view),
        "task": predictor.task,
        "classes": list(view.classes),
        "counts": dict(zip(view.classes, counts.tolist(), strict=True)),
        **assess_scores(scores, view.labels, view.classes, SMOOTH, answer),
        "symmetry": symmetry_of(predictor, view, np.arange(len(view))),
        "model": model_facts(predictor.name, predictor.config) | {"answer": predictor.config.answer},
        "data": data_facts(folder.path.resolve().name, folder.manifest, split, checked.sha256),
        "methods": METHODS,
        "lensym_version": lensym.__version__,
    }
    results["flags"] = [*find_warnings(predictor.config, folder.manifest, split), *_flags(results)]
    if out is not None:
        report("drawing the report")
        strange = combined(scores, answer)
        page = partial(render_task_report, results, anomaly_rows(results), captions=_CAPTIONS)
        figures = {"strangest": _contact_sheet(view, strange)}
        write_folder(out, results, _table(view, scores, strange), lambda pictures: page(figures=pictures), figures)
    return results


def anomaly_rows(results: dict[str, Any]) -> list[list[str]]:
    """Name, value and interval of each figure."""
    rows = []
    for score in (COMBINED, *SCORES):
        for name, value in results["auc"][score].items():
            interval = results["auc_ci"][score][name]
            rows.append([f"AUC of {name}, {score}", f"{value:.4f}", f"{interval[0]:.4f} to {interval[1]:.4f}"])
    for name, value in results["called_strange"].items():
        low, high = results["called_strange_ci"][name]
        rows.append([f"{name} called strange", f"{value:.4f}", f"{low:.4f} to {high:.4f}"])
    symmetry = results["symmetry"]
    return [*rows, [f"change of the scores under {symmetry['group']}", f"{symmetry['worst']:.1e}", ""]]


def _flags(results: dict[str, Any]) -> list[str]:
    return [
        f"'{name}' is not shown to be told from images without substructure (combined score)."
        for name, interval in results["auc_ci"][COMBINED].items()
        if interval[0] <= 0.5
    ]


def _require_classes(view: SplitView, counts: np.ndarray) -> None:
    """Refuse a split without smooth images, or with nothing to tell them from."""
    known = dict(zip(view.classes, counts.tolist(), strict=True))
    if known.get(SMOOTH, 0) < MIN_PER_CLASS or len(known) < 2 or min(known.values()) < MIN_PER_CLASS:
        found = ", ".join(f"{n} of '{name}'" for name, n in known.items())
        raise InputError(
            f"{MIN_PER_CLASS} or more images of '{SMOOTH}' and of every other class in the split '{view.name}'",
            f"{found} in '{view.folder}'",
            "choose another --split or data set",
        )


def _contact_sheet(view: SplitView, strange: Float64[np.ndarray, " n"]) -> Figure:
    """The strangest images, the first channel on an asinh scale, the strangest first."""
    chosen = np.argsort(-strange, kind="stable")[:_SHOWN]
    figure, axes = axes_grid(1.9 * _COLUMNS, 2.2 * -(-len(chosen) // _COLUMNS), -(-len(chosen) // _COLUMNS), _COLUMNS)
    for ax in axes:
        ax.set_axis_off()
    for ax, row, image in zip(axes, chosen, view.images(chosen), strict=False):
        ax.imshow(stretch(image[0]), cmap="magma", origin="lower")
        ax.set_title(f"{strange[row]:.1f}\n{class_title(view.classes[view.labels[row]])}", fontsize=8, loc="left")
    return figure


def _table(view: SplitView, scores: Float64[np.ndarray, "n 3"], strange: Float64[np.ndarray, " n"]) -> bytes:
    """predictions.csv: index in the split, class, the combined score and each other."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["index", "label", COMBINED, *SCORES])
    names = [view.classes[label] for label in view.labels]
    writer.writerows(zip(range(len(view)), names, strange, *scores.T, strict=True))
    return text.getvalue().encode()
