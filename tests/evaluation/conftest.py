"""Scores with a known separation, and predictions made of them."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import softmax

from lensym.evaluation.predictions import Predictions

CLASSES = ("no_sub", "cdm", "axion")


def gaussian_predictions(n: int, separation: float, seed: int, classes=CLASSES) -> Predictions:
    """``n`` images a class with standard normal scores, raised by ``separation`` in the true class; calibrated."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(classes)), n)
    scores = rng.normal(size=(len(labels), len(classes)))
    scores[np.arange(len(labels)), labels] += separation
    return Predictions(labels, softmax(abs(separation) * scores, axis=1), classes)


@pytest.fixture
def make_predictions() -> Callable[..., Predictions]:
    return gaussian_predictions


@pytest.fixture(scope="session")
def predictions() -> Predictions:
    return gaussian_predictions(120, 2.5, seed=1)


@pytest.fixture(scope="session")
def perfect() -> Predictions:
    return gaussian_predictions(30, 40.0, seed=2)
