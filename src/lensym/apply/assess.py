"""A model tested on a data set: predictions, intervals, baseline, audit, report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.apply.assess_anomaly import evaluate_anomaly
from lensym.apply.assess_regression import evaluate_regression, require_classifier_options
from lensym.apply.audit import Progress, audit_network, images_of, require_counts
from lensym.apply.leaks import find_leaks
from lensym.apply.looked import look
from lensym.apply.pieces import chunkwise
from lensym.apply.predictor import Predictor, load
from lensym.apply.provenance import data_facts, find_warnings, model_facts, require_match
from lensym.apply.shortcuts import shortcuts
from lensym.conventions import CLASSES
from lensym.errors import InputError, require_count
from lensym.evaluation.assess import assess
from lensym.evaluation.called import assess_called
from lensym.evaluation.output import draw_figures, require_empty, write_results
from lensym.evaluation.predictions import MIN_PER_CLASS, Answers, Predictions
from lensym.models.heads import ANOMALY, CLASSIFY
from lensym.store import DatasetFolder, SplitView, verify

AXION = CLASSES[2]
BASELINE = "radial profile"
"""The one that the model's lead is measured against."""

Report = Callable[[str], None]


def evaluate(
    model: str | Path | Predictor,
    data: str | Path,
    out: str | Path | None = None,
    split: str = "test",
    control: str | Path | None = None,
    seed: int = 0,
    device: str = "cpu",
    report: Report = lambda step: None,
    progress: Progress = lambda done, total: None,
    symmetry: bool = True,
    trained_on: str | Path | None = None,
) -> dict[str, Any]:
    """Test a model on one split of a data set, of all the classes that the model knows or of one of them.

    Parameters
    ----------
    model
        Name of packaged weights, a model folder, or a loaded predictor.
    data
        Folder of the data set; every shard is checked against its hash first. Of images of one class it is said how
        often they are called each class; nothing can be ranked then, and there is no baseline.
    out
        Folder for metrics.json, predictions.csv, figures and report.html; None writes nothing.
    split
        The split to test on.
    control
        A second model for the audit; None takes the packaged plain network where it fits the images.
    seed
        Of the bootstrap and the choice of audited images.
    report
        Called with a line before each step.
    progress
        Called with how far the present step is and its whole.
    symmetry
        Whether to audit the symmetry too.
    trained_on
        Folder of the data set that the model was trained on, if it is another one, to look for tested images in.

    A regression or an anomaly search is tested as `lensym.apply.assess_regression` or `assess_anomaly` of it says;
    ``control``, ``symmetry`` and ``trained_on`` are of a classifier's test alone.

    Returns
    -------
    The content of metrics.json: n, classes, macro_auc, macro_auc_ci, auc, accuracy, ece, brier, baseline, audit, ...;
    of one class n, classes, called, called_substructure, audit, ...
    """
    require_count("seed", seed, least=0)
    out = None if out is None else Path(out).resolve()
    if out is not None:
        require_empty(out)
    predictor = model if isinstance(model, Predictor) else load(model, device)
    if predictor.task != CLASSIFY:
        require_classifier_options(control, trained_on, predictor)
        if predictor.task == ANOMALY:
            return evaluate_anomaly(predictor, data, out, split, seed, report, progress)
        return evaluate_regression(predictor, data, out, split, seed, report, progress)
    folder = DatasetFolder.open(data)
    view = folder.split(split)
    _require_classes_match(predictor, folder)
    require_counts(view, MIN_PER_CLASS)
    report("checking the data set")
    checked = verify(data)
    report("looking for tested images among others")
    leaks = find_leaks(predictor.config, folder, view, trained_on)
    report(f"predicting {len(view)} images with {predictor.name}")
    answers = _answers(predictor, view, progress)
    baselines: dict[str, Predictions] = {}
    if isinstance(answers, Predictions):
        report("fitting the baselines")
        baselines, baseline_data = shortcuts(folder, view, seed)
    baseline = baselines.pop(BASELINE, None)
    audited = None
    if symmetry:
        report("auditing the symmetry")
        audited = audit_network(predictor, images_of(view, seed), control, device, progress)
    known: dict[str, Any] = {
        "model": model_facts(predictor.name, predictor.config),
        "data": data_facts(folder.path.resolve().name, folder.manifest, split, checked.sha256),
        "audit": audited,
        "warnings": [*leaks, *find_warnings(predictor.config, folder.manifest, split)],
    }
    if isinstance(answers, Predictions):
        results = assess(answers, **known, baseline=baseline, seed=seed, others=baselines, masses=_masses(view))
        results["baseline"]["trained_on"] = baseline_data
    else:
        results = assess_called(answers, **known)
    if out is not None:
        report("looking at what the network looked at")
        explained, results["explained"] = look(predictor, answers, view.images)
        report("drawing the report")
        history = _history(predictor)
        figures = draw_figures(results, answers, view.images, baseline, audited, history, explained)
        write_results(out, results, answers, figures)
    return results


def _answers(predictor: Predictor, view: SplitView, progress: Progress) -> Answers:
    """The model's answers on a split: of every class, or of one alone."""
    probabilities = chunkwise(predictor.predict, view, np.arange(len(view)), progress)
    if view.classes == predictor.classes:
        return Predictions(view.labels, probabilities, predictor.classes)
    label = predictor.classes.index(view.classes[0])
    return Answers(np.full(len(view), label), probabilities, predictor.classes)


def _require_classes_match(predictor: Predictor, folder: DatasetFolder) -> None:
    """Refuse a data set of other classes, order, size or pixel scale than the model's; one of its classes will do."""
    manifest = folder.manifest
    one_class = len(manifest.classes) == 1 and manifest.classes[0] in predictor.classes
    classes = manifest.classes if one_class else predictor.classes
    if classes != manifest.classes:
        what = "classes in the model's order, or one of them alone"
        raise InputError(
            f"{what}: {classes}", f"{manifest.classes} in '{folder.path}'", "choose a model of this recipe"
        )
    require_match(predictor.config, folder)


def _masses(view: SplitView) -> dict[str, NDArray[np.float64]]:
    """Log10 of the mass (eV) of the axion that made each image, NaN where none did; nothing where it is not known."""
    if AXION in view.classes:
        for name, values in view.truth.items():
            if name == "log10_axion_mass":
                return {AXION: values.astype(np.float64)}
            if name == "axion_mass":
                masses = values.astype(np.float64)
                return {AXION: np.log10(masses, where=masses > 0, out=np.full(len(masses), np.nan))}
    return {}


def _history(predictor: Predictor) -> list[dict[str, Any]]:
    """The training's figures epoch by epoch, where the model folder has them."""
    history: list[dict[str, Any]] = predictor.config.training.get("history", [])
    return history
