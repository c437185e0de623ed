"""A classifier's figures on a data set's split ``test``, as several benchmarks write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lensym
from lensym.evaluation.intervals import delong, wilson
from lensym.store import DatasetFolder


def scores(model: str | Path, data: Path) -> dict[str, Any]:
    """Macro AUC and accuracy with their intervals, and the number of images."""
    view = DatasetFolder.open(data).split("test")
    answers = lensym.load(model).predict(view.images(slice(None)))
    macro, right = delong(answers, view.labels).macro, int((answers.argmax(1) == view.labels).sum())
    return {
        "n": len(view),
        "macro_auc": macro.value,
        "interval": list(macro.interval()),
        "accuracy": right / len(view),
        "accuracy_interval": list(wilson(right, len(view))),
    }
