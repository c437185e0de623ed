"""The networks that the page asks: the packaged two, and those of other tasks that its user has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from lensym.apply.predictor import Predictor, load
from lensym.errors import UsageError
from lensym.models.heads import ANOMALY, REGRESS
from lensym.train.options import MASS

NETWORK, CONTROL = "lensnet", "cnn"


@lru_cache(maxsize=2)
def network(name: str) -> Predictor:
    """Packaged weights, loaded once."""
    return load(name)


@dataclass(frozen=True)
class Beside:
    """What is asked beside the class: how strange an image is, how heavy the axion; None where there is no model."""

    anomaly: Predictor | None = None
    mass: Predictor | None = None


def load_beside(anomaly: str | None, mass: str | None) -> Beside:
    """Load the models of other tasks from their folders.

    Raises
    ------
    LensymError
        If there is none, or it answers another question.
    """
    found = Beside(
        _loaded(anomaly, "--anomaly-model", ANOMALY) if anomaly else None,
        _loaded(mass, "--mass-model", REGRESS) if mass else None,
    )
    if found.mass:
        _require_mass(found.mass)
    return found


def _loaded(folder: str, option: str, task: str) -> Predictor:
    found = load(folder)
    if found.task != task:
        raise UsageError(
            f"a network that was trained to {task} for {option}",
            f"'{folder}', which was trained to {found.task}",
            f"choose another, or train one: lensym train DATA RUN --task {task}",
        )
    return found


def _require_mass(found: Predictor) -> None:
    column = (found.config.answer or {})["column"]
    if column != MASS:
        raise UsageError(
            f"a network that estimates {MASS} for --mass-model",
            f"'{found.name}', which estimates {column}",
            f"choose another, or train one: lensym train DATA RUN --task {REGRESS} --target {MASS}",
        )
