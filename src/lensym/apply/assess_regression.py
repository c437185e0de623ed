"""A regression tested on a data set: errors, intervals, the guess without a look, and how exactly it turns."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

import lensym
from lensym.apply.audit import AUDIT_IMAGES
from lensym.apply.pieces import chunkwise
from lensym.apply.predictor import Predictor
from lensym.apply.provenance import data_facts, find_warnings, model_facts, require_match
from lensym.apply.said import answer_of
from lensym.data.target import is_short, values_of
from lensym.errors import InputError, UsageError
from lensym.evaluation.audit import grid_subgroup
from lensym.evaluation.output import require_empty, write_folder
from lensym.evaluation.regression import Answer, Estimates, assess_estimates, estimates_of
from lensym.evaluation.regression_figures import regression_figures
from lensym.evaluation.report import render_task_report
from lensym.evaluation.turning import outputs_audit
from lensym.store import DatasetFolder, SplitView, verify

METHODS = {
    "mae_ci": "bootstrap over images, 95 %",
    "coverage": "conformal intervals, calibrated on validation images of the training; Wilson's 95 % interval",
    "guess": "the mean of the training images; of an axis, one angle for all images",
    "symmetry": "largest change of an output, of an axis's once turned back, over max(1, largest output)",
}
_CAPTIONS = {
    "scatter": "Estimate against truth for up to 2 000 images, with the stated intervals.",
    "residuals": "Errors over the truth; in blue bins of as many images each.",
    "coverage": "The share of images whose truth lies inside the interval, over the share that is stated.",
}


def require_classifier_options(control: object, trained_on: object, predictor: Predictor) -> None:
    """Refuse options that only the test of a classifier has."""
    if control is not None or trained_on is not None:
        raise UsageError(
            "a classifier for --control and --trained-on",
            f"'{predictor.name}', which was trained to {predictor.task}",
            "leave them out",
        )


def evaluate_regression(
    predictor: Predictor,
    data: str | Path,
    out: Path | None = None,
    split: str = "test",
    seed: int = 0,
    report: Callable[[str], None] = lambda step: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Test a regression on the images of a split that have its column; what `lensym.evaluate` does for such a model.

    Returns
    -------
    The content of metrics.json: n, task, column, what `assess_estimates` gives, symmetry, model, data, flags.
    """
    answer = answer_of(predictor.config)
    if out is not None:
        require_empty(out)
    folder = DatasetFolder.open(data)
    view = folder.split(split)
    require_match(predictor.config, folder)
    values = values_of(view.truth, answer.column, f"the split '{split}' of '{data}'")
    rows = np.flatnonzero(np.isfinite(values))
    if len(rows) < 2:
        raise InputError(f"images with '{answer.column}'", f"{len(rows)} in '{data}'", "choose another data set")
    report("checking the data set")
    checked = verify(data)
    report(f"estimating {answer.column} of {len(rows)} images with {predictor.name}")
    said = estimates_of(chunkwise(predictor.logits, view, rows, progress), answer)
    truth, short = values[rows], is_short(view.truth, predictor.pixel_scale)
    short = None if short is None else short[rows]
    guess = np.full(len(rows), answer.mean)
    report("measuring how it turns")
    results: dict[str, Any] = {
        "n": len(rows),
        "task": predictor.task,
        "column": answer.column,
        "classes": list(predictor.classes),
        **assess_estimates(said, truth, answer, guess, short, seed),
        "symmetry": symmetry_of(predictor, view, rows),
        "model": model_facts(predictor.name, predictor.config) | {"answer": predictor.config.answer},
        "data": data_facts(folder.path.resolve().name, folder.manifest, split, checked.sha256),
        "methods": METHODS,
        "lensym_version": lensym.__version__,
    }
    results["flags"] = [*find_warnings(predictor.config, folder.manifest, split), *_flags(results)]
    if out is not None:
        report("drawing the report")
        figures = regression_figures(said, truth, answer, results, short)
        page = partial(render_task_report, results, regression_rows(results), captions=_CAPTIONS)
        write_folder(out, results, _table(rows, truth, said, answer), lambda pictures: page(figures=pictures), figures)
    return results


def regression_rows(results: dict[str, Any]) -> list[list[str]]:
    """Name, value and interval of each figure."""
    guess = results["guess"]
    rows = [
        ["mean absolute error", _number(results["mae"]), _range(results["mae_ci"])],
        ["root mean square error", _number(results["rmse"]), ""],
        ["mean error", _number(results["bias"]), ""],
        ["error of guessing without a look", _number(guess["mae"]), _range(guess["mae_ci"])],
        ["lead over that", _number(guess["difference"]), _range(guess["difference_ci"])],
    ]
    for level, share in results["coverage"].items():
        interval = _range(results["coverage_ci"][level])
        rows.append([f"share inside {100 * float(level):g} % intervals", _number(share), interval])
        rows.append([f"mean width of {100 * float(level):g} % intervals", _number(results["width"][level]), ""])
    for name, part in results.get("shorter_than_a_pixel", {}).items():
        if part["n"] and results["shorter_than_a_pixel"]["yes"]["n"]:
            which = "shorter" if name == "yes" else "longer"
            value = f"{_number(part['mae'])} (guess {_number(part['guess_mae'])}, n = {part['n']})"
            rows.append([f"error where the vortex is {which} than a pixel", value, ""])
    symmetry = results["symmetry"]
    return [*rows, [f"change of the outputs under {symmetry['group']}", f"{symmetry['worst']:.1e}", ""]]


def _flags(results: dict[str, Any]) -> list[str]:
    found = []
    if results["guess"]["difference_ci"][0] <= 0:
        found.append("The model is not shown to be better than guessing without a look at the image.")
    short = results.get("shorter_than_a_pixel", {}).get("yes", {"n": 0})
    if short["n"] and results["column"] == "log10_axion_mass":
        found.append(
            f"In {short['n']} of {results['n']} images the vortex is shorter than a pixel: its length, and so the "
            "mass, does not show there; the network can only say that the mass is high."
        )
    return found


def symmetry_of(predictor: Predictor, view: SplitView, rows: np.ndarray) -> dict[str, Any]:
    """How exactly outputs stay, or turn, under the network's group; under D4 where it has none."""
    images = view.images(rows[np.linspace(0, len(rows) - 1, min(len(rows), AUDIT_IMAGES)).astype(int)])
    group = "D4" if predictor.group == "C1" else grid_subgroup(predictor.group)
    axis = predictor.config.axis
    found = outputs_audit(predictor.logits, images, predictor.name, group, predictor.precision, axis)
    return {"group": group, "worst": found.worst, "exact": found.invariant, "changes": found.changes}


def _table(rows: np.ndarray, truth: Float64[np.ndarray, " n"], said: Estimates, answer: Answer) -> bytes:
    """predictions.csv: index in the split, truth, estimate, standard deviation and half-widths."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["index", "truth", answer.column, "sigma", *(f"half_width_{level:g}" for level in said.half_width)])
    writer.writerows(zip(rows.tolist(), truth, said.value, said.sigma, *said.half_width.values(), strict=True))
    return text.getvalue().encode()


def _number(value: float) -> str:
    return f"{value:.4g}"


def _range(interval: list[float]) -> str:
    return f"{interval[0]:.4g} to {interval[1]:.4g}"
