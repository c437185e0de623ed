"""How well networks classify lenses of Model I that lie a few pixels beside the middle.

    python benchmarks/off_centre.py WORK [--out FILE] [--only ROW]

Packaged networks, one of them also as ``lensym predict --center fit`` asks it, and lensnet and cnn trained on 1 000
images a class of benchmarks/headline.py as they are or displaced at random (``--jitter``), answer on 500 scenes of each
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
from lensym.apply.files import OOD_THRESHOLD
from lensym.apply.fitted_center import beside_the_middle, fitted_center
from lensym.apply.predictor import Predictor
from lensym.data.center import ByFit
from lensym.data.preprocess import Preprocessing
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe
from lensym.train.run import train
from machine import processor, versions
from networks import figures as test_figures
from resumable import complete
from rows import Row

RECIPE, SIZE = "model_1", 1000
"""Images of each class to train on."""
DIRECTIONS, EACH = 20, 25
"""Directions from the middle, and scenes of each class in each of them."""
SHIFTS = (0, 1, 2, 3, 4)
"""Pixels from the middle."""
MARGIN = 12
"""Pixels on each side that a network does not see, but may where the image is cut about another point."""
JITTER = 3
FIT = ", --center fit"
PACKAGED = ("lensnet", "lensnet-residual", "lensnet-residual" + FIT)
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


def seen(row: str, images: NDArray[Any], network: Predictor) -> NDArray[Any]:
    """What the row's network is given of larger images."""
    if not row.endswith(FIT):
        return images[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN]
    geometry = Preprocessing(network.image_size, network.pixel_scale)
    cut = []
    for image in images.astype(np.float64):
        found = fitted_center(image, network.pixel_scale, ByFit(), network.config, network.name)
        cut.append(geometry.frame(image, network.pixel_scale, found.position).pixels)
    return np.stack(cut).astype(images.dtype)


def labelled(row: str, images: NDArray[Any], network: Predictor, ood: NDArray[np.float64]) -> float:
    """Share of what a network is given to which ``lensym predict`` answers with a label."""
    usual = ood <= OOD_THRESHOLD
    if not row.endswith(FIT):
        geometry = Preprocessing(network.image_size, network.pixel_scale)
        for k in np.flatnonzero(usual):
            cutout = geometry.frame(images[k].astype(np.float64), network.pixel_scale)
            usual[k] = not beside_the_middle(cutout, network.pixel_scale, network.config)
    return float(usual.mean())


def figures(row: str, work: Path) -> dict[str, Any]:
    """Figures of one network at every distance."""
    network = lensym.load(model_of(row, work))
    by_shift, count = {}, 0
    for shift in SHIFTS:
        images, labels = scenes(shift)
        given = seen(row, images, network)
        answers = network.answer(given)
        found = test_figures(network.probabilities(answers.logits), labels)
        by_shift[shift] = found | {"labelled": labelled(row, given, network, answers.ood)}
        count = len(labels)
    return {"cpu": processor(), "n": count, "by_shift": by_shift}


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
