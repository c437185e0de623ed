"""Every image once against the same images again and again: what simulating while training is worth.

    python benchmarks/fresh.py WORK [--out FILE] [--presentations N] [--only NAME]

lensnet learns Model I from one number of presentations: of as many fresh images, or of fixed sets of a half, a quarter
and an eighth of them, shown 2, 4 and 8 times. Seed of images and weights, validation images, steps (to a batch an
epoch) and learning rates are the same; the fixed sets are the first of the fresh images. All are tested on the same
images, of another seed, and compared with the fresh ones pair by pair.

Each run is a process of its own on one thread, and simulates in it. WORK keeps data sets, runs and answers, FILE the
figures: a stopped benchmark goes on from there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import lensym
from folders import simulated
from lensym.evaluation.intervals import auc_difference, delong, wilson
from lensym.evaluation.metrics import accuracy
from lensym.models.model_config import ModelConfig
from lensym.simulation.recipe import load_recipe
from lensym.store import DatasetFolder
from lensym.train.options import NETWORK, TrainOptions
from lensym.train.run import train
from machine import processor, versions
from resumable import complete

RECIPE = "model_1"
PRESENTATIONS, EPOCHS = 24_000, 4
"""Images shown, and the parts of the fresh ones, each of which ends with a validation."""
PASSES = {"fresh": 1, "half": 2, "quarter": 4, "eighth": 8}
"""How often each image is shown."""
VAL, TEST = 500, 2000
"""Images of each class."""
SEED, TEST_SEED = 31, 32
RESULTS = Path(__file__).parent / "results" / "fresh.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning")


def run(name: str, presentations: int, work: Path) -> dict[str, Any]:
    """All figures of one run; its answers stay in ``work``."""
    start = time.process_time()
    config = trained(name, presentations, work)
    seconds = time.process_time() - start
    answers, labels = tested(work / name / "model", work / "test")
    np.save(work / f"{name}.npy", answers)
    macro, right = delong(answers, labels).macro, accuracy(answers, labels)
    figures = {
        "images": sum(config.data["splits"]["train"].values()),
        "passes": PASSES[name],
        "cpu": processor(),
        "seconds": seconds,
        "validation_auc": [row["val_auc"] for row in config.training["history"]],
        "n": len(labels),
        "macro_auc": macro.value,
        "interval": list(macro.interval()),
        "accuracy": right,
        "accuracy_interval": list(wilson(right * len(labels), len(labels))),
    }
    if name != "fresh":
        lost = auc_difference(np.load(work / "fresh.npy"), answers, labels)
        figures["lost"] = {"value": lost.value, "interval": list(lost.interval)}
    return figures


def trained(name: str, presentations: int, work: Path) -> ModelConfig:
    """Train on fresh images, or on a fixed set that is simulated first."""
    options = TrainOptions(seed=SEED, threads=1, workers=0)
    if name == "fresh":
        val_images = VAL * len(load_recipe(RECIPE).classes)
        options = replace(options, epochs=EPOCHS, images=presentations, val_images=val_images)
        return train(load_recipe(RECIPE), work / name, options, resume=True)
    data = work / f"{name} data"
    shown = presentations // PASSES[name] // len(load_recipe(RECIPE).classes)
    simulated(load_recipe(RECIPE), data, {"train": shown, "val": VAL}, SEED)
    return train(data, work / name, replace(options, epochs=PASSES[name]), resume=True)


def tested(model: Path, folder: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Probabilities and labels of the test images."""
    simulated(load_recipe(RECIPE), folder, {"test": TEST}, TEST_SEED)
    view = DatasetFolder.open(folder).split("test")
    return lensym.load(model).predict(view.images(slice(None))), view.labels


def facts(presentations: int) -> dict[str, Any]:
    """What all runs share."""
    return {
        "recipe": RECIPE,
        "model": NETWORK,
        "presentations": presentations,
        "counts": {"val": VAL, "test": TEST},
        "seeds": {"images and weights": SEED, "test": TEST_SEED},
        "versions": versions(PACKAGES),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for data sets, runs and answers")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--presentations", type=int, default=PRESENTATIONS, help=f"images shown ({PRESENTATIONS})")
    parser.add_argument("--only", choices=PASSES, help="print the figures of one run")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if options.only:
        with redirect_stdout(sys.stderr):  # the lines of the epochs
            figures = run(options.only, options.presentations, options.work)
        print(json.dumps(figures))
        return
    size = ("--presentations", str(options.presentations))
    planned = {name: [__file__, str(options.work), *size, "--only", name] for name in PASSES}
    complete(options.out, facts(options.presentations), planned)


if __name__ == "__main__":
    main()
