"""How well networks answer images of another kind after adapting to them without labels, by method.

    python benchmarks/adapt.py WORK [--out FILE] [--pairs P ...] [--networks N ...] [--seeds S ...] [--images N]
                               [--epochs E] [--only NAME]

The images with labels and those without are N of each class of two data sets of a pair, simulated with different seeds.
A run adapts one network by one method, in E passes over the images with labels; ``none`` learns from them alone in as
many, and ``labels``, which shows what can be had, from the images to adapt to with their labels. All are tested on
images of a third seed of the kind that was adapted to. A network with ``+fit`` behind its name sees what smooth lenses
leave of the images too. Each run is a process of its own on one thread. WORK keeps data sets and runs, FILE the
figures: a stopped benchmark goes on from there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch

import finetune
import named
from folders import FIT, fitted, simulated, turned
from lensym.simulation.recipe import Recipe, load_recipe
from lensym.train.options import ADAPT, METHODS, TrainOptions
from lensym.train.run import train
from machine import processor, versions
from resumable import complete
from scores import scores

TURNED = "turned"
PAIRS = {
    "a_to_b": (("model_a", "published", named.EARLY), ("model_b",)),
    "other_telescope": (("model_1",), ("model_1", "published", finetune.CHANGES)),
    TURNED: (("model_1",), ("model_1",)),
    "physical": (("model_2",), ("model_2", "physical")),
}
"""Arguments of `load_recipe` for the images with labels, and for those without; `TURNED` turns the latter."""
NONE, LABELS = "none", "labels"
"""Learning from the images with labels alone; and, as a ceiling, from those to adapt to with theirs."""
WAYS = (NONE, *METHODS, LABELS)
NETWORKS = ("lensnet", "cnn")
IMAGES, EPOCHS, SEEDS = 10_000, 12, (1, 2, 3)
VAL, TEST = 0.1, 1000
"""Validation images, in the training images; and images of each class to test on."""
LABELLED_SEED, UNLABELLED_SEED, TEST_SEED = 71, 72, 73
RESULTS = Path(__file__).parent / "results" / "adapt.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning")


def run(name: str, images: int, epochs: int, work: Path) -> dict[str, Any]:
    """All figures of one run."""
    pair, network, way, seed = name.split()
    counts, test = {"train": images, "val": max(int(images * VAL), 20)}, {"test": min(TEST, images)}
    with_labels, without = (load_recipe(*arguments) for arguments in PAIRS[pair])

    turning, fitting = pair == TURNED, network.endswith(FIT)

    def made(kind: str, recipe: Recipe, counts: dict[str, int], seed: int, turning: bool = False) -> Path:
        folder = simulated(recipe, work / f"{pair}_{kind}", counts, seed)
        folder = turned(folder) if turning else folder
        return fitted(folder) if fitting else folder

    labelled = made("labelled", with_labels, counts, LABELLED_SEED)
    unlabelled = made("unlabelled", without, counts, UNLABELLED_SEED, turning)
    tested = {
        "": made("test", without, test, TEST_SEED, turning),
        "labelled_": made("labelled_test", with_labels, test, TEST_SEED),
    }
    adapting = {} if way in {NONE, LABELS} else {"task": ADAPT, "adapt_to": str(unlabelled), "method": way}
    folder = work / name.replace(" ", "_")
    options = TrainOptions(
        model=network.removesuffix(FIT), epochs=epochs, seed=int(seed), threads=1, workers=0, **adapting
    )
    start = time.process_time()
    config = train(unlabelled if way == LABELS else labelled, folder, options, resume=True)
    seconds = time.process_time() - start
    figures = {"cpu": processor(), "seconds": seconds, "shift": config.training.get("adapted", {}).get("shift")}
    for prefix, data in tested.items():
        figures |= {f"{prefix}{key}": value for key, value in scores(folder / "model", data).items()}
    return figures


def planned(pairs: Sequence[str], networks: Sequence[str], seeds: Sequence[int]) -> list[str]:
    """Names of the runs."""
    return [f"{p} {n} {way} {seed}" for p in pairs for seed in seeds for n in networks for way in WAYS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for data sets and runs")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--pairs", choices=PAIRS, nargs="+", default=list(PAIRS), help="kinds of images (all)")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), help=f"networks {NETWORKS}")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS), help=f"seeds of the trainings {SEEDS}")
    parser.add_argument("--images", type=int, default=IMAGES, help=f"training images of each class ({IMAGES})")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"passes over those with labels ({EPOCHS})")
    parser.add_argument("--only", help="print the figures of one run")
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
        "seeds": {"labelled": LABELLED_SEED, "unlabelled": UNLABELLED_SEED, "test": TEST_SEED},
        "versions": versions(PACKAGES),
    }
    size = ("--images", str(options.images), "--epochs", str(options.epochs))
    names = planned(options.pairs, options.networks, options.seeds)
    complete(options.out, facts, {name: [__file__, str(options.work), *size, "--only", name] for name in names})


if __name__ == "__main__":
    main()
