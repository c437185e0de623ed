"""Figures of merit of a classifier: AUC, accuracy, Brier score, confusion matrix."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

from lensym.errors import InputError


def ranks(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Place of each value in their order, from 1 on; equal ones share the mean of their places."""
    from scipy.stats import rankdata  # takes half as long to come as torch, and a prediction ranks nothing

    return np.asarray(rankdata(values))


def require_matching(values: np.ndarray, labels: np.ndarray) -> None:
    """Refuse labels that are not one number for each row of the values: numpy would spread the shorter."""
    if np.shape(labels) != np.shape(values)[:1]:
        got = f"shapes {np.shape(values)} and {np.shape(labels)}"
        raise InputError("as many labels (N,) as images", got, "give one label for each image")


def auc(scores: Float[np.ndarray, " n"], positive: Bool[np.ndarray, " n"] | Int[np.ndarray, " n"]) -> float:
    """Area under the ROC curve: the share of (positive, negative) pairs in which the positive scores higher.

    A tie counts one half (the Mann-Whitney statistic); both kinds must be present.

    >>> auc(np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True]))
    0.875

    Zeros and ones do as well as truth values.
    """
    positive = np.asarray(positive, bool)  # zeros and ones would be places
    require_matching(scores, positive)
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    rank_sum = ranks(scores)[positive].sum()
    return float((rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def class_auc(scores: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> Float[np.ndarray, " k"]:
    """AUC of each class against all others, (K,); ``scores[:, k]`` ranks the images by how likely class k is."""
    return np.array([auc(scores[:, k], labels == k) for k in range(scores.shape[1])])


def macro_auc(scores: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> float:
    """Mean of the classes' one-against-rest AUC, every class weighing the same."""
    return float(class_auc(scores, labels).mean())


def accuracy(probabilities: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> float:
    """Share of images whose likeliest class is the true one."""
    require_matching(probabilities, labels)
    return float((probabilities.argmax(1) == labels).mean())


def brier_scores(probabilities: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Squared distance of each image's probabilities from the truth, (N,): 0 is perfect, 2 the worst.

    Their mean is the multiclass Brier score (Brier 1950, eq. 2).

    >>> brier_scores(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 0]))
    array([0., 2.])
    """
    require_matching(probabilities, labels)
    truth = np.eye(probabilities.shape[1])[labels]
    return np.asarray(((probabilities - truth) ** 2).sum(1))


def brier(probabilities: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> float:
    """Mean multiclass Brier score."""
    return float(brier_scores(probabilities, labels).mean())


def confusion_matrix(
    labels: Int[np.ndarray, " n"], predicted: Int[np.ndarray, " n"], n_classes: int
) -> Int[np.ndarray, "k k"]:
    """Number of images of true class i (row) that were called class j (column).

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    require_matching(labels, predicted)
    cells = np.bincount(labels * n_classes + predicted, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes)


def roc_curve(
    scores: Float[np.ndarray, " n"], positive: Bool[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """False and true positive rate at every threshold, from (0, 0) to (1, 1); ties are one step."""
    require_matching(scores, positive)
    order = np.argsort(-scores, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits = np.cumsum(positive[order])[last_of_tie]
    misses = last_of_tie + 1 - hits
    return np.append(0.0, misses / misses[-1]), np.append(0.0, hits / hits[-1])
