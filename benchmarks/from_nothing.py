"""How long it takes from nothing to a network that classifies Model I: simulate, fit smooth lenses, train.

    python benchmarks/from_nothing.py WORK [--out FILE] [--count N] [--epochs E]

The commands are those that a user gives, each on one thread of one core: ``lensym simulate``, ``lensym residual`` and
``lensym train``, with N images a class of which a tenth validates. Their processor time is counted, start-up included.
The test, which is not, is on the upright scenes of benchmarks/headline.py.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import torch

from folders import fitted, simulated
from headline import SEED, TEST, TEST_SEED
from lensym.atomic import write_atomically
from lensym.models.model_config import read_config
from lensym.simulation.recipe import load_recipe
from machine import processor, versions
from scores import scores

RECIPE, MODEL = "model_1", "lensnet-tiny"
COUNT, EPOCHS = 5000, 12
RESULTS = Path(__file__).parent / "results" / "from_nothing.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning")
LENSYM = Path(sys.executable).with_name("lensym")


def timed(*arguments: str) -> float:
    """Run a command of lensym; seconds of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run([LENSYM, *arguments], check=True, stdout=sys.stderr, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="new folder for data sets and the run")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--count", type=int, default=COUNT, help=f"images of each class ({COUNT})")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"passes over them ({EPOCHS})")
    given = parser.parse_args()
    given.work.mkdir(parents=True)  # what is there already would take no time
    torch.set_num_threads(1)
    images, residuals, run = (str(given.work / name) for name in ("images", "residuals", "run"))
    count, epochs, seed = str(given.count), str(given.epochs), str(SEED)
    steps = {
        "simulate": timed(
            *("simulate", RECIPE, images, "--count", count, "--split", "train=.9,val=.1"),
            *("--workers", "1", "--seed", seed),
        ),
        "residual": timed("residual", images, residuals, "--workers", "1"),
        "train": timed(
            *("train", residuals, run, "--model", MODEL, "--epochs", epochs, "--threads", "1", "--workers", "0")
        ),
    }
    model = Path(run) / "model"
    test = fitted(simulated(load_recipe(RECIPE), given.work / "test", {"test": TEST}, TEST_SEED))
    config = read_config(model)
    figures = {
        "model": MODEL,
        "images": sum(config.data["splits"]["train"].values()),
        "epochs": given.epochs,
        "seeds": {"data": SEED, "test": TEST_SEED},
        "cpu": processor(),
        "seconds": steps,
        "validation_auc": [row["val_auc"] for row in config.training["history"]],
        "test": scores(model, test),
        "versions": versions(PACKAGES),
    }
    write_atomically(given.out, f"{json.dumps(figures, indent=1)}\n".encode())


if __name__ == "__main__":
    main()
