"""What is left of the classes without shortcuts: networks on physical lenses, and on what smooth lenses leave of them.

    python benchmarks/physical.py WORK [--out FILE] [--train N] [--test N] [--only NAME]

Images are those of Model I's physical variant with smooth sources and without neighbours, so that a smooth lens can be
fitted to them: lenses and sources differ, and the lens gives up the mass that substructure has. A network with ``+fit``
behind its name sees what the fit leaves of the images too. Each learns from N images of each class in 20 passes, with
the options of benchmarks/headline.py, and is tested on images of another seed; the others are compared with the first
one image by image. ``fit_excess`` needs no training: it says how much the fit leaves.

Each run is a process of its own on one thread. WORK keeps data sets and runs, FILE the figures: a stopped benchmark
goes on from there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import lensym
from folders import FIT, fitted, simulated
from headline import as_trained, difference
from left_over import against
from lensym.conventions import SMOOTH
from lensym.models.cost import gflop, parameters
from lensym.simulation.stored import FITTED
from lensym.store import DatasetFolder
from lensym.train.run import train
from machine import processor, versions
from named import recipe_of
from networks import figures as test_figures
from resumable import complete
from rows import Row

RECIPE = "model_1 physical plain"
TRAIN, VAL, TEST = 1500, 300, 1000
"""Images of each class."""
EPOCHS = 20
DATA_SEED, TEST_SEED, SEED = 81, 82, 1
REFERENCE = f"lensnet{FIT}"
EXCESS = f"{FITTED}excess"
NETWORKS = (REFERENCE, f"lensnet_broken{FIT}", f"cnn{FIT}", "lensnet", "radial_profile")
NAMES = (*NETWORKS, EXCESS)
RESULTS = Path(__file__).parent / "results" / "physical.json"
PACKAGES = ("lensym", "torch", "numpy", "scipy", "lightning")


def run(name: str, images: int, tested: int, work: Path) -> dict[str, Any]:
    """All figures of one network, or of the score that needs none."""
    recipe = recipe_of(RECIPE)
    test = simulated(recipe, work / "test", {"test": tested}, TEST_SEED)
    if name == EXCESS:
        view = DatasetFolder.open(fitted(test)).split("test")
        return {"against_smooth": against_smooth(view.truth[EXCESS], view.labels, recipe.classes)}
    data = simulated(recipe, work / "data", {"train": images, "val": max(images * VAL // TRAIN, 20)}, DATA_SEED)
    if name.endswith(FIT):
        data, test = fitted(data), fitted(test)
    options = replace(as_trained(Row(name.removesuffix(FIT)), SEED), epochs=EPOCHS, threads=1, workers=0)
    start = time.process_time()
    config = train(data, work / name, options, resume=True)
    seconds = time.process_time() - start
    network, view = lensym.load(work / name / "model"), DatasetFolder.open(test).split("test")
    answers = network.predict(view.images(slice(None)))
    np.save(work / f"{name}.npy", answers)
    found = {
        "cpu": processor(),
        "parameters": parameters(network.model.network),
        "gflop": gflop(network.model.network),
        "seconds": seconds,
        "validation_auc": [row["val_auc"] for row in config.training["history"]],
        "test": {"n": len(answers), **test_figures(answers, view.labels)},
        "against_smooth": against_smooth(-answers[:, config.classes.index(SMOOTH)], view.labels, config.classes),
    }
    if name != REFERENCE and (work / f"{REFERENCE}.npy").exists():
        found["behind"] = difference(np.load(work / f"{REFERENCE}.npy"), answers, view.labels)
    return found


def against_smooth(score: NDArray[Any], labels: NDArray[np.int64], classes: tuple[str, ...]) -> dict[str, list[float]]:
    """Of each substructure class, the AUC of a score against smooth lenses and the ends of its 95 % interval."""
    of_class = {name: score[labels == label] for label, name in enumerate(classes)}
    return {name: against(of_class[SMOOTH], of_class[name]) for name in classes if name != SMOOTH}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for data sets and runs")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--train", type=int, default=TRAIN, help=f"training images of each class ({TRAIN})")
    parser.add_argument("--test", type=int, default=TEST, help=f"test images of each class ({TEST})")
    parser.add_argument("--only", choices=NAMES, help="print the figures of one run")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if options.only:
        with redirect_stdout(sys.stderr):  # the lines of the epochs
            found = run(options.only, options.train, options.test, options.work)
        print(json.dumps(found))
        return
    facts = {
        "recipe": RECIPE,
        "images": options.train,
        "epochs": EPOCHS,
        "seeds": {"data": DATA_SEED, "test": TEST_SEED, "training": SEED},
        "versions": versions(PACKAGES),
    }
    size = ("--train", str(options.train), "--test", str(options.test))
    complete(options.out, facts, {name: [__file__, str(options.work), *size, "--only", name] for name in NAMES})


if __name__ == "__main__":
    main()
