"""What exact symmetry is worth: lensnet and its controls on Model I, and lensnet on the other recipes.

    python benchmarks/headline.py WORK [--out FILE] [--seeds N] [--sizes 300 1000] [--data model_1] [--rows cnn]

Images are those of each recipe's own size. A run trains with ``lensym train`` on the first so many images of each
class, with the seed's weights and order; the epoch is chosen on validation images, 500 a class. Tested are 3 000 scenes
of each class as the recipe has them, and the same scenes turned by a random angle and simulated anew. Every control is
compared with lensnet on the same data, image by image. Where the recipe has a stress set (scenes that only look as if
there were substructure), it is told how often that is taken for some.

Each run is a process of its own. WORK keeps data sets, runs and answers, FILE the figures: a stopped benchmark goes on
from there. Data is the outer loop, then seeds, sizes and networks.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import controls  # noqa: F401 - registers networks
import lensym
from folders import simulated
from lensym.apply.predictor import Predictor
from lensym.evaluation.intervals import auc_difference, wilson
from lensym.models.cost import gflop, parameters
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import Recipe
from lensym.simulation.turned import turned_images
from lensym.store import DatasetFolder
from lensym.train.options import TrainOptions
from lensym.train.run import train
from machine import processor, versions
from named import recipe_of
from networks import figures as test_figures
from resumable import complete
from rows import Row

CONTROLS = (
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
ALONE = (Row("lensnet"), Row("radial_profile"))
DATA = {
    "model_1": CONTROLS,
    "model_2": ALONE,
    "model_3": ALONE,
    "model_a": ALONE,
    "model_a early": ALONE,
    "model_b": ALONE,
    "model_1 physical": ALONE,
}
"""Recipe, by the name of `named.recipe_of`, and the networks trained on it."""
ALONE_SIZES, ALONE_SEEDS = (1000, 10_000), 1
"""Of the recipes without controls."""
LARGEST = {"resnet18": 1000}
"""Images of each class that a slow network is trained on at most."""
EPOCHS = {300: 40, 1000: 25, 3000: 15, 10_000: 8}
"""Passes over so many images of each class."""
VAL, TEST, STRESS = 500, 3000, 2000
"""Images of each class."""
SEED, TEST_SEED, ANGLE_SEED, NOISE_SEED = 41, 42, 43, 44
RESULTS = Path(__file__).parent / "results" / "headline.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning")
LIKE = {"lensnet_broken": "lensnet", "cnn_d4": "cnn"}
"""Controls that are trained as another network is."""
REFERENCE = Row("lensnet")


@dataclass(frozen=True)
class Run:
    """One training."""

    data: str
    row: Row
    size: int
    seed: int

    def __str__(self) -> str:
        return f"{self.data}: {self.row}, {self.size} a class, seed {self.seed}"

    @property
    def recipe(self) -> Recipe:
        """What is simulated."""
        return recipe_of(self.data)

    def options(self) -> TrainOptions:
        """Rate and decay are those of the network's experiment in configs/."""
        return replace(as_trained(self.row, self.seed), epochs=EPOCHS[self.size], threads=1, workers=0)


def as_trained(row: Row, seed: int) -> TrainOptions:
    """Options of a network, those of a control being another one's."""
    return replace(replace(row, name=LIKE.get(row.name, row.name)).options(seed), model=row.name)


def figures(run: Run, work: Path) -> dict[str, Any]:
    """All figures of one run; its answers stay in ``work``."""
    data = work / f"{run.data}, {run.size} a class"
    simulated(run.recipe, data, {"train": run.size, "val": VAL}, SEED)
    start = time.process_time()
    config = train(data, work / str(run), run.options(), resume=True)
    seconds = time.process_time() - start
    network = lensym.load(work / str(run) / "model")
    answers = {kind: network.predict(images) for kind, images in tests(run, work).items()}
    np.savez(work / f"{run}.npz", upright=answers["upright"], rotated=answers["rotated"])
    labels = np.repeat(np.arange(len(config.classes)), TEST)
    found = {
        **asdict(run.row),
        "data": run.data,
        "size": run.size,
        "seed": run.seed,
        "cpu": processor(),
        "parameters": parameters(network.model.network),
        "gflop": gflop(network.model.network),
        "epochs": EPOCHS[run.size],
        "seconds": seconds,
        "validation_auc": [row["val_auc"] for row in config.training["history"]],
        "test": {
            "n": len(labels),
            **{kind: test_figures(answer, labels) for kind, answer in answers.items()},
            "lost": difference(answers["upright"], answers["rotated"], labels),
        },
    }
    if "physical" in run.data:
        found["stress"] = stress(run, network, answers["upright"][labels == 0])
    reference = work / f"{replace(run, row=REFERENCE)}.npz"
    if run.row != REFERENCE and reference.exists():
        with np.load(reference) as lensnet:
            found["behind"] = difference(lensnet["upright"], answers["upright"], labels)
    return found


