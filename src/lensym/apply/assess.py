"""A model tested on a data set: predictions, intervals, baseline, audit, report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.apply.predictor import Predictor, load, packaged_models
from lensym.errors import InputError, UsageError
from lensym.evaluation.assess import assess
from lensym.evaluation.audit import Audit, audit
from lensym.evaluation.baseline import RadialProfileBaseline
from lensym.evaluation.output import draw_figures, require_empty, write_results
from lensym.evaluation.predictions import Predictions
from lensym.store import DatasetFolder, SplitView, verify

CONTROL = "cnn"
"""The packaged network without symmetry that stands beside the audited one."""

AUDIT_IMAGES = 36
"""Rotating an image by a spline costs more than classifying it: enough for the curve, cheap beside the test."""

FOLDS = 5
MAX_BASELINE_IMAGES = 15_000

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
) -> dict[str, Any]:
    """Test a model on one split of a data set.

    Parameters
    ----------
    model
        Name of packaged weights, a model folder, or a loaded predictor.
    data
        Folder of the data set; every shard is checked against its hash first.
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

    Returns
    -------
    The content of metrics.json: n, classes, macro_auc, macro_auc_ci, auc, accuracy, ece, brier, baseline, audit, ...
    """
    if out is not None:
        require_empty(Path(out))
    predictor = model if isinstance(model, Predictor) else load(model, device)
    report("checking the data set")
    checked = verify(data)
    folder = DatasetFolder.open(data)
    view = folder.split(split)
    _require_match(predictor, folder)
    report(f"predicting {len(view)} images with {predictor.name}")
    predictions = Predictions(view.labels, _probabilities(predictor, view), view.classes)
    report("fitting the radial-profile baseline")
    baseline, baseline_data = _baseline(folder, view, seed)
    report("auditing the symmetry")
    audited = audit_predictor(predictor, view, control, seed, device)
    results = assess(
        predictions,
        model=_model_facts(predictor),
        data=_data_facts(folder, split, checked.sha256),
        baseline=baseline,
        audit=audited,
        warnings=_warnings(predictor, folder, split),
        seed=seed,
    )
    results["baseline"]["trained_on"] = baseline_data
    if out is not None:
        report("drawing the report")
        figures = draw_figures(results, predictions, view.images, baseline, audited, _history(predictor))
        write_results(Path(out), results, predictions, figures)
    return results


def audit_predictor(
    predictor: Predictor, view: SplitView, control: str | Path | None = None, seed: int = 0, device: str = "cpu"
) -> Audit:
    """Invariance of a predictor, and of a control beside it, on some images of a split.

    The elements are those of the predictor's group, or of D4 where its group is trivial.
    """
    networks = {predictor.name: predictor.logits}
    beside = _control(predictor, control, device)
    if beside is not None:
        networks[beside.name] = beside.logits
    group = predictor.group if predictor.group != "C1" else "D4"
    return audit(networks, view.images(_spread(view, AUDIT_IMAGES, seed)), group, predictor.precision)


def _spread(view: SplitView, count: int, seed: int) -> NDArray[np.int64]:
    """Indices of about ``count`` images, as many of each class."""
    rng = np.random.default_rng(seed)
    each = max(1, count // len(view.classes))
    rows = [rng.permutation(np.flatnonzero(view.labels == k))[:each] for k in range(len(view.classes))]
    return np.sort(np.concatenate(rows))


def _control(predictor: Predictor, control: str | Path | None, device: str) -> Predictor | None:
    if control is None:
        if CONTROL not in packaged_models() or predictor.name == CONTROL:
            return None
        beside = load(CONTROL, device)
        return beside if beside.image_shape == predictor.image_shape else None
    beside = load(control, device)
    if beside.image_shape != predictor.image_shape:
        raise UsageError(
            f"a control for images {predictor.image_shape} like '{predictor.name}'",
            f"'{beside.name}' for {beside.image_shape}",
            "choose a control of the same image size",
        )
    return beside


def _require_match(predictor: Predictor, folder: DatasetFolder) -> None:
    """Refuse a data set of other classes, order, size or pixel scale than the model's."""
    manifest = folder.manifest
    shape = (manifest.channels, manifest.image_size, manifest.image_size)
    for what, own, found in (
        ("classes in the model's order", predictor.classes, manifest.classes),
        ("images of the model's shape", predictor.image_shape, shape),
        ("images of the model's pixel scale", predictor.pixel_scale, manifest.pixel_scale),
    ):
        if own != found:
            raise InputError(f"{what}: {own}", f"{found} in '{folder.path}'", "choose a model of this recipe")


def _probabilities(predictor: Predictor, view: SplitView, step: int = 512) -> NDArray[np.float64]:
    parts = [predictor.predict(view.images(slice(i, i + step))) for i in range(0, len(view), step)]
    return np.concatenate(parts)


def _baseline(folder: DatasetFolder, view: SplitView, seed: int) -> tuple[Predictions, str]:
    """The baseline's predictions of the tested images, and what it was trained on.

    It learns from the training split where there is one; otherwise from the tested images by cross-fitting, each
    image predicted by a fit that did not see it.
    """
    rng = np.random.default_rng(seed)
    if view.name != "train" and "train" in folder.splits and len(folder.split("train")):
        train = folder.split("train")
        rows = np.sort(rng.permutation(len(train))[:MAX_BASELINE_IMAGES])
        fit = RadialProfileBaseline.fit(train.images(rows), train.labels[rows])
        images = view.images(slice(None))
        return Predictions(view.labels, fit.predict_proba(images), view.classes), f"{len(rows)} training images"
    images, fold = view.images(slice(None)), rng.permutation(len(view)) % FOLDS
    probabilities = np.empty((len(view), len(view.classes)))
    for k in range(FOLDS):
        fit = RadialProfileBaseline.fit(images[fold != k], view.labels[fold != k])
        probabilities[fold == k] = fit.predict_proba(images[fold == k])
    return Predictions(view.labels, probabilities, view.classes), f"{FOLDS}-fold cross-fitting of the tested images"


def _history(predictor: Predictor) -> list[dict[str, Any]]:
    """The training's figures epoch by epoch, where the model folder has them."""
    history: list[dict[str, Any]] = predictor.config.training.get("history", [])
    return history


def _model_facts(predictor: Predictor) -> dict[str, Any]:
    config = predictor.config
    return {
        "name": predictor.name,
        "architecture": config.architecture,
        "group": config.group,
        "weights_sha256": config.weights_sha256,
        "temperature": config.temperature,
        "trained_on": dict(config.data),
    }


def _data_facts(folder: DatasetFolder, split: str, sha256: str) -> dict[str, Any]:
    manifest = folder.manifest
    return {
        "path": folder.path.name,
        "recipe": manifest.recipe,
        "variant": manifest.variant,
        "seed": manifest.seed,
        "split": split,
        "manifest_sha256": sha256,
    }


def _warnings(predictor: Predictor, folder: DatasetFolder, split: str) -> list[str]:
    """What is known against the result before looking at it."""
    trained, manifest = predictor.config.data, folder.manifest
    found = []
    same_stream = all(trained.get(key) == getattr(manifest, key) for key in ("recipe", "variant", "seed"))
    if split in {"train", "val"} and same_stream:
        part = "trained on" if split == "train" else "chosen by"
        found.append(f"The model was {part} images of this split and seed: this is not a test.")
    if (trained.get("recipe"), trained.get("variant")) != (manifest.recipe, manifest.variant):
        found.append(
            f"The model was trained on {trained.get('recipe')} ({trained.get('variant')}), these images are "
            f"{manifest.recipe} ({manifest.variant})."
        )
    return found
