"""One run of a study: train on a size and seed, answer the shared test images, keep answers and figures.

Its answers are kept image by image, since networks are compared on the same images.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lensym.apply.pieces import chunkwise
from lensym.apply.predictor import Predictor, load
from lensym.atomic import write_atomically
from lensym.errors import IntegrityError
from lensym.evaluation.intervals import delong, wilson
from lensym.evaluation.predictions import Predictions
from lensym.models.cost import gflop, parameters
from lensym.store import DatasetFolder
from lensym.study.point import kept
from lensym.train.options import TrainOptions
from lensym.train.run import train


def run_trial(out: Path, folder: Path, task: Mapping[str, Any], device: str) -> dict[str, Any]:
    """Figures of a run in ``folder`` of the study ``out``, from there where it is done.

    ``task`` is that of `lensym.study.plan.PlannedRun.task`. One thread trains, so that the figures do not depend on how
    many runs go on beside it.
    """

    def figures() -> dict[str, Any]:
        asked, run = task["asked"], folder / "run"
        options = TrainOptions(**asked["options"], seed=asked["seed"], device=device, threads=1)
        config = train(out / task["data"], run, options, resume=True)
        predictor = load(run / "model", device)
        return {
            "parameters": parameters(predictor.model.network),
            "gflop": gflop(predictor.model.network),
            "validation": config.training["validation"],
            "tests": {
                name: _tested(predictor, out / data, folder / f"{name}.npy") for name, data in task["tests"].items()
            },
        }

    return kept(folder, task["asked"], figures, remove=("run/checkpoints",))


def _tested(predictor: Predictor, data: Path, answers: Path) -> dict[str, Any]:
    """Figures of a network on a test set; its probabilities go into the file ``answers``."""
    view = DatasetFolder.open(data).split("test")
    predictions = Predictions(view.labels, chunkwise(predictor.predict, view, np.arange(len(view))), view.classes)
    buffer = io.BytesIO()
    np.save(buffer, predictions.probabilities, allow_pickle=False)
    write_atomically(answers, buffer.getvalue())
    estimate = delong(predictions.probabilities, predictions.labels)
    hits = float(predictions.correct.sum())
    return {
        "n": len(predictions),
        "classes": list(predictions.classes),
        "macro_auc": estimate.macro.value,
        "macro_auc_ci": list(estimate.macro.interval()),
        "auc": {name: e.value for name, e in zip(predictions.classes, estimate.classes, strict=True)},
        "accuracy": hits / len(predictions),
        "accuracy_ci": list(wilson(hits, len(predictions))),
        "sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
    }


def read_answers(folder: Path, test: str, result: Mapping[str, Any]) -> Predictions:
    """A finished run's answers on a test set.

    Raises
    ------
    IntegrityError
        If the file is not the one that the result was made from.
    """
    path, figures = folder / f"{test}.npy", result["tests"][test]
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != figures["sha256"]:
        raise IntegrityError(
            f"'{path}' as the run wrote it", "another file" if content else "none", f"remove '{folder}', to run it anew"
        )
    classes = tuple(figures["classes"])
    labels = np.repeat(np.arange(len(classes)), figures["n"] // len(classes))
    return Predictions(labels, np.load(io.BytesIO(content), allow_pickle=False), classes)
