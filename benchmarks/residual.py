"""What taking a smooth lens away first is worth: networks on images of Model I, and on what a fit leaves of them too.

    python benchmarks/residual.py WORK [--out FILE] [--sizes 300 1000] [--networks lensnet] [--workers N]

The fit knows the telescope, that the lens is in the middle, and of what kind lens and source are: an isothermal
ellipsoid in an external shear, and a Sersic galaxy. It looks for their other parameters and the exposure, by least
squares, from the best of some smooth lenses on, which are round and have a source of the recipe's size and profile. A
network sees the image, or the image and, as a second channel, what the fit leaves of it in units of the noise.

Images, passes and tests are those of benchmarks/headline.py, of upright scenes alone; the state is the best of five
looks at the validation images. Fits of a block of images and runs are processes of their own. WORK keeps the fits, FILE
the figures: a stopped benchmark goes on from there.
"""

from __future__ import annotations

import argparse
import io
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
from lensym.atomic import write_atomically
from lensym.models.cost import gflop, parameters
from lensym.models.normalise import Brightness
from lensym.models.registry import create
from lensym.physics.observe import average_down
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
MIDDLE = 100
"""Pixels a side that are fitted: the brightest arcs end inside, and so does what the networks sample."""
FREE = (  # lowest and highest value, and step of differences
    ("center_x", -0.8, 0.8, 1e-3),
    ("center_y", -0.8, 0.8, 1e-3),
    ("ln_R_sersic", math.log(0.05), 0.0, 0.01),
    ("n_sersic", 0.4, 4.0, 0.01),
    ("e1", -0.6, 0.6, 5e-3),
    ("e2", -0.6, 0.6, 5e-3),
    ("theta_E", 0.7, 1.9, 1e-3),
    ("lens_e1", -0.4, 0.4, 2e-3),
    ("lens_e2", -0.4, 0.4, 2e-3),
    ("gamma1", -0.25, 0.25, 1e-3),
    ("gamma2", -0.25, 0.25, 1e-3),
    ("ln_exposure", math.log(100), math.log(30_000), 1e-3),
)
"""Parameters of the fit, lengths in arcsec. The brightness of the source is the recipe's: it goes with the exposure."""
LOW, HIGH, STEPS = (np.array([row[k] for row in FREE]) for k in (1, 2, 3))
BEGUN = {"ln_R_sersic": math.log(0.25), "n_sersic": 1.0, "ln_exposure": math.log(1800)}
"""What a fit begins at, beside a place of the source and an Einstein radius; the others are 0 at first."""
RADII = (1.0, 1.15, 1.3, 1.45, 1.6)
PLACES = (
    (0.0, 0.0),
    *((b * math.cos(a), b * math.sin(a)) for b in (0.1, 0.2, 0.3, 0.4) for a in np.arange(12) * math.pi / 6),
)
"""Einstein radii and places of the source that a fit may begin at."""
BLOCK = 100
"""Images in a file of fits."""
COARSE = 5
"""Pixels a side that are averaged where the beginning is chosen."""
SOFT = 4.0
"""What the fit leaves is divided by so many standard deviations of the noise, to be about as bright as the image."""
SEEN = {"image": 1, "image and residual": 2}
"""Channels of each kind of input."""
NETWORKS = ("lensnet-tiny", "lensnet")
RESULTS = Path(__file__).parent / "results" / "residual.json"
PACKAGES = ("lensym", "torch", "numpy", "scipy", "lightning")

Image = NDArray[np.float64]


@lru_cache
def known() -> tuple[Recipe, Recipe, Scene]:
    """The recipe, the same for the middle of its images, and a scene without substructure."""
    recipe = load_recipe(RECIPE)
    middle = load_recipe(RECIPE, changes=[f"image.size={MIDDLE}"])
    return recipe, middle, draw_scene(recipe, "no_sub", "test", 0, TEST_SEED)


def expected(p: Image, recipe: Recipe) -> tuple[Image, Image]:
    """Mean and variance of the counts of a smooth lens under the parameters `FREE`."""
    _, _, scene = known()
    source = scene.source[0][0]
    assert isinstance(source, SersicSource)
    x, y, ln_R, n, e1, e2, theta_E, lens_e1, lens_e2, gamma1, gamma2, ln_exposure = p
    lens = replace(scene.lens, theta_E=theta_E, e1=lens_e1, e2=lens_e2, gamma1=gamma1, gamma2=gamma2)
    light = replace(source, center_x=x, center_y=y, R_sersic=math.exp(ln_R), n_sersic=n, e1=e1, e2=e2)
    return moments(render(recipe, replace(scene, lens=lens, source=((light,),)))[0], math.exp(ln_exposure))


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
def beginnings() -> tuple[Image, Image]:
    """Parameters (P, 12) that a fit may begin at, and their coarse images (P, pixels), each of length 1."""
    named = [BEGUN | {"center_x": x, "center_y": y, "theta_E": radius} for x, y in PLACES for radius in RADII]
    parameters = np.array([[one.get(name, 0.0) for name, *_ in FREE] for one in named])
    images = np.stack([average_down(expected(p, known()[1])[0], COARSE).ravel() for p in parameters])
    return parameters, images / np.linalg.norm(images, axis=1, keepdims=True)


