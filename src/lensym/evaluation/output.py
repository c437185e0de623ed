"""The folder of an evaluation: metrics.json, predictions.csv, figures and report.html, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lensym.atomic import TEMPORARY_END, is_temporary, output_errors, require_writable
from lensym.errors import OutputError
from lensym.evaluation import figures as draw
from lensym.evaluation.audit import Audit
from lensym.evaluation.explain_figure import Explained, explanation_figure
from lensym.evaluation.predictions import Answers, Predictions
from lensym.evaluation.report import render_report

_IN_ORDER = ("figures", "predictions.csv", "report.html", "metrics.json")

FetchImages = Callable[[np.ndarray], np.ndarray]
"""From indices (n,) into the test set to its images (n, C, H, W)."""


def draw_figures(
    results: Mapping[str, Any],
    answers: Answers,
    images: FetchImages,
    baseline: Predictions | None = None,
    audit: Audit | None = None,
    training: Sequence[Mapping[str, Any]] = (),
    explained: Sequence[Explained] = (),
) -> dict[str, Figure]:
    """Every figure there is something to show in; ``training`` are the rows of the run's metrics.csv."""
    shown = draw.example_indices(answers)
    found = {"examples": draw.examples_figure(answers, shown, images(np.array(shown)))}
    if isinstance(answers, Predictions):
        found |= {
            "headline": draw.headline_figure(results),
            "roc": draw.roc_figure(answers, baseline),
            "confusion": draw.confusion_figure(answers),
            "reliability": draw.reliability_figure(answers),
        }
    if audit is not None:
        found["audit"] = draw.audit_figure(audit)
    if "by_mass" in results:
        found["by_mass"] = draw.by_mass_figure(results["by_mass"])
    if explained:
        found["explained"] = explanation_figure(explained, answers.titles)
    if training:
        found["training"] = draw.training_curves(training)
    return found


def write_results(out: Path, results: Mapping[str, Any], answers: Answers, figures: Mapping[str, Figure]) -> None:
    """Write everything under a temporary name and give it that of ``out`` when it is complete.

    An empty folder stays the one it was, as it may be a disk of its own or the caller's working folder: what was
    written inside it is renamed, metrics.json last.

    Raises
    ------
    OutputError
        If ``out`` has files in it, those of another run that was faster too, or the system refuses to write; nothing
        is left behind then.
    """
    write_folder(out, results, _predictions_csv(answers), lambda pictures: render_report(results, pictures), figures)


def write_folder(
    out: Path,
    results: Mapping[str, Any],
    predictions: bytes,
    render: Callable[[dict[str, bytes]], str],
    figures: Mapping[str, Figure],
) -> None:
    """Write any task's results, as `write_results`: predictions.csv as given, and the page made of the pictures."""
    out = out.resolve()
    _require_first(out)
    require_empty(out)
    pictures = {name: draw.png_bytes(figure) for name, figure in figures.items()}
    files = {f"figures/{name}.png": content for name, content in pictures.items()}
    files["predictions.csv"] = predictions
    files["report.html"] = render(pictures).encode()
    files["metrics.json"] = (json.dumps(results, indent=1, allow_nan=False) + "\n").encode()
    temporary = (out if out.exists() else out.parent) / f".{out.name}.{secrets.token_hex(4)}{TEMPORARY_END}"
    try:
        with output_errors(out):
            _write_files(temporary, files)
            _publish(temporary, out)
    except OutputError:
        _require_first(out)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    for remains in filter(is_temporary, out.iterdir()):  # of writers that were killed, or are too late
        shutil.rmtree(remains, ignore_errors=True)


def require_empty(out: Path) -> None:
    """Refuse a folder with files in it, or one that cannot be written, before any work is done."""
    if out.exists() and (not out.is_dir() or not all(map(is_temporary, out.iterdir()))):
        got = f"'{out}' with files in it" if out.is_dir() else f"the file '{out}'"
        raise OutputError("an empty or new folder for the results", got, "choose another folder or empty it")
    require_writable(out)


def _require_first(out: Path) -> None:
    """Refuse a folder that another run has filled since this one began and found it empty."""
    if any((out / name).exists() for name in _IN_ORDER):
        got = f"'{out}', to which another run wrote its results while this one computed"
        raise OutputError("an empty or new folder for the results", got, "run it again with another folder")


def _publish(temporary: Path, out: Path) -> None:
    """Give a complete folder its name, or its contents theirs where there is an empty folder of that name."""
    if not out.exists():
        temporary.replace(out)
        return
    moved: list[str] = []
    try:
        for name in _IN_ORDER:
            (temporary / name).replace(out / name)
            moved.append(name)
    except BaseException:
        for name in moved:
            (out / name).replace(temporary / name)
        raise


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _predictions_csv(answers: Answers) -> bytes:
    names = answers.classes
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["index", "label", "predicted", *(f"p_{name}" for name in names)])
    columns = zip(answers.labels, answers.predicted, answers.probabilities.tolist(), strict=True)
    for index, (label, answer, row) in enumerate(columns):
        writer.writerow([index, names[label], names[answer], *row])
    return text.getvalue().encode()
