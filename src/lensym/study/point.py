"""One point of a study: simulate a recipe, train a network on it, test network and baseline."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lensym.apply.assess import evaluate
from lensym.atomic import write_atomically
from lensym.errors import OutputError
from lensym.simulation.plan import share_out
from lensym.simulation.recipe import Recipe
from lensym.simulation.run import simulate_to_folder
from lensym.train.options import TrainOptions
from lensym.train.run import train

RESULT = "result.json"

_SHARES: Mapping[str, float] = {"train": 1.0, "val": 0.1, "test": 0.5}
"""Images of a split for each one that is trained on."""

_KEPT = ("n", "macro_auc", "macro_auc_ci", "auc", "auc_ci", "accuracy", "accuracy_ci")
"""Figures of the network's test that a point keeps."""

_KEPT_OF_BASELINE = ("macro_auc", "macro_auc_ci", "accuracy")


@dataclass(frozen=True)
class Training:
    """How every point of a study is trained: images a class, epochs, seed of images and weights."""

    model: str = "lensnet"
    count: int = 2000
    epochs: int = 4
    seed: int = 0


def run_point(recipe: Recipe, training: Training, folder: Path, workers: int | None = None) -> dict[str, Any]:
    """Figures of one point, from ``folder`` where an earlier run left them.

    Images and run are removed once the figures are written; an interrupted point goes on where it stopped.

    Raises
    ------
    OutputError
        If ``folder`` holds the figures of another recipe or training.
    """
    asked = {"recipe": recipe.to_dict(), "training": asdict(training)}
    return kept(folder, asked, lambda: _figures(recipe, training, folder, workers), remove=("data", "run"))


def kept(
    folder: Path, asked: Mapping[str, Any], figures: Callable[[], Mapping[str, Any]], remove: Sequence[str] = ()
) -> dict[str, Any]:
    """What was asked with its figures: those that ``folder`` has, or those that are made now, and kept there.

    Once they are written, what is named in ``remove`` is removed.

    Raises
    ------
    OutputError
        If ``folder`` holds the figures of something else.
    """
    result = kept_result(folder)
    if result is None:
        folder.mkdir(parents=True, exist_ok=True)
        result = {**asked, **figures()}
        write_atomically(folder / RESULT, (json.dumps(result, indent=1) + "\n").encode())
    elif {key: result.get(key) for key in asked} != asked:
        raise OutputError("the study that was begun here", f"'{folder}' of another", "choose another folder")
    for name in remove:
        shutil.rmtree(folder / name, ignore_errors=True)
    return result


def kept_result(folder: Path) -> dict[str, Any] | None:
    """The result in ``folder``; None where there is none yet."""
    path = folder / RESULT
    if not path.exists():
        return None
    result: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return result


def _figures(recipe: Recipe, training: Training, folder: Path, workers: int | None) -> dict[str, Any]:
    total = round(training.count * sum(_SHARES.values()))
    split = {name: share / sum(_SHARES.values()) for name, share in _SHARES.items()}
    data, run = folder / "data", folder / "run"
    simulate_to_folder(recipe, data, total, split, training.seed, workers)
    options = TrainOptions(model=training.model, epochs=training.epochs, seed=training.seed)
    train(data, run, options, resume=(run / "config.yaml").exists())
    test = evaluate(run / "model", data, seed=training.seed, symmetry=False)
    return {
        "images": share_out(total, split),
        "network": {key: test[key] for key in _KEPT},
        "baseline": {key: test["baseline"][key] for key in _KEPT_OF_BASELINE},
    }


Say = Callable[[str], None]
"""Called with a line before each step."""
