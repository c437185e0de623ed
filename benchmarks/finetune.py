"""How many labelled images another telescope takes: packaged weights that go on learning, and training from scratch.

    python benchmarks/finetune.py WORK [--out FILE] [--sizes N ...] [--epochs E] [--only NAME]

The images are those of Model I with a PSF three times as wide and a quarter of the exposure; the packaged lensnet saw
neither. At each size both learn from the same images for the same number of steps, the first by ``lensym finetune``.
All are tested on the same images, beside the packaged weights as they are. Each run is a process of its own on one
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

from folders import simulated
from lensym.simulation.recipe import Recipe, load_recipe
from lensym.train.finetune import finetune
from lensym.train.options import FinetuneOptions, TrainOptions
from lensym.train.run import train
from machine import processor, versions
from resumable import complete
from scores import scores

MODEL = "lensnet"
CHANGES = ("observation.psf.fwhm=0.261", "observation.noise.exposure={log10_uniform: [2.398, 2.898]}")
SIZES = (30, 100, 300, 1000)
"""Training images of each class."""
EPOCHS, TEST = 20, 1000
DATA_SEED, TEST_SEED = 51, 52
SEEDS = (1, 2, 3)
WAYS = ("as_it_is", "scratch", "finetune")
RESULTS = Path(__file__).parent / "results" / "finetune.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning")


def recipe() -> Recipe:
    """The other telescope."""
    return load_recipe("model_1", changes=CHANGES)


def run(name: str, epochs: int, work: Path) -> dict[str, Any]:
    """All figures of one run."""
    way, *numbers = name.split()
    start, folder = time.process_time(), work / name.replace(" ", "_")
    if way == "as_it_is":
        model: str | Path = MODEL
    else:
        size, seed = (int(number) for number in numbers)
        data, model = work / f"data_{size}", folder / "model"
        simulated(recipe(), data, {"train": size, "val": max(size // 4, 10)}, DATA_SEED)
        if way == "finetune":
            finetune(MODEL, data, folder, FinetuneOptions(epochs=epochs, seed=seed, threads=1), resume=True)
        else:
            batch = FinetuneOptions().batch_size
            train(data, folder, TrainOptions(epochs=epochs, batch_size=batch, seed=seed, threads=1), resume=True)
    seconds = time.process_time() - start
    simulated(recipe(), work / "test", {"test": TEST}, TEST_SEED)
    return {"cpu": processor(), "seconds": seconds, **scores(model, work / "test")}


def planned(sizes: list[int]) -> list[str]:
    """Names of the runs."""
    return ["as_it_is", *(f"{way} {size} {seed}" for size in sizes for way in WAYS[1:] for seed in SEEDS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for data sets and runs")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help=f"images a class ({SIZES})")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"passes over them ({EPOCHS})")
    parser.add_argument("--only", help="print the figures of one run")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if options.only:
        with redirect_stdout(sys.stderr):  # the lines of the epochs
            figures = run(options.only, options.epochs, options.work)
        print(json.dumps(figures))
        return
    facts = {
        "recipe": "model_1",
        "changes": CHANGES,
        "model": MODEL,
        "epochs": options.epochs,
        "seeds": {"data": DATA_SEED, "test": TEST_SEED},
        "versions": versions(PACKAGES),
    }
    command = [__file__, str(options.work), "--epochs", str(options.epochs), "--only"]
    complete(options.out, facts, {name: [*command, name] for name in planned(options.sizes)})


if __name__ == "__main__":
    main()
