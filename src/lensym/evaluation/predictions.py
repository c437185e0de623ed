"""Labels and probabilities of a test set, checked once so that every figure after may trust them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.conventions import CLASS_TITLES, names_in
from lensym.errors import InputError

MIN_PER_CLASS = 2
"""Images of each class without which neither an AUC nor its variance is defined."""

_SUM_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Answers:
    """What a model says about images whose classes are known; of some classes there may be none.

    Parameters
    ----------
    labels
        True classes, (N,) integers from 0 to K - 1.
    probabilities
        The model's probabilities, (N, K), rows adding up to 1.
    classes
        Names of the K classes, in the order of the labels.

    Examples
    --------
    >>> rows = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.1, 0.9]])
    >>> Answers(np.array([0, 0, 0, 0]), rows, ("a", "b")).predicted
    array([0, 1, 1, 1])
    """

    labels: np.ndarray
    probabilities: np.ndarray
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        labels = np.asarray(self.labels)
        probabilities = np.asarray(self.probabilities, np.float64)
        object.__setattr__(self, "classes", names_in(self.classes))
        _check_shapes(labels, probabilities, self.classes)
        _check_probabilities(probabilities)
        _check_labels(labels, self.classes)
        object.__setattr__(self, "labels", labels.astype(np.int64))
        object.__setattr__(self, "probabilities", probabilities / probabilities.sum(1, keepdims=True))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The likeliest class of each image, (N,)."""
        return np.asarray(self.probabilities.argmax(1))

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether the likeliest class is the true one, (N,)."""
        return np.asarray(self.predicted == self.labels)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Images of each class, (K,)."""
        return np.bincount(self.labels, minlength=len(self.classes))

    @property
    def titles(self) -> tuple[str, ...]:
        """The classes' names for figures and reports."""
        return tuple(class_title(name) for name in self.classes)


@dataclass(frozen=True)
class Predictions(Answers):
    """What a model says about images of every class: a ranking of them has an AUC."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_counts(self.counts, self.classes)


def class_title(name: str) -> str:
    """A class's name for figures and reports; its own where lensym has no other."""
    return CLASS_TITLES.get(name, name)


def _check_shapes(labels: NDArray[Any], probabilities: NDArray[Any], classes: tuple[str, ...]) -> None:
    wanted = (len(labels) if labels.ndim == 1 else -1, len(classes))
    if probabilities.shape != wanted or len(classes) < 2:
        raise InputError(
            "labels (N,) and probabilities (N, K) for K >= 2 classes",
            f"labels {labels.shape}, probabilities {probabilities.shape} and {len(classes)} classes",
            "give one row an image and one column a class",
        )


def _check_probabilities(probabilities: NDArray[np.float64]) -> None:
    sums = probabilities.sum(1)
    bad = ~((probabilities >= 0).all(1) & (np.abs(sums - 1) <= _SUM_TOLERANCE))
    if bad.any():
        raise InputError(
            "probabilities from 0 to 1 that add up to 1 for every image",
            f"{probabilities[bad][0].tolist()} for image {int(bad.argmax())}",
            "pass the logits through a softmax, and look for NaN in the images or the weights",
        )


def _check_labels(labels: NDArray[Any], classes: tuple[str, ...]) -> None:
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0 or labels.max() >= len(classes):
        raise InputError(
            f"integer labels from 0 to {len(classes) - 1}",
            f"{labels.dtype} labels with values such as {np.unique(labels)[[0, -1]].tolist()}",
            f"number the classes in the order {', '.join(classes)}",
        )


def _check_counts(counts: NDArray[np.int64], classes: tuple[str, ...]) -> None:
    if counts.min() < MIN_PER_CLASS:
        scarce = classes[int(counts.argmin())]
        raise InputError(
            f"at least {MIN_PER_CLASS} images of every class",
            f"{counts.min()} of '{scarce}'",
            "evaluate on a set that holds every class of the model",
        )
