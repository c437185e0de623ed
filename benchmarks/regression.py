"""How well the axion's mass and the vortex's angle are estimated, by network and seed.

    python benchmarks/regression.py WORK [--out FILE] [--images N] [--epochs E] [--only NAME]

Networks learn the mass (log10, eV) or the angle (degrees modulo 180) from the same simulated images of vortices in
Model I, shown in E passes, and are tested on images of another seed; ``lensnet+fit`` sees what smooth lenses leave of
the images too, and so does ``lensnet-residual``, the packaged classifier, which ``lensym finetune`` goes on from. Each
run is a process of its own on one thread. WORK keeps data sets, runs and results, FILE the figures: a stopped benchmark
goes on from there.
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
from lensym.models.model_config import ModelConfig
from lensym.simulation.recipe import load_recipe
from lensym.train.finetune import finetune
from lensym.train.options import FinetuneOptions, TrainOptions
from lensym.train.run import train
from machine import processor, versions
from resumable import complete

RECIPE, CLASS = "model_1", "axion"
IMAGES, EPOCHS = 10_000, 20
VAL, TEST = 1000, 2000
DATA_SEED, TEST_SEED = 41, 42
TARGETS = {"mass": "log10_axion_mass", "angle": "vortex_angle"}
PACKAGED = "lensnet-residual"
MODELS = (PACKAGED, f"lensnet{FIT}", "lensnet", "cnn")
SEEDS = (1, 2, 3)
NAMES = tuple(f"{target} {model} {seed}" for target in TARGETS for model in MODELS for seed in SEEDS)
RESULTS = Path(__file__).parent / "results" / "regression.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning")


def run(name: str, images: int, epochs: int, work: Path) -> dict[str, Any]:
    """All figures of one run."""
    target, model, seed = name.split()
    counts = {"train": images, "val": max(images * VAL // IMAGES, 20)}
    tested = {"test": max(images * TEST // IMAGES, 20)}
    recipe = load_recipe(RECIPE)
    data = simulated(recipe, work / "data", counts, DATA_SEED, (CLASS,))
    test = simulated(recipe, work / "test", tested, TEST_SEED, (CLASS,))
    if model == PACKAGED or model.endswith(FIT):
        data, test = fitted(data), fitted(test)
    start = time.process_time()
    config = _trained(data, work / name.replace(" ", "_"), model, TARGETS[target], epochs, int(seed))
    seconds = time.process_time() - start
    found = lensym.evaluate(work / name.replace(" ", "_") / "model", test)
    kept = ("n", "mae", "mae_ci", "rmse", "bias", "guess", "coverage", "coverage_ci", "width", "shorter_than_a_pixel")
    figures = {key: found[key] for key in kept}
    history = [row["val_mae"] for row in config.training["history"]]
    return {"cpu": processor(), "seconds": seconds, "val_mae": history, **figures, "symmetry": found["symmetry"]}


def _trained(data: Path, folder: Path, model: str, target: str, epochs: int, seed: int) -> ModelConfig:
    """Train from random weights, or go on from the packaged ones."""
    asked: dict[str, Any] = {"task": "regress", "target": target, "epochs": epochs, "seed": seed, "threads": 1}
    if model == PACKAGED:
        return finetune(model, data, folder, FinetuneOptions(**asked), resume=True)
    options = TrainOptions(model=model.removesuffix(FIT), workers=0, **asked)
    return train(data, folder, options, resume=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for data sets and runs")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--images", type=int, default=IMAGES, help=f"training images ({IMAGES})")
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
        "recipe": RECIPE,
        "class": CLASS,
        "images": options.images,
        "epochs": options.epochs,
        "seeds": {"data": DATA_SEED, "test": TEST_SEED},
        "versions": versions(PACKAGES),
    }
    size = ("--images", str(options.images), "--epochs", str(options.epochs))
    complete(options.out, facts, {name: [__file__, str(options.work), *size, "--only", name] for name in NAMES})


if __name__ == "__main__":
    main()
