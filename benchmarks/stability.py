"""How far the outcome of a training depends on its seed and learning rate: lensnet, cnn and resnet18.

    python benchmarks/stability.py [--out FILE] [--seeds N] [--only ROW RATE SEED]

Each network learns from the images of benchmarks/networks.py (64 px, 5 000 a class) at its usual learning rate times
1/4, 1 and 4, with each of five seeds; every run sees 9 000 images. Written down are the macro AUC on the 6 000 upright
test images, that on the validation images after each fifth of the run, and whether the run had to be ended because loss
or gradients were no numbers any more.

Each run is a process of its own on one thread. FILE has the figures: a stopped benchmark goes on from there.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from scipy.special import softmax

from budget import Budget, Plan, train_within
from lensym.errors import TrainingError
from lensym.evaluation.intervals import delong
from machine import processor, versions
from model_1 import logits_in
from networks import CHANGES, COUNTS, DATA_SEED, RECIPE, SIZE, recipe, stored
from resumable import complete
from rows import Row

ROWS = (Row("lensnet"), Row("cnn"), Row("resnet18"))
RATES = (0.25, 1.0, 4.0)
"""Factors on the learning rate of a network's experiment."""
BUDGET = Budget(presentations=9000, seconds=math.inf, batch=32)
RESULTS = Path(__file__).parent / "results" / "stability.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning")


def run(row: Row, factor: float, seed: int) -> dict[str, Any]:
    """All figures of one run."""
    usual = row.options(seed)
    options = replace(usual, learning_rate=factor * usual.learning_rate)
    torch.manual_seed(seed)
    network = row.build(SIZE, len(recipe().classes))
    plan = Plan(BUDGET.batch, BUDGET.presentations // BUDGET.batch, COUNTS["val"])
    facts = {**asdict(row), "factor": factor, "learning_rate": options.learning_rate, "seed": seed, "cpu": processor()}
    try:
        network, record = train_within(network, options, stored("train"), stored("val"), plan)
    except TrainingError as error:
        return {**facts, "ended": str(error)}
    test = stored("test")
    macro = delong(softmax(logits_in(network, torch.float32)(test.images), axis=1), test.labels.numpy()).macro
    figures = {"macro_auc": macro.value, "interval": list(macro.interval()), "validation_auc": record.aucs}
    return {**facts, **figures, "seconds": record.seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--seeds", type=int, default=5, help="runs of each row and rate (default 5)")
    parser.add_argument("--only", nargs=3, metavar=("ROW", "RATE", "SEED"), help="print the figures of one run")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.only:
        row, factor, seed = map(json.loads, options.only)
        print(json.dumps(run(Row(**row), factor, seed)))
        return
    planned = {
        f"{row}, rate x{factor:g}, seed {seed}": [__file__, "--only", json.dumps(asdict(row)), str(factor), str(seed)]
        for row in ROWS
        for seed in range(options.seeds)
        for factor in RATES
    }
    facts = {
        "recipe": RECIPE,
        "changes": CHANGES,
        "counts": COUNTS,
        "seed": DATA_SEED,
        "presentations": BUDGET.presentations,
        "versions": versions(PACKAGES),
    }
    complete(options.out, facts, planned)


if __name__ == "__main__":
    main()