def tests(run: Run, work: Path) -> dict[str, NDArray[Any]]:
    """The test scenes, class by class: as they are, and each turned by an angle of its own."""
    folder, turned = work / f"{run.data}, test", work / f"{run.data}, turned.npy"
    simulated(run.recipe, folder, {"test": TEST}, TEST_SEED)
    if not turned.exists():
        angles = [np.random.default_rng([ANGLE_SEED, k]).uniform(0, 2 * math.pi, TEST) for k in range(3)]
        beside = turned.with_suffix(".tmp.npy")
        np.save(beside, turned_images(run.recipe, "test", TEST_SEED, angles, NOISE_SEED))
        beside.replace(turned)
    return {"upright": DatasetFolder.open(folder).split("test").images(slice(None)), "rotated": np.load(turned)}


def stress(run: Run, network: Predictor, without: NDArray[np.float64]) -> dict[str, Any]:
    """Shares called CDM or axion: of scenes that only look like it, and of those ``without`` anything."""
    images = simulate_block(recipe_of(f"{run.recipe.name} stress"), "no_sub", "test", 0, STRESS, TEST_SEED).images
    shares = {}
    for name, answers in (("stress", network.predict(images)), ("no_sub", without)):
        wrong = int((answers.argmax(1) != 0).sum())
        shares[name] = {"n": len(answers), "share": wrong / len(answers), "interval": list(wilson(wrong, len(answers)))}
    return shares


def difference(first: NDArray[np.float64], second: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, Any]:
    """How far the macro AUC of ``second`` is behind that of ``first``, image by image."""
    found = auc_difference(first, second, labels)
    return {"value": found.value, "interval": list(found.interval)}


def facts() -> dict[str, Any]:
    """What all runs share."""
    return {
        "counts": {"val": VAL, "test": TEST, "stress": STRESS},
        "epochs": EPOCHS,
        "seeds": {"data": SEED, "test": TEST_SEED, "angles": ANGLE_SEED, "noise": NOISE_SEED},
        "versions": versions(PACKAGES),
    }


def planned(data: str, seeds: int) -> Iterator[Run]:
    """All runs of a recipe."""
    controlled = DATA[data] is CONTROLS
    for seed in range(seeds if controlled else ALONE_SEEDS):
        for size in EPOCHS if controlled else ALONE_SIZES:
            yield from (Run(data, row, size, seed) for row in DATA[data] if size <= LARGEST.get(row.name, size))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for data sets, runs and answers")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each row and size (default 3)")
    parser.add_argument("--sizes", type=int, nargs="*", choices=EPOCHS, default=tuple(EPOCHS), help="images a class")
    parser.add_argument("--data", nargs="*", choices=DATA, default=tuple(DATA), help="some of the recipes")
    parser.add_argument("--rows", nargs="*", metavar="ROW", help="some of the networks, as 'cnn_d4 x0.25'")
    parser.add_argument("--only", nargs=4, metavar=("DATA", "ROW", "SIZE", "SEED"), help="print the figures of one run")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if given.only:
        data, row, size, seed = given.only
        with redirect_stdout(sys.stderr):  # the lines of the epochs
            found = figures(Run(data, Row(**json.loads(row)), int(size), int(seed)), given.work)
        print(json.dumps(found))
        return
    wanted = [run for data in given.data for run in planned(data, given.seeds) if run.size in given.sizes]
    unknown = set(given.rows or ()) - {str(run.row) for run in wanted}
    if unknown:
        parser.error(f"no such rows: {', '.join(sorted(unknown))}; there are {sorted({str(r.row) for r in wanted})}")
    commands = {
        str(run): [
            __file__,
            str(given.work),
            "--only",
            run.data,
            json.dumps(asdict(run.row)),
            str(run.size),
            str(run.seed),
        ]
        for run in wanted
        if not given.rows or str(run.row) in given.rows
    }
    complete(given.out, facts(), commands)


if __name__ == "__main__":
    main()
