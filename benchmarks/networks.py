"""Every network on the same small Model I, with the same budget: what it reaches, and what it costs.

    python benchmarks/networks.py WORK [--out FILE] [--seeds N] [--workers N] [--only ROW SEED]

Images of 64 px of 0.1 arcsec, with the background noise that four of Model I's pixels have together; 5 000 a class to
train on, 1 000 to choose the state by, 2 000 to test. A network may see 20 000 images or take 4 minutes of processor
time on one thread, whichever ends first. Tested are upright scenes, as Model I has them, and the same scenes turned by
a random angle and simulated anew. A network too slow for all test images is tested on the first ones of each class.

Each run is a process of its own. WORK keeps the weights and logits, FILE the figures: a stopped benchmark goes on from
there. It goes through all rows with the first seed, then with the next; cheap networks come first.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from budget import Budget, Labelled, affordable, make_plan, train_within
from lensym.evaluation.audit import LogitsFunction, grid_subgroup, group_audit, relative_change
from lensym.evaluation.intervals import auc_difference, delong
from lensym.evaluation.metrics import accuracy
from lensym.models.classifier import Classifier
from lensym.models.cost import gflop, parameters
from lensym.models.registry import available, entry
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import Recipe, load_recipe
from lensym.simulation.turned import turned_images
from machine import forget_highest_memory, processor, resident, versions
from model_1 import logits_in
from resumable import complete
from rows import Row, narrowed
from steerable import DIGITS, EQUAL

RECIPE, SIZE = "model_1", 64
CHANGES = [f"image.size={SIZE}", "image.pixel_scale=0.1", "observation.noise.background_rms=0.02"]
COUNTS = {"train": 5000, "val": 1000, "test": 2000}
"""Images of each class."""
DATA_SEED, ANGLE_SEED, NOISE_SEED = 11, 12, 13
BUDGET = Budget(presentations=20_000, seconds=240.0, batch=32)
TEST_SECONDS, FEWEST_TESTED = 120.0, 15
"""Processor time that a test set may take, but at least for so many images of a class."""
AUDITED, TURNED = 5, 100
"""Images of each class: for the group's elements, and for the turn by 45 degrees."""
AUGMENTED = ("cnn", "resnet18", "alexnet", "vit_tiny")
"""Networks without symmetry: with and without turned training images."""
HEAVY, SMALL = 4.0, 1 / 3
"""GFLOP of an image: a network above the one is narrowed to at most the other, as it would see a few hundred images."""
RESULTS = Path(__file__).parent / "results" / "networks.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning")


def rows() -> tuple[Row, ...]:
    """All rows, the cheap ones first."""
    found = [Row(name) for name in {*available(), *EQUAL} - {*DIGITS}]
    found = [narrowed(row, SIZE, HEAVY, SMALL) for row in found]
    costs = {row: cost(row) for row in found}
    costs |= {replace(Row(name), augment=False): costs[Row(name)] for name in AUGMENTED}
    return tuple(sorted(costs, key=lambda row: (costs[row], str(row))))


def cost(row: Row) -> float:
    """GFLOP of an image."""
    return gflop(row.build(SIZE, len(recipe().classes)))


def recipe() -> Recipe:
    """The recipe of all images."""
    return load_recipe(RECIPE, changes=CHANGES)


def stored(split: str) -> Labelled:
    """Upright images of a split."""
    r = recipe()
    images = [simulate_block(r, name, split, 0, COUNTS[split], DATA_SEED).images for name in r.classes]
    return Labelled(np.concatenate(images), labels(COUNTS[split]))


def labels(count: int) -> NDArray[np.int64]:
    """Labels of ``count`` images of each class, class by class."""
    return np.repeat(np.arange(len(recipe().classes)), count)


def turned_tests(angle: float | None, noise: int | None, count: int) -> Labelled:
    """The first ``count`` test scenes of each class, turned by ``angle`` (radians) or each by an angle of its own."""
    classes = range(len(recipe().classes))
    angles = [np.random.default_rng([ANGLE_SEED, k]).uniform(0, 2 * math.pi, COUNTS["test"])[:count] for k in classes]
    if angle is not None:
        angles = [np.full(count, angle) for _ in classes]
    return Labelled(turned_images(recipe(), "test", DATA_SEED, angles, noise), labels(count))


def trained(row: Row, seed: int, weights: Path) -> tuple[Classifier, dict[str, Any]]:
    """The network with trained weights, and how it was trained; from the file if it was trained before."""
    torch.manual_seed(seed)
    network = row.build(SIZE, len(recipe().classes))
    if weights.exists():
        kept = torch.load(weights, weights_only=True)
        network.load_state_dict(kept["state"])
        return network, kept["training"]
    train, val = stored("train"), stored("val")
    plan = make_plan(network, train, val, BUDGET)
    options = row.options(seed)
    before = resident("VmRSS")
    forget_highest_memory()
    network, record = train_within(network, options, train, val, plan)
    facts = {
        **asdict(plan),
        "images": record.images,
        "seconds": record.seconds,
        "memory_mib": (resident("VmHWM") - before) / 1024,
        "validation_auc": record.aucs,
        "learning_rate": options.learning_rate,
        "weight_decay": options.weight_decay,
    }
    beside = weights.with_suffix(".tmp")
    torch.save({"state": network.state_dict(), "training": facts}, beside)
    beside.replace(weights)
    return network, facts


