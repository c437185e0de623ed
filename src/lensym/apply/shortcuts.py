"""What logistic regressions reach on a test set that see next to nothing of an image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.apply.pieces import chunkwise
from lensym.evaluation.baseline import SHORTCUTS, LogisticBaseline, cross_fit
from lensym.evaluation.predictions import Predictions
from lensym.store import DatasetFolder, SplitView

FOLDS = 5
MAX_IMAGES = 15_000
"""Training images that the baselines learn from."""


def shortcuts(folder: DatasetFolder, view: SplitView, seed: int) -> tuple[dict[str, Predictions], str]:
    """Each baseline's predictions of the tested images, and what they were trained on.

    They learn from the training split where that holds every class; otherwise from the tested images by cross-fitting,
    each image predicted by a fit that did not see it.
    """
    tested = _features(view, np.arange(len(view)))
    train, rows = _training_rows(folder, view, seed)
    if train is None:
        folds = min(FOLDS, int(np.bincount(view.labels).min()))
        found = {name: cross_fit(values, view.labels, folds, seed) for name, values in tested.items()}
        words = f"{folds}-fold cross-fitting of the tested images"
    else:
        labels, learned = train.labels[rows], _features(train, rows)
        fits = {name: LogisticBaseline.fit_features(values, labels) for name, values in learned.items()}
        found = {name: fit.predict_features(tested[name]) for name, fit in fits.items()}
        words = f"{len(rows)} training images"
    return {name: Predictions(view.labels, p, view.classes) for name, p in found.items()}, words


def _features(view: SplitView, rows: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """What each baseline sees of the images at ``rows``, which are read once."""
    widths: list[int] = []

    def together(images: NDArray[Any]) -> NDArray[np.float64]:
        parts = [see(images) for see in SHORTCUTS.values()]
        widths[:] = [part.shape[1] for part in parts]
        return np.concatenate(parts, axis=1)

    values = chunkwise(together, view, rows)
    return dict(zip(SHORTCUTS, np.split(values, np.cumsum(widths)[:-1], axis=1), strict=True))


def _training_rows(folder: DatasetFolder, view: SplitView, seed: int) -> tuple[SplitView | None, NDArray[np.int64]]:
    """The training split, None if there is none beside ``view`` with every class, and the images to take from it."""
    if view.name != "train" and "train" in folder.splits:
        train = folder.split("train")
        rows = np.sort(np.random.default_rng(seed).permutation(len(train))[:MAX_IMAGES])
        if np.bincount(train.labels[rows], minlength=len(train.classes)).min() > 0:
            return train, rows
    return None, np.empty(0, np.int64)
