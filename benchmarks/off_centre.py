"""How well networks classify lenses of Model I that lie a few pixels beside the middle.

    python benchmarks/off_centre.py WORK [--out FILE] [--only ROW]

Packaged networks, also as ``lensym predict --center fit`` asks it, and lensnet and cnn trained on 1 000
images a class of benchmarks/headline.py as they are or displaced at random (``--jitter``), answer on 200 scenes of each
class. Of each scene there is an image for every distance, simulated with lens and source so far from the middle in one
of 20 directions: nothing is interpolated but what ``--center fit`` does, and by parts of a pixel. The networks get the
middle of the image, ``--center fit`` what a survey would have, a larger one.

Each run is a process of its own on one thread. WORK keeps data sets and runs, FILE the figures: a stopped benchmark
goes on from there.
"""

from __future__ import annotations

import argparse
import json
import math
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
from lensym.apply.files import FilePrediction, predict_frame
from lensym.apply.predictor import Predictor
from lensym.data.center import ByFit
from lensym.data.readers import Frame
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe
from lensym.train.run import train
from machine import processor, versions
from networks import figures as test_figures
from resumable import complete
from rows import Row

RECIPE, SIZE = "model_1", 1000
"""Images of each class to train on."""
DIRECTIONS, EACH = 20, 10
"""Directions from the middle, and scenes of each class in each of them."""
SHIFTS = (0, 1, 2, 3, 4)
"""Pixels from the middle."""
MARGIN = 12
"""Pixels on each side that a network does not see, but may where the image is cut about another point."""
JITTER = 3
FIT = ", --center fit"
PACKAGED = ("lensnet", "lensnet" + FIT, "lensnet-residual", "lensnet-residual" + FIT)
TRAINED = {
    f"{name}, jitter {jitter}": (Row(name), jitter)
    for name, jitter in (("lensnet", 0), ("lensnet", JITTER), ("cnn", JITTER))
}
RESULTS = Path(__file__).parent / "results" / "off_centre.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning")


def model_of(row: str, work: Path) -> str | Path:
    """Name of the packaged network, or the folder of one that is trained where it is not there."""
    if row not in TRAINED:
        return row.removesuffix(FIT)
    network, jitter = TRAINED[row]
    data = simulated(load_recipe(RECIPE), work / "data", {"train": SIZE, "val": VAL}, SEED)
    options = replace(network.options(seed=0), model=network.name, epochs=EPOCHS[SIZE], threads=1, workers=0)
    train(data, work / row, replace(options, jitter=jitter), resume=True)
    return work / row / "model"


def scenes(shift: float) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Images (N, 1, H, W) of scenes that lie ``shift`` pixels beside the middle, and their labels."""
    usual = load_recipe(RECIPE)
    images, labels = [], []
    for k in range(DIRECTIONS):
        angle = 2 * math.pi * (k + 0.5) / DIRECTIONS
        x, y = (shift * usual.pixel_scale * f(angle) for f in (math.cos, math.sin))
        size = usual.image_size + 2 * MARGIN
        recipe = load_recipe(RECIPE, changes=[f"image.size={size}", *_displaced(x, y)])
        for label, name in enumerate(recipe.classes):
            images.append(simulate_block(recipe, name, "test", k * EACH, EACH, TEST_SEED).images)
            labels += [label] * EACH
    return np.concatenate(images), np.array(labels)


def _displaced(x: float, y: float) -> list[str]:
    """Changes of the recipe that put lens and source so many arcsec farther to the right and up."""
    middle = load_recipe(RECIPE).source.center
    ranges = [[end + by for end in part.values] for part, by in ((middle.x, x), (middle.y, y))]
    return [
        f"lens.center={{x: {x!r}, y: {y!r}}}",
        f"source.center={{x: {{uniform: {ranges[0]}}}, y: {{uniform: {ranges[1]}}}}}",
    ]


def figures(row: str, work: Path) -> dict[str, Any]:
    """Figures of one network at every distance, answering as ``lensym predict`` does on files."""
    network = lensym.load(model_of(row, work))
    by_shift, count = {}, 0
    for shift in SHIFTS:
        images, labels = scenes(shift)
        answers = [answer(row, image.astype(np.float64), network) for image in images]
        found = test_figures(np.array([list(one.probabilities.values()) for one in answers]), labels)
        labelled = np.array([one.label is not None for one in answers])
        of_class = [float(labelled[labels == k].mean()) for k in range(len(network.classes))]
        by_shift[shift] = found | {"labelled": float(labelled.mean()), "labelled_of_class": of_class}
        count = len(labels)
    return {"cpu": processor(), "n": count, "by_shift": by_shift}


def answer(row: str, image: NDArray[Any], network: Predictor) -> FilePrediction:
    """On one image (1, H, W), which a network gets the middle of where the lens is not looked for."""
    center = ByFit() if row.endswith(FIT) else None
    seen = image if center else image[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
    return predict_frame(network, Frame(seen, network.pixel_scale, None, Path("scene"), "npy"), center=center)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for data sets and runs")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--only", choices=(*PACKAGED, *TRAINED), help="print the figures of one run")
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
    complete(given.out, facts, {row: [__file__, str(given.work), "--only", row] for row in (*PACKAGED, *TRAINED)})


if __name__ == "__main__":
    main()
