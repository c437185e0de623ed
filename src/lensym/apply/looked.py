"""What a network looked at in a few images of a test set, chosen by rule, in a bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.apply.predictor import Predictor
from lensym.evaluation.explain import WINDOWS
from lensym.evaluation.explain_figure import Explained
from lensym.evaluation.figures import COLOURS, example_indices
from lensym.evaluation.predictions import Answers

MAX_SECONDS = 15.0
"""What the explanations may take, by the measured time of an answer."""

WRONG = 2
"""Wrong answers that are explained; of the right ones it is one a class."""

_FEWER = (WINDOWS, 9, 7)
"""Places of a window along each side: fewer for a slow network, at the least as many as still show a ring."""

_GRADIENT = 4
"""Answers that the gradient costs as much as."""

COPIES = 8


@dataclass(frozen=True)
class Plan:
    """What there is time for.

    Parameters
    ----------
    images
        How many of them.
    windows
        Places of a window along each side.
    """

    images: int
    windows: int


def plan(images: int, invariant: bool, seconds: float) -> Plan:
    """As many of so many images and as fine a map as `MAX_SECONDS` allow where an answer takes ``seconds``.

    >>> plan(5, True, 0.005), plan(5, False, 0.005), plan(5, False, 0.02), plan(5, False, 1.0)
    (Plan(images=5, windows=13), Plan(images=5, windows=7), Plan(images=1, windows=7), Plan(images=0, windows=7))
    """
    answers = MAX_SECONDS / (seconds * (1 if invariant else COPIES))
    for windows in _FEWER:
        if images * (windows**2 + _GRADIENT) <= answers:
            return Plan(images, windows)
    return Plan(int(answers / (_FEWER[-1] ** 2 + _GRADIENT)), _FEWER[-1])


def look(
    predictor: Predictor, answers: Answers, images: Callable[[NDArray[np.int64]], NDArray[Any]]
) -> tuple[list[Explained], dict[str, Any]]:
    """Explain the answers on a few images: of each class the rightly called one of median confidence, then wrong ones.

    Of a slow network the wrong answers come first, as many as there is time for.

    Returns
    -------
    The explained images, and what metrics.json keeps: ``images`` (their indices), ``windows``, ``copies``, ``wanted``
    (how many there should have been) and ``seconds_an_answer`` (measured).
    """
    chosen = np.array(example_indices(answers, right=1, wrong=WRONG))
    seen = predictor.seen(images(chosen))
    start = time.perf_counter()
    predictor.logits(seen)
    seconds = (time.perf_counter() - start) / len(seen)
    possible = plan(len(chosen), predictor.invariant, seconds)
    first = np.sort(np.argsort(answers.correct[chosen], kind="stable")[: possible.images])
    shown: list[int] = chosen[first].tolist()
    pairs = zip(shown, seen[first], strict=True)
    rows = [_explained(predictor, answers, index, image, possible.windows) for index, image in pairs]
    return rows, {
        "images": shown,
        "windows": possible.windows,
        "copies": 1 if predictor.invariant else COPIES,
        "wanted": len(chosen),
        "seconds_an_answer": round(seconds, 4),
    }


def _explained(predictor: Predictor, answers: Answers, index: int, image: NDArray[Any], windows: int) -> Explained:
    called, truth = int(answers.predicted[index]), int(answers.labels[index])
    found = predictor.explain(image, called, windows)
    sure = f"called so with probability {answers.probabilities[index, called]:.3f}"
    if called == truth:
        return Explained(image, found, f"{sure}: right", COLOURS[2])
    return Explained(image, found, f"{sure}; truth: {answers.titles[truth]}", COLOURS[1])
