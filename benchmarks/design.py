"""Search for designs of lensnet: macro AUC on validation images against cost, by optuna.

    python benchmarks/design.py WORK [--out FILE] [--trials N]

A trial draws the samples, features, blocks, kernel and stem of a `lensym.models.lensnet.Size` with a learning rate, and
trains it on one data set of Model I of 150 px: 2 000 images a class, 4 passes. Two figures are sought at once, a high
macro AUC on 1 000 other images a class and few operations; the processor time of the training is written down beside
them. The sizes of the package that are as cheap come first, with three seeds each: what lies between the seeds of one
size is not a finding. No test image is touched.

WORK keeps the data set and optuna's journal, FILE the figures: a stopped search goes on from there, and several may
search together in one WORK. Needed: pip install 'lensym[dev]'.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import optuna
import torch
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, Trial, TrialState

from budget import Budget, Labelled, Plan, train_within
from folders import simulated
from lensym.atomic import write_atomically
from lensym.models.cost import gflop, parameters
from lensym.models.lensnet import TINY, USUAL, LensNet, Size
from lensym.simulation.recipe import load_recipe
from lensym.store import DatasetFolder
from lensym.train.options import TrainOptions
from machine import processor, versions

RECIPE, IMAGE_SIZE = "model_1", 150
COUNTS = {"train": 2000, "val": 1000}
"""Images of each class."""
DATA_SEED = 71
BUDGET = Budget(presentations=24_000, seconds=math.inf, batch=64)
MOST_GFLOP = 0.06
"""Dearer designs are left out: lensnet shall cost less."""
SEEDS = (1, 2, 3)
SIZES = {"lensnet-tiny": TINY, "lensnet": USUAL}
LEARNING_RATE = 0.008
RESULTS = Path(__file__).parent / "results" / "design.json"
PACKAGES = ("lensym", "torch", "numpy", "lightning", "optuna")


def drawn(trial: Trial) -> Size:
    """A design of the trial's choice."""
    width, stages = trial.suggest_categorical("width", [8, 12, 16, 24, 32, 48]), trial.suggest_int("stages", 2, 4)
    depths = tuple(trial.suggest_int(f"depth_{stage}", 0, 4) for stage in range(stages))
    stride = (trial.suggest_categorical("stem_radius", [1, 2]), trial.suggest_categorical("stem_angle", [2, 4]))
    step = 4 * stride[1] * 2 ** (stages - 1)
    return Size(
        radii=trial.suggest_int("radii", 24, 64, step=8),
        angles=max(round(trial.suggest_int("angles", 96, 320, step=32) / step), 1) * step,
        widths=tuple(width * 2**stage for stage in range(stages)),
        depths=depths,
        reach=trial.suggest_float("reach", 0.45, 0.8, step=0.05),
        stem_stride=stride,
        kernel=trial.suggest_categorical("kernel", [3, 5, 7]),
    )


def tried(trial: Trial, train: Labelled, val: Labelled) -> tuple[float, float]:
    """Macro AUC on the validation images, and GFLOP of an image."""
    name = trial.user_attrs.get("name")
    size = SIZES[name] if name else drawn(trial)
    seed = trial.user_attrs.get("seed", SEEDS[0])
    rate = LEARNING_RATE if name else trial.suggest_float("learning_rate", 0.003, 0.03, log=True)
    torch.manual_seed(seed)
    network = LensNet(IMAGE_SIZE, 1, len(load_recipe(RECIPE).classes), size)
    cost = gflop(network)
    if cost > MOST_GFLOP:
        raise optuna.TrialPruned
    options = replace(TrainOptions(), learning_rate=rate, seed=seed, threads=1)
    plan = Plan(BUDGET.batch, BUDGET.presentations // BUDGET.batch, COUNTS["val"])
    _, record = train_within(network, options, train, val, plan)
    figures = {"parameters": parameters(network), "seconds": record.seconds, "aucs": record.aucs, "cpu": processor()}
    design = {**asdict(size), "learning_rate": rate, "seed": seed}
    for key, value in {**figures, "design": design}.items():
        trial.set_user_attr(key, value)
    return max(record.aucs), cost


def labelled(folder: DatasetFolder, split: str) -> Labelled:
    """Images of a split in memory."""
    view = folder.split(split)
    return Labelled(view.images(slice(None)), view.labels)


def study_in(work: Path) -> optuna.Study:
    """The search that ``work`` keeps; a new one begins with the sizes of the package."""
    storage = JournalStorage(JournalFileBackend(str(work / "journal.log")))
    sampler = optuna.samplers.TPESampler(n_startup_trials=10, multivariate=True, group=True, constant_liar=True)
    study = optuna.create_study(
        storage=storage, study_name="lensnet", sampler=sampler, directions=["maximize", "minimize"], load_if_exists=True
    )
    if not study.trials:
        for name in SIZES:
            for seed in SEEDS:
                study.enqueue_trial({}, user_attrs={"name": name, "seed": seed})
    return study


def figures_of(trial: FrozenTrial) -> dict[str, Any]:
    """What the file says of a trial."""
    return {"name": trial.user_attrs.get("name"), "auc": trial.values[0], "gflop": trial.values[1]} | {
        key: trial.user_attrs[key] for key in ("parameters", "seconds", "aucs", "cpu", "design")
    }


def write(study: optuna.Study, out: Path) -> None:
    """All finished trials, in their order."""
    done = [trial for trial in study.trials if trial.state == TrialState.COMPLETE]
    facts = {
        "recipe": RECIPE,
        "counts": COUNTS,
        "seed": DATA_SEED,
        "presentations": BUDGET.presentations,
        "most_gflop": MOST_GFLOP,
        "versions": versions(PACKAGES),
        "trials": [figures_of(trial) for trial in done],
    }
    write_atomically(out, f"{json.dumps(facts, indent=1)}\n".encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for the data set and the journal")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--trials", type=int, default=40, help="trials to run now (default 40)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.work.mkdir(parents=True, exist_ok=True)
    simulated(load_recipe(RECIPE), options.work / "data", COUNTS, DATA_SEED)
    folder = DatasetFolder.open(options.work / "data")
    train, val = labelled(folder, "train"), labelled(folder, "val")
    study = study_in(options.work)
    study.optimize(
        lambda trial: tried(trial, train, val),
        n_trials=options.trials,
        callbacks=[lambda found, _: write(found, options.out)],
    )


if __name__ == "__main__":
    main()
