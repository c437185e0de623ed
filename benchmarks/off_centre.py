"""How well networks classify lenses of Model I that lie a few pixels beside the middle.

    python benchmarks/off_centre.py WORK [--out FILE] [--only ROW]

The packaged lensnet, and lensnet and cnn trained on 1 000 images a class of benchmarks/headline.py as they are or
displaced at random (``--jitter``), answer on 1 000 scenes of each class that are simulated larger and cut about a point
so many pixels from the lens, to either side of it in x and in y in turn. Nothing is interpolated.

Each run is a process of its own on one thread. WORK keeps data sets and runs, FILE the figures: a stopped benchmark
goes on from there.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import lensym
from folders import simulated
from headline import EPOCHS, SEED, TEST_SEED, VAL
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe
from lensym.train.run import train
from machine import processor, versions
from networks import figures as test_figures
from resumable import complete
from rows import Row

RECIPE, SIZE, TEST = "model_1", 1000, 1000
"""Images of each class to train on, and to test on."""
SHIFTS = (0, 1, 2, 3, 4)
"""Pixels from the middle."""
JITTER = 3
PACKAGED = "lensnet"
TRAINED = {
    f"{name}, jitter {jitter}": (Row(name), jitter)
    for name, jitter in (("lensnet", 0), ("lensnet", JITTER), ("cnn", JITTER))
}
RESULTS = Path(__file__).parent / "results" / "off_centre.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning")


def model_of(row: str, work: Path) -> str | Path:
    """Name of the packaged network, or the folder of one that is trained where it is not there."""
    if row not in TRAINED:
        return row
    network, jitter = TRAINED[row]
    data = simulated(load_recipe(RECIPE), work / "data", {"train": SIZE, "val": VAL}, SEED)
    options = replace(network.options(seed=0), model=network.name, epochs=EPOCHS[SIZE], threads=1, workers=0)
    train(data, work / row, replace(options, jitter=jitter), resume=True)
    return work / row / "model"


def tests() -> tuple[dict[int, NDArray[Any]], NDArray[np.int64]]:
    """Images by their distance in pixels from the middle, and the labels of all of them."""
    side, margin = load_recipe(RECIPE).image_size, max(SHIFTS)
    recipe = load_recipe(RECIPE, changes=[f"image.size={side + 2 * margin}"])
    blocks = [simulate_block(recipe, name, "test", 0, TEST, TEST_SEED).images for name in recipe.classes]
    whole = np.concatenate(blocks)
    ways = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])[np.arange(len(whole)) % 4]
    return {
        shift: np.stack([_cut(image, margin + shift * way, side) for image, way in zip(whole, ways, strict=True)])
        for shift in SHIFTS
    }, np.repeat(np.arange(len(blocks)), TEST)


def _cut(image: NDArray[Any], first: NDArray[np.int64], side: int) -> NDArray[Any]:
    """Of an image (C, H, W) the part that begins at a row and a column."""
    row, column = first
    return image[:, row : row + side, column : column + side]


def figures(row: str, work: Path) -> dict[str, Any]:
    """Figures of one network at every distance."""
    network = lensym.load(model_of(row, work))
    images, labels = tests()
    answers = {shift: test_figures(network.predict(some), labels) for shift, some in images.items()}
    return {"cpu": processor(), "n": len(labels), "by_shift": answers}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for data sets and runs")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--only", choices=(PACKAGED, *TRAINED), help="print the figures of one run")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if given.only:
        with redirect_stdout(sys.stderr):  # the lines of the epochs
            found = figures(given.only, given.work)
        print(json.dumps(found))
        return
    facts = {
        "recipe": RECIPE,
        "size": SIZE,
        "epochs": EPOCHS[SIZE],
        "seeds": {"data": SEED, "test": TEST_SEED, "run": 0},
        "versions": versions(PACKAGES),
    }
    complete(given.out, facts, {row: [__file__, str(given.work), "--only", row] for row in (PACKAGED, *TRAINED)})


if __name__ == "__main__":
    main()
