"""How well networks that saw smooth lenses alone find substructure, by kind of network, recipe and seed.

    python benchmarks/anomaly.py WORK [--out FILE] [--images N] [--epochs E] [--only NAME]

Each kind learns from N smooth images of Model A or I in E passes, and scores images of all classes of another seed; one
with ``+fit`` behind its name sees what smooth lenses leave of the images too. Each run is a process of its own on one
thread. WORK keeps data sets and runs, FILE the figures: a stopped benchmark goes on from there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch

import lensym
from folders import FIT, fitted, simulated
from lensym.conventions import SMOOTH
from lensym.models.detectors import DETECTORS
from lensym.train.options import TrainOptions
from lensym.train.run import train
from machine import processor, versions
from named import recipe_of
from resumable import complete

RECIPES = ("model_a early", "model_1")
IMAGES, EPOCHS = 10_000, 5
VAL, TEST = 1000, 1000
"""Smooth images, and images of each class."""
DATA_SEED, TEST_SEED = 61, 63
"""How scores are combined was chosen by images of seed 62."""
SEEDS = (1, 2, 3)
KINDS = (f"averaged_autoencoder{FIT}", f"equivariant_autoencoder{FIT}", *DETECTORS)
NAMES = tuple(f"{recipe} {kind} {seed}" for seed in SEEDS for recipe in RECIPES for kind in KINDS)
RESULTS = Path(__file__).parent / "results" / "anomaly.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning", "scikit-learn")


def run(name: str, images: int, epochs: int, work: Path) -> dict[str, Any]:
    """All figures of one run."""
    recipe, kind, seed = name.rsplit(maxsplit=2)
    counts = {"train": images, "val": max(images * VAL // IMAGES, 20)}
    tested = {"test": max(images * TEST // IMAGES, 20)}
    data = simulated(recipe_of(recipe), work / f"{recipe}_data", counts, DATA_SEED, (SMOOTH,))
    test = simulated(recipe_of(recipe), work / f"{recipe}_test", tested, TEST_SEED)
    if kind.endswith(FIT):
        data, test = fitted(data), fitted(test)
    folder = work / name.replace(" ", "_")
    model = kind.removesuffix(FIT)
    options = TrainOptions(task="anomaly", model=model, epochs=epochs, seed=int(seed), threads=1, workers=0)
    start = time.process_time()
    train(data, folder, options, resume=True)
    seconds = time.process_time() - start
    found = lensym.evaluate(folder / "model", test)
    kept = ("n", "auc", "auc_ci", "called_strange", "called_strange_ci", "symmetry")
    return {"cpu": processor(), "seconds": seconds, **{key: found[key] for key in kept}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for data sets and runs")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--images", type=int, default=IMAGES, help=f"smooth training images ({IMAGES})")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"passes over them ({EPOCHS})")
    parser.add_argument("--only", choices=NAMES, help="print the figures of one run")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if options.only:
        with redirect_stdout(sys.stderr):  # the lines of the epochs
            figures = run(options.only, options.images, options.epochs, options.work)
        print(json.dumps(figures))
        return
    facts = {
        "images": options.images,
        "epochs": options.epochs,
        "seeds": {"data": DATA_SEED, "test": TEST_SEED},
        "versions": versions(PACKAGES),
    }
    size = ("--images", str(options.images), "--epochs", str(options.epochs))
    complete(options.out, facts, {name: [__file__, str(options.work), *size, "--only", name] for name in NAMES})


if __name__ == "__main__":
    main()