def smooth_fit(counts: Image) -> Image:
    """Parameters of the smooth lens that fits an image of the recipe best."""
    recipe, middle, _ = known()
    edge = (recipe.image_size - MIDDLE) // 2
    fitted = counts[edge:-edge, edge:-edge]
    parameters, images = beginnings()
    p = parameters[int((images @ average_down(fitted, COARSE).ravel()).argmax())].copy()
    p[-1] += math.log(fitted.sum() / expected(p, middle)[0].sum())
    for _ in range(2):  # the weights are those of the model that is begun at
        rms = np.sqrt(expected(p, middle)[1]).ravel()
        p = least_squares(
            lambda q, rms=rms: (expected(q, middle)[0] - fitted).ravel() / rms,
            np.clip(p, LOW + 1e-6, HIGH - 1e-6),
            lambda q, rms=rms: derivatives(q) / rms[:, None],
            bounds=(LOW, HIGH),
            x_scale="jac",
            ftol=1e-6,
            max_nfev=25,
        ).x
    return p


def derivatives(p: Image) -> Image:
    """Of the mean by each parameter (pixels, 12): by the logarithm of the exposure nearly the mean itself."""
    mean = expected(p, known()[1])[0]
    moved = [(expected(p + step, known()[1])[0] - mean) / step.sum() for step in np.diag(STEPS)[:-1]]
    return np.stack([*(one.ravel() for one in moved), mean.ravel()], axis=1)


def residual(counts: Image) -> Image:
    """What the best smooth lens leaves, in units of the noise."""
    mean, variance = expected(smooth_fit(counts), known()[0])
    return np.asarray((counts - mean) / np.sqrt(variance))


def block(class_name: str, split: str, start: int, seed: int, file: Path) -> None:
    """Write images (n, 2, H, W): each over its root mean square, and what its fit leaves over `SOFT`."""
    images = simulate_block(known()[0], class_name, split, start, BLOCK, seed).images[:, 0].astype(np.float64)
    rms = np.sqrt(np.square(images).mean(axis=(1, 2), keepdims=True))
    both = np.stack([images / rms, np.stack([residual(image) for image in images]) / SOFT], axis=1)
    content = io.BytesIO()
    np.save(content, both.astype(np.float16))
    write_atomically(file, content.getvalue())


def files(split: str, size: int, work: Path) -> list[list[tuple[Path, tuple[str, str, int, int]]]]:
    """Of each class the files of a split, each with the class, split, first image and seed that it is made of."""
    count, seed = {"train": (size, SEED), "val": (VAL, SEED), "test": (TEST, TEST_SEED)}[split]
    return [
        [(work / f"{split} {seed} {name} {start}.npy", (name, split, start, seed)) for start in range(0, count, BLOCK)]
        for name in known()[0].classes
    ]


def fit_all(size: int, work: Path, workers: int) -> None:
    """Make the files of all splits that are not there."""
    of_classes = [of_class for split in ("test", "val", "train") for of_class in files(split, size, work)]
    with ProcessPoolExecutor(workers) as pool:
        tasks = [
            pool.submit(block, *made_of, file)
            for of_class in of_classes
            for file, made_of in of_class
            if not file.exists()
        ]
        for task in tasks:
            task.result()


def labelled(split: str, size: int, work: Path, channels: int) -> Labelled:
    """The images of a split, class by class."""
    images = [
        np.concatenate([np.load(file)[:, :channels] for file, _ in of_class]) for of_class in files(split, size, work)
    ]
    return Labelled(np.concatenate(images), np.repeat(np.arange(len(images)), [len(part) for part in images]))


def figures(row: str, size: int, work: Path) -> dict[str, Any]:
    """Train and test one row."""
    name, seen = row.split(": ")
    train, val, test = (labelled(split, size, work, SEEN[seen]) for split in ("train", "val", "test"))
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
        fit_all(size, given.work, given.workers)
        rows = [f"{name}: {seen}" for name in given.networks for seen in SEEN]
        planned = {f"{row}, {size} a class": [__file__, str(given.work), "--only", row, str(size)] for row in rows}
        complete(given.out, facts, planned)


if __name__ == "__main__":
    main()
