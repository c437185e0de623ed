"""What exact symmetry is worth on Model I: lensnet and its controls, by the number of training images.

    python benchmarks/headline.py WORK [--out FILE] [--seeds N] [--sizes 300 1000] [--rows cnn] [--only ROW SIZE SEED]

Model I at its own 150 px. A run trains with ``lensym train`` on the first so many images of each class, with the seed's
weights and order; the epoch is chosen on validation images, 500 a class. Tested are 3 000 scenes of each class, as
Model I has them, and the same scenes turned by a random angle and simulated anew. Every control is compared with
lensnet of the same size and seed, image by image.

Each run is a process of its own. WORK keeps data sets, runs and answers, FILE the figures: a stopped benchmark goes on
from there. Seeds are the outer loop, then sizes, then networks.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from contextlib import redirect_stdout
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import controls  # noqa: F401 - registers networks
import lensym
from fresh import simulated
from lensym.evaluation.intervals import auc_difference
from lensym.models.cost import gflop, parameters
from lensym.simulation.recipe import load_recipe
from lensym.simulation.turned import turned_images
from lensym.store import DatasetFolder
from lensym.train.options import TrainOptions
from lensym.train.run import train
from machine import processor, versions
from networks import figures as test_figures
from resumable import complete
from rows import Row

RECIPE = "model_1"
ROWS = (
    Row("lensnet"),
    Row("lensnet-tiny"),
    Row("lensnet_broken"),
    Row("cnn"),
    Row("cnn", augment=False),
    Row("cnn_d4", width=0.25),
    Row("radial_profile"),
    Row("resnet18"),
    Row("resnet18", augment=False),
)
LARGEST = {"resnet18": 1000}
"""Images of each class that a slow network is trained on at most."""
EPOCHS = {300: 40, 1000: 25, 3000: 15, 10_000: 8}
"""Passes over so many images of each class."""
VAL, TEST = 500, 3000
"""Images of each class."""
SEED, TEST_SEED, ANGLE_SEED, NOISE_SEED = 41, 42, 43, 44
RESULTS = Path(__file__).parent / "results" / "headline.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning")
LIKE = {"lensnet_broken": "lensnet", "cnn_d4": "cnn"}
"""Controls that are trained as another network is."""
REFERENCE = ROWS[0]


def options(row: Row, size: int, seed: int) -> TrainOptions:
    """Rate and decay are those of the network's experiment in configs/."""
    alike = replace(row, name=LIKE.get(row.name, row.name)).options(seed)
    return replace(alike, model=row.name, epochs=EPOCHS[size], threads=1, workers=0)


def run(row: Row, size: int, seed: int, work: Path) -> dict[str, Any]:
    """All figures of one run; its answers stay in ``work``."""
    data = work / f"{size} a class"
    simulated(data, {"train": size, "val": VAL}, SEED)
    name = run_name(row, size, seed)
    start = time.process_time()
    config = train(data, work / name, options(row, size, seed), resume=True)
    seconds = time.process_time() - start
    network = lensym.load(work / name / "model")
    answers = {kind: network.predict(images) for kind, images in tests(work).items()}
    np.savez(work / f"{name}.npz", **answers)
    labels = np.repeat(np.arange(len(config.classes)), TEST)
    figures = {
        **asdict(row),
        "size": size,
        "seed": seed,
        "cpu": processor(),
        "parameters": parameters(network.model.network),
        "gflop": gflop(network.model.network),
        "epochs": EPOCHS[size],
        "seconds": seconds,
        "validation_auc": [row["val_auc"] for row in config.training["history"]],
        "test": {
            "n": len(labels),
            **{kind: test_figures(answer, labels) for kind, answer in answers.items()},
            "lost": difference(answers["upright"], answers["rotated"], labels),
        },
    }
    reference = work / f"{run_name(REFERENCE, size, seed)}.npz"
    if row != REFERENCE and reference.exists():
        with np.load(reference) as lensnet:
            figures["behind"] = difference(lensnet["upright"], answers["upright"], labels)
    return figures


def run_name(row: Row, size: int, seed: int) -> str:
    """Of one run."""
    return f"{row}, {size} a class, seed {seed}"


def tests(work: Path) -> dict[str, NDArray[Any]]:
    """The test scenes, class by class: as they are, and each turned by an angle of its own."""
    folder, turned = work / "test", work / "turned.npy"
    simulated(folder, {"test": TEST}, TEST_SEED)
    if not turned.exists():
        classes = range(len(load_recipe(RECIPE).classes))
        angles = [np.random.default_rng([ANGLE_SEED, k]).uniform(0, 2 * math.pi, TEST) for k in classes]
        beside = turned.with_suffix(".tmp.npy")
        np.save(beside, turned_images(load_recipe(RECIPE), "test", TEST_SEED, angles, NOISE_SEED))
        beside.replace(turned)
    return {"upright": DatasetFolder.open(folder).split("test").images(slice(None)), "rotated": np.load(turned)}


def difference(first: NDArray[np.float64], second: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
    """How far the macro AUC of ``second`` is behind that of ``first``, image by image."""
    found = auc_difference(first, second, labels)
    return {"value": found.value, "interval": list(found.interval)}


def facts() -> dict[str, Any]:
    """What all runs share."""
    return {
        "recipe": RECIPE,
        "counts": {"val": VAL, "test": TEST},
        "epochs": EPOCHS,
        "seeds": {"data": SEED, "test": TEST_SEED, "angles": ANGLE_SEED, "noise": NOISE_SEED},
        "versions": versions(PACKAGES),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for data sets, runs and answers")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each row and size (default 3)")
    parser.add_argument("--sizes", type=int, nargs="*", choices=EPOCHS, default=tuple(EPOCHS), help="images a class")
    parser.add_argument("--rows", nargs="*", choices=[str(row) for row in ROWS], help="some of the rows")
    parser.add_argument("--only", nargs=3, metavar=("ROW", "SIZE", "SEED"), help="print the figures of one run")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if given.only:
        row, size, seed = map(json.loads, given.only)
        with redirect_stdout(sys.stderr):  # the lines of the epochs
            figures = run(Row(**row), size, seed, given.work)
        print(json.dumps(figures))
        return
    planned = {
        run_name(row, size, seed): [__file__, str(given.work), "--only", json.dumps(asdict(row)), str(size), str(seed)]
        for seed in range(given.seeds)
        for size in given.sizes
        for row in ROWS
        if size <= LARGEST.get(row.name, size) and str(row) in (given.rows or map(str, ROWS))
    }
    complete(given.out, facts(), planned)


if __name__ == "__main__":
    main()
