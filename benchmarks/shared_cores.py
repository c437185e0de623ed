"""How long ``lensym train`` takes on cores that run other programs too, by how long its threads wait awake.

    python benchmarks/shared_cores.py [--rounds N] [--json FILE]

The command trains lensnet on images of Model II with as many threads as there are cores, alone and beside as many
other programs that train on one thread each. Its threads wait for each other as the command line asks for, or as GNU's
OpenMP does by itself; a third run has one thread. They take turns. Times are those on the wall, start included, medians
of the rounds. Nothing else may run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from folders import simulated
from lensym.simulation.recipe import load_recipe
from machine import processor, versions

RECIPE = "model_2"
COUNTS, SEED = {"train": 1000, "val": 50}, 81
CORES = os.cpu_count() or 1
WAITS: dict[str, dict[str, str]] = {
    "as the command line asks": {},
    "as OpenMP does by itself": {"GOMP_SPINCOUNT": "300000"},
    "one thread": {"OMP_NUM_THREADS": "1"},
}
"""Environment of the command."""
COMMAND = "from lensym.cli import main; raise SystemExit(main())"
BUSY = """
import torch

torch.set_num_threads(1)
layer, images = torch.nn.Conv2d(16, 16, 3), torch.rand(32, 16, 64, 64)
while True:
    layer(images).relu().mean().backward()
"""
"""A program that trains on one thread and does not end."""
PACKAGES = ("lensym", "torch", "lightning")


def seconds(data: Path, environment: dict[str, str]) -> float:
    """Time of one training."""
    with tempfile.TemporaryDirectory() as folder:
        train = ["train", str(data), f"{folder}/run", "--epochs", "1", "--workers", "0"]
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "GOMP_"))}
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", COMMAND, *train], check=True, capture_output=True, env=kept | environment)
        return time.perf_counter() - start


@contextmanager
def busy(programs: int) -> Iterator[None]:
    """So many programs that train, for as long as this lasts."""
    running = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(programs)]
    try:
        yield
    finally:
        for program in running:
            program.kill()
            program.wait()


def measured(rounds: int) -> dict[str, Any]:
    """All figures."""
    times: dict[str, dict[int, list[float]]] = {name: {programs: [] for programs in (0, CORES)} for name in WAITS}
    with tempfile.TemporaryDirectory() as folder:
        data = simulated(load_recipe(RECIPE), Path(folder) / "data", COUNTS, SEED)
        for _ in range(rounds):
            for programs in (0, CORES):
                with busy(programs):
                    for name, environment in WAITS.items():
                        times[name][programs].append(seconds(data, environment))
    runs = {name: {str(programs): median(found) for programs, found in of.items()} for name, of in times.items()}
    facts = {"cores": CORES, "rounds": rounds, "counts": COUNTS, "cpu": processor(), "versions": versions(PACKAGES)}
    return {**facts, "runs": runs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2, help="trainings of each kind (default 2)")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    text = json.dumps(measured(options.rounds), indent=1)
    print(text)
    if options.json:
        options.json.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