def run(row: Row, seed: int, work: Path) -> dict[str, Any]:
    """All figures of one row and seed."""
    network, training = trained(row, seed, work / f"{row}, seed {seed}.pt")
    upright = stored("test")
    tested = affordable(network, upright, TEST_SECONDS, FEWEST_TESTED)
    logits = logits_in(network, torch.float32)
    start = time.process_time()
    test = tests(logits, upright.first(tested), turned_tests(None, NOISE_SEED, tested))
    test["seconds"] = time.process_time() - start
    group = entry(row.name).group
    return {
        **asdict(row),
        "seed": seed,
        "cpu": processor(),
        "group": group,
        "exact": entry(row.name).exact,
        "parameters": parameters(network),
        "gflop": gflop(network),
        "training": training,
        "test": test,
        "invariance": invariance(logits, upright.first(AUDITED), group),
        "turned_45": turned_45(logits, upright, min(TURNED, max(AUDITED, tested // 10))),
    }


def tests(logits: LogitsFunction, upright: Labelled, rotated: Labelled) -> dict[str, Any]:
    """Figures on upright and on turned scenes, and what turning costs, compared image by image."""
    truth = upright.labels.numpy()
    answers = {
        name: softmax(logits(images.images), axis=1) for name, images in (("upright", upright), ("rotated", rotated))
    }
    loss = auc_difference(answers["upright"], answers["rotated"], truth)
    return {
        "n": len(truth),
        **{name: figures(answer, truth) for name, answer in answers.items()},
        "lost": {"value": loss.value, "interval": list(loss.interval)},
    }


def figures(probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> dict[str, Any]:
    """Macro AUC with what the interval of a mean over seeds needs, and accuracy."""
    macro = delong(probabilities, truth).macro
    return {
        "macro_auc": macro.value,
        "interval": list(macro.interval()),
        "variance": macro.variance,
        "freedom": macro.freedom,
        "pairs": macro.pairs,
        "accuracy": accuracy(probabilities, truth),
    }


def invariance(logits: LogitsFunction, images: Labelled, group: str) -> dict[str, float]:
    """Largest change of the logits under the network's own group's elements on the pixel grid, and under D4's."""
    return {g: group_audit(logits, images.images, group=g).worst for g in (grid_subgroup(group), "D4")}


def turned_45(logits: LogitsFunction, upright: Labelled, count: int) -> dict[str, float]:
    """Change of the logits, over their spread, between scenes and the same ones turned by 45 degrees.

    Without noise; with noise, drawn anew for the turned one; and, what noise does by itself, drawn anew for the same
    scene.
    """
    angle = math.pi / 4
    plain, turned, noisy, again = (
        logits(turned_tests(a, noise, count).images)
        for a, noise in ((0.0, None), (angle, None), (angle, NOISE_SEED), (0.0, NOISE_SEED))
    )
    stored_logits = logits(upright.first(count).images)
    return {
        "n": len(plain),
        "change": relative_change(plain, turned),
        "largest": float(np.abs(turned - plain).max()) / max(1.0, float(np.abs(plain).max())),
        "with_noise": relative_change(stored_logits, noisy),
        "noise_alone": relative_change(stored_logits, again),
    }


def facts() -> dict[str, Any]:
    """What all runs share."""
    return {
        "recipe": RECIPE,
        "changes": CHANGES,
        "counts": COUNTS,
        "seeds": {"data": DATA_SEED, "angles": ANGLE_SEED, "noise": NOISE_SEED},
        "budget": asdict(BUDGET),
        "versions": versions(PACKAGES),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for weights")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each row (default 3)")
    parser.add_argument(
        "--only", nargs=2, metavar=("ROW", "SEED"), help='print the figures of one run, as of \'{"name": "cnn"}\' 0'
    )
    parser.add_argument("--workers", type=int, default=1, help="runs at once (default 1)")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if options.only:
        row, seed = map(json.loads, options.only)
        print(json.dumps(run(Row(**row), seed, options.work)))
        return
    planned_rows = rows()
    planned = {
        f"{row}, seed {seed}": [__file__, str(options.work), "--only", json.dumps(asdict(row)), str(seed)]
        for seed in range(options.seeds)
        for row in planned_rows
    }
    complete(options.out, facts(), planned, options.workers)


if __name__ == "__main__":
    main()
