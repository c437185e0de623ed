"""Images a second that ``lensym simulate`` stores with one worker process and with several, and its memory.

    python benchmarks/scale.py [--recipe NAME] [--few N] [--many N] [--rounds N] [--folder DIR] [--json FILE]

Each run is a process of its own that makes a data set in a new folder. The rate is that of the images by which ``many``
exceeds ``few``, in the time by which its run takes longer, so that starting up (some seconds) does not count; stored
files do. Numbers of workers take turns; rates and ratios are medians of the rounds. Memory is the largest resident size
of any one process of a run. Nothing else should run on the machine meanwhile, and a slow disk should be known: compare
with a folder in memory, ``--folder /dev/shm`` under Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from lensym.simulation.pool import available_cores
from lensym.simulation.recipe import load_recipe
from machine import processor, versions

PACKAGES = ("lensym", "numpy", "numba")


def simulate(recipe: str, count: int, workers: int, parent: Path | None) -> tuple[float, float]:
    """Seconds and mebibytes of one run of ``count`` images a class, into a new folder of ``parent``."""
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        lensym = Path(sys.executable).with_name("lensym")
        command = [lensym, "simulate", recipe, f"{folder}/data", f"--count={count}", f"--workers={workers}"]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - start
        if status:
            sys.exit(f"{' '.join(map(str, command))} failed")
    return taken, usage.ru_maxrss / 1024


def measure(recipe: str, few: int, many: int, rounds: int, parent: Path | None) -> list[dict[str, Any]]:
    """One row for each number of workers: 1, and one for each core."""
    numbers = sorted({1, available_cores()})
    rates: dict[int, list[float]] = {workers: [] for workers in numbers}
    memory: dict[int, list[tuple[float, float]]] = {workers: [] for workers in numbers}
    classes = len(load_recipe(recipe).classes)
    for number in range(rounds):
        for workers in numbers:
            (short, low), (long, high) = (simulate(recipe, count, workers, parent) for count in (few, many))
            rates[workers].append(classes * (many - few) / (long - short))
            memory[workers].append((low, high))
            print(f"round {number + 1}: {workers} workers, {rates[workers][-1]:.0f} images/s, {low:.0f} {high:.0f} MiB")
    return [
        {
            "workers": workers,
            "rate": median(rates[workers]),
            "rates": rates[workers],
            "times_one": median(own / one for own, one in zip(rates[workers], rates[1], strict=True)),
            "mib_few": max(low for low, _ in memory[workers]),
            "mib_many": max(high for _, high in memory[workers]),
        }
        for workers in numbers
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="model_1")
    parser.add_argument("--few", type=int, default=2000, help="images a class of the short runs")
    parser.add_argument("--many", type=int, default=12000, help="images a class of the long runs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to store the images; default: where temporary files go")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    simulate(options.recipe, 1, 1, options.folder)  # compiles the kernels where they are not yet
    rows = measure(options.recipe, options.few, options.many, options.rounds, options.folder)
    result = {
        "recipe": options.recipe,
        "few": options.few,
        "many": options.many,
        "rounds": options.rounds,
        "cpu": processor(),
        "versions": versions(PACKAGES),
        "rows": rows,
    }
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
