"""What taking a smooth lens away first is worth: networks on images of Model I, and on what a fit leaves of them too.

    python benchmarks/residual.py WORK [--out FILE] [--sizes 300 1000] [--workers N] [--only ROW SIZE]

The fit knows the lens, the shape of the source and the telescope, which are the same in all images of the recipe. It
looks for the place of the source and the length of the exposure, from the best of a grid of places on by least squares.
A network sees the image, or the image and, as a second channel, what is left of it in units of the noise.

Images, options and tests are those of benchmarks/headline.py, upright ones alone: the fit knows how the lens lies.
Fits of a block of images and runs are processes of their own. WORK keeps the fits, FILE the figures: a stopped
benchmark goes on from there.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import ndtr, softmax

from budget import Labelled, Plan, train_within
from headline import EPOCHS, SEED, TEST, TEST_SEED, VAL
from lensym.models.cost import gflop, parameters
from lensym.models.normalise import Brightness
from lensym.models.registry import create
from lensym.physics.raytrace import SersicSource
from lensym.simulation.images import simulate_block
from lensym.simulation.parts import PublishedCounts
from lensym.simulation.recipe import Recipe, load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import Scene, draw_scene
from machine import processor, versions
from model_1 import logits_in
from networks import figures as test_figures
from resumable import complete
from rows import Row

RECIPE = "model_1"
LOW, HIGH = (-0.4, -0.4, math.log(900)), (0.4, 0.4, math.log(3400))
"""Bounds of the fit: source x, y (arcsec), logarithm of the exposure."""
BLOCK = 100
"""Images in a file of fits."""
GRID = np.linspace(-0.36, 0.36, 13)
"""Places of the source along each axis (arcsec) that a fit may begin at."""
COARSE = 5
"""Pixels a side that are averaged where the beginning is chosen."""
BEGUN = 1800.0
"""Exposure that a fit begins at."""
STEP = 1e-3
"""Of differences in place (arcsec)."""
SOFT = 4.0
"""Noise in units of which the second channel is as bright as an image of root mean square 1."""
SEEN = {"image": 1, "image and residual": 2}
"""Channels of each kind of input."""
NETWORKS = ("lensnet-tiny", "lensnet")
RESULTS = Path(__file__).parent / "results" / "residual.json"
PACKAGES = ("lensym", "torch", "numpy", "scipy", "lightning")

Image = NDArray[np.float64]


@lru_cache
def known() -> tuple[Recipe, Scene]:
    """What all images share: the recipe, and a scene without substructure."""
    recipe = load_recipe(RECIPE)
    return recipe, draw_scene(recipe, "no_sub", "test", 0, TEST_SEED)


def expected(p: Image) -> tuple[Image, Image]:
    """Mean and variance of the counts of the smooth lens under the parameters of the fit."""
    recipe, scene = known()
    source = scene.source[0][0]
    assert isinstance(source, SersicSource)
    lights = ((replace(source, center_x=p[0], center_y=p[1]),),)
    return moments(render(recipe, replace(scene, source=lights))[0], math.exp(p[2]))


def moments(flux: Image, exposure: float) -> tuple[Image, Image]:
    """Mean and variance of a Poisson number of a normal one, cut at 0: the noise of ``published_counts``."""
    noise = known()[0].observation.noise
    assert isinstance(noise, PublishedCounts)
    mean, rms = exposure * flux, exposure * np.sqrt(np.abs(flux) / exposure + noise.background_rms**2)
    z = mean / rms
    above, density = ndtr(z), np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    first = mean * above + rms * density
    return first, (mean**2 + rms**2) * above + mean * rms * density - first**2 + first


@lru_cache
def grid() -> tuple[Image, Image]:
    """Places (P, 2) of the source, and the coarse images of the smooth lens for them (P, pixels), of length 1."""
    places = np.array([(x, y) for x in GRID for y in GRID])
    images = np.stack([coarse(expected(begin(place))[0]) for place in places])
    return places, images / np.linalg.norm(images, axis=1, keepdims=True)


def coarse(image: Image) -> Image:
    """Means over squares of `COARSE` pixels a side, as one row."""
    side = len(image) // COARSE
    return np.asarray(image.reshape(side, COARSE, side, COARSE).mean(axis=(1, 3)).ravel())


def begin(place: Image) -> Image:
    """Parameters of the smooth lens with the source at a place (arcsec)."""
    return np.array([*place, np.log(BEGUN)])


def smooth_fit(counts: Image) -> Image:
    """Parameters of the smooth lens that fits the counts best: source x, y (arcsec), logarithm of the exposure."""
    places, images = grid()
    p = begin(places[int((images @ coarse(counts)).argmax())])
    p[2] += np.log(counts.sum() / expected(p)[0].sum())
    for _ in range(2):  # the weights are those of the model that is begun at
        rms = np.sqrt(expected(p)[1]).ravel()
        p = least_squares(
            lambda q, rms=rms: (expected(q)[0] - counts).ravel() / rms,
            np.clip(p, np.add(LOW, 1e-6), np.subtract(HIGH, 1e-6)),
            lambda q, rms=rms: tangents(q) / rms[:, None],
            bounds=(LOW, HIGH),
            x_scale="jac",
            ftol=1e-6,
            max_nfev=12,
        ).x
    return p


def tangents(p: Image) -> Image:
    """Derivatives of the mean (pixels, 3): by place from differences, by the logarithm of the exposure the mean."""
    mean = expected(p)[0]
    moved = [(expected(p + step)[0] - mean) / STEP for step in np.diag([STEP, STEP, 0.0])[:2]]
    return np.stack([*(one.ravel() for one in moved), mean.ravel()], axis=1)


def residual(counts: Image) -> Image:
    """What the best smooth lens leaves, in units of the noise."""
    mean, variance = expected(smooth_fit(counts))
    return np.asarray((counts - mean) / np.sqrt(variance))


def block(class_name: str, split: str, start: int, seed: int, file: Path) -> None:
    """Write images (n, 2, H, W): each over its root mean square, and what its fit leaves over `SOFT`."""
    if file.exists():
        return
    images = simulate_block(known()[0], class_name, split, start, BLOCK, seed).images[:, 0].astype(np.float64)
    rms = np.sqrt(np.square(images).mean(axis=(1, 2), keepdims=True))
    both = np.stack([images / rms, np.stack([residual(image) for image in images]) / SOFT], axis=1)
    beside = file.with_suffix(".tmp.npy")
    np.save(beside, both.astype(np.float16))
    beside.replace(file)


def files(split: str, count: int, seed: int, work: Path, workers: int) -> dict[str, list[Path]]:
    """Files of the first ``count`` images of each class, made where they are not there."""
    found: dict[str, list[Path]] = {}
    with ProcessPoolExecutor(workers) as pool:
        tasks = []
        for name in known()[0].classes:
            found[name] = [work / f"{split} {seed} {name} {start}.npy" for start in range(0, count, BLOCK)]
            tasks += [pool.submit(block, name, split, k * BLOCK, seed, file) for k, file in enumerate(found[name])]
        for task in tasks:
            task.result()
    return found


def labelled(found: dict[str, list[Path]], channels: int) -> Labelled:
    """All images of the files, class by class."""
    images = [np.concatenate([np.load(file)[:, :channels] for file in of_class]) for of_class in found.values()]
    return Labelled(np.concatenate(images), np.repeat(np.arange(len(images)), [len(part) for part in images]))


def figures(row: str, size: int, work: Path) -> dict[str, Any]:
    """Train and test one row."""
    name, seen = row.split(": ")
    sets = {"train": (size, SEED), "val": (VAL, SEED), "test": (TEST, TEST_SEED)}
    train, val, test = (
        labelled(files(split, count, seed, work, 1), SEEN[seen]) for split, (count, seed) in sets.items()
    )
    options = replace(Row(name).options(seed=0), threads=1)
    torch.manual_seed(0)
    network = create(name, known()[0].image_size, SEEN[seen], len(known()[0].classes))
    network.brightness = Brightness(rms=1.0)
    steps = EPOCHS[size] * len(train) // options.batch_size
    network, record = train_within(network, options, train, val, Plan(options.batch_size, steps, VAL))
    probabilities = softmax(logits_in(network, torch.float32)(test.images.astype(np.float32)), axis=1)
    return {
        "network": name,
        "seen": seen,
        "size": size,
        "cpu": processor(),
        "parameters": parameters(network),
        "gflop": gflop(network),
        "seconds": record.seconds,
        "validation_auc": record.aucs,
        "test": {"n": len(test), **test_figures(probabilities, test.labels.numpy())},
    }


def fit_seconds(count: int = 20) -> float:
    """Processor time of a fit."""
    images = simulate_block(known()[0], "cdm", "test", 0, count, TEST_SEED).images
    residual(images[0, 0].astype(np.float64))
    start = time.process_time()
    for image in images:
        residual(image[0].astype(np.float64))
    return (time.process_time() - start) / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for the fits")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--sizes", type=int, nargs="*", choices=EPOCHS, default=tuple(EPOCHS), help="images a class")
    parser.add_argument("--networks", nargs="*", choices=NETWORKS, default=NETWORKS, help="some of the networks")
    parser.add_argument("--workers", type=int, default=1, help="processes that fit (default 1)")
    parser.add_argument("--only", nargs=2, metavar=("ROW", "SIZE"), help="print the figures of one run")
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.work.mkdir(parents=True, exist_ok=True)
    if given.only:
        print(json.dumps(figures(given.only[0], int(given.only[1]), given.work)))
        return
    facts = {
        "recipe": RECIPE,
        "counts": {"val": VAL, "test": TEST},
        "epochs": EPOCHS,
        "seeds": {"data": SEED, "test": TEST_SEED, "run": 0},
        "fit_seconds": fit_seconds(),
        "versions": versions(PACKAGES),
    }
    for size in given.sizes:
        for split, count, seed in (("test", TEST, TEST_SEED), ("val", VAL, SEED), ("train", size, SEED)):
            files(split, count, seed, given.work, given.workers)
        rows = [f"{name}: {seen}" for name in given.networks for seen in SEEN]
        planned = {f"{row}, {size} a class": [__file__, str(given.work), "--only", row, str(size)] for row in rows}
        complete(given.out, facts, planned)


if __name__ == "__main__":
    main()
