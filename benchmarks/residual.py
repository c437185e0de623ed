"""What taking a smooth lens away first is worth: networks on images of Model I, and on what a fit leaves of them too.

    python benchmarks/residual.py WORK [--out FILE] [--sizes 300 1000] [--networks lensnet] [--seeds N] [--workers N]

The fit is `lensym.simulation.smooth`'s. A network sees the image, or the image and, as a second channel, what the fit
leaves of it in units of the noise.

Images, passes, options and tests are those of benchmarks/headline.py, of upright scenes alone; the state is the best of
five looks at the validation images. Each control is compared with lensnet that sees the same, image by image.

Fits of a block of images and runs are processes of their own. WORK keeps the fits and the answers, FILE the figures: a
stopped benchmark goes on from there.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.special import softmax

from budget import Labelled, Plan, train_within
from headline import EPOCHS, SEED, TEST, TEST_SEED, VAL, as_trained, difference
from lensym.atomic import write_atomically
from lensym.models.cost import gflop, parameters
from lensym.models.registry import create
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import Recipe, load_recipe
from lensym.simulation.smooth import SmoothModel, image_and_residual
from machine import processor, versions
from model_1 import logits_in
from networks import figures as test_figures
from resumable import complete
from rows import Row

RECIPE = "model_1"
BLOCK = 100
"""Images in a file of fits."""
SEEN = {"image": 1, "image and residual": 2}
"""Channels of each kind of input."""
PASSES = EPOCHS | {30_000: 8}
"""Times that the training images are shown, by their number a class."""
NETWORKS = ("lensnet-tiny", "lensnet", "lensnet_broken", "cnn")
REFERENCE = "lensnet"
"""What the controls are compared with."""
RESULTS = Path(__file__).parent / "results" / "residual.json"
PACKAGES = ("lensym", "torch", "numpy", "scipy", "lightning")


@lru_cache
def known() -> tuple[Recipe, SmoothModel]:
    """The recipe, and its smooth lenses."""
    recipe = load_recipe(RECIPE)
    return recipe, SmoothModel(recipe)


def block(class_name: str, split: str, start: int, seed: int, file: Path) -> None:
    """Write images (n, 2, H, W): each over its root mean square, and what its fit leaves."""
    recipe, model = known()
    images = simulate_block(recipe, class_name, split, start, BLOCK, seed).images
    content = io.BytesIO()
    np.save(content, image_and_residual(model, images).astype(np.float16))
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
    of_classes = files(split, size, work)
    counts = [BLOCK * len(of_class) for of_class in of_classes]
    side = known()[0].image_size
    images = np.empty((sum(counts), channels, side, side), np.float16)
    for k, (file, _) in enumerate(chain.from_iterable(of_classes)):
        images[k * BLOCK : (k + 1) * BLOCK] = np.load(file)[:, :channels]
    return Labelled(images, np.repeat(np.arange(len(counts)), counts))


@dataclass(frozen=True)
class Run:
    """One training."""

    network: str
    seen: str
    size: int
    seed: int

    def __str__(self) -> str:
        return f"{self.network}: {self.seen}, {self.size} a class, seed {self.seed}"

    def answers(self, work: Path) -> Path:
        """The file of its probabilities on the test images."""
        return work / f"{self}.npy"


def figures(run: Run, work: Path) -> dict[str, Any]:
    """All figures of one run; its answers stay in ``work``."""
    channels = SEEN[run.seen]
    train, val, test = (labelled(split, run.size, work, channels) for split in ("train", "val", "test"))
    options = replace(as_trained(Row(run.network), run.seed), threads=1)
    torch.manual_seed(run.seed)
    network = create(run.network, known()[0].image_size, channels, len(known()[0].classes))
    steps = PASSES[run.size] * len(train) // options.batch_size
    network, record = train_within(network, options, train, val, Plan(options.batch_size, steps, VAL))
    probabilities = softmax(logits_in(network, torch.float32)(test.images.astype(np.float32)), axis=1)
    np.save(run.answers(work), probabilities)
    found = {
        **asdict(run),
        "cpu": processor(),
        "parameters": parameters(network),
        "gflop": gflop(network),
        "seconds": record.seconds,
        "validation_auc": record.aucs,
        "test": {"n": len(test), **test_figures(probabilities, test.labels.numpy())},
    }
    reference = replace(run, network=REFERENCE).answers(work)
    if run.network != REFERENCE and reference.exists():
        found["behind"] = difference(np.load(reference), probabilities, test.labels.numpy())
    return found


def fit_seconds(count: int = 20) -> float:
    """Processor time of a fit, mean over images of each class."""
    recipe, model = known()
    of_classes = [simulate_block(recipe, name, "test", 0, count, TEST_SEED).images for name in recipe.classes]
    image_and_residual(model, of_classes[0][:1])
    start = time.process_time()
    for images in of_classes:
        image_and_residual(model, images)
    return (time.process_time() - start) / (count * len(of_classes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for the fits")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--sizes", type=int, nargs="*", choices=PASSES, default=tuple(PASSES), help="images a class")
    parser.add_argument("--networks", nargs="*", choices=NETWORKS, default=NETWORKS, help="some of the networks")
    parser.add_argument("--seen", nargs="*", choices=SEEN, default=tuple(SEEN), help="one kind of input alone")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each network and size (default 3)")
    parser.add_argument("--workers", type=int, default=1, help="processes that fit (default 1)")
    parser.add_argument("--only", nargs=4, metavar=("NETWORK", "SEEN", "SIZE", "SEED"), help="print one run's figures")
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.work.mkdir(parents=True, exist_ok=True)
    if given.only:
        network, seen, size, seed = given.only
        print(json.dumps(figures(Run(network, seen, int(size), int(seed)), given.work)))
        return
    facts = {
        "recipe": RECIPE,
        "counts": {"val": VAL, "test": TEST},
        "epochs": PASSES,
        "seeds": {"data": SEED, "test": TEST_SEED},
        "fit_seconds": fit_seconds(),
        "versions": versions(PACKAGES),
    }
    for size in given.sizes:
        fit_all(size, given.work, given.workers)
        wanted = [
            Run(network, seen, size, seed)
            for seed in range(given.seeds)
            for network in sorted(given.networks, key=lambda name: name != REFERENCE)
            for seen in given.seen
        ]
        command = [__file__, str(given.work), "--only"]
        planned = {str(run): [*command, run.network, run.seen, str(run.size), str(run.seed)] for run in wanted}
        complete(given.out, facts, planned)


if __name__ == "__main__":
    main()
