"""Images a second that ``lensym import`` takes, beside ``numpy.load`` in a loop and h5py.

    python benchmarks/importing.py [--count N] [--rounds N] [--folder DIR] [--json FILE]

The source is what Model I looks like: ``.npy`` files of int64 counts, those of the axions being object arrays of an
image and its mass. 500 simulated images are repeated, each time with other Poisson noise, until there are enough.
lensym imports them with all that it checks: every image finite, not constant and not there twice, turned copies
included; the sha256 of every file and shard. The others load each file, the objects by pickle, and write 500 images at
a time with h5py, as they are (int64) or as uint16, which lensym stores as well. Each ends when its files are on
the disk. The three take turns; times are medians of the rounds, on the wall and of the processor, with the source in
the system's cache.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import h5py
import numpy as np

from lensym.data.importing.run import import_to_folder
from lensym.simulation.memory import simulate
from machine import processor, versions

PACKAGES = ("lensym", "numpy", "h5py")
SIMULATED = 500
SHARD = 500


def make_source(root: Path, count: int) -> None:
    """So many files, a third of each class."""
    classes = ("no_sub", "cdm", "axion")
    rng = np.random.default_rng(0)
    for name in classes:
        images = simulate("model_1", count=-(-SIMULATED // len(classes)), seed=0, classes=[name]).images[:, 0]
        folder = root / "Model_I" / name
        folder.mkdir(parents=True)
        for k in range(-(-count // len(classes))):
            image = rng.poisson(images[k % len(images)]).astype(np.int64)
            content = image if name != "axion" else with_mass(image, 10 ** rng.uniform(-24, -22))
            np.save(folder / f"{name}_sim_{k}.npy", content, allow_pickle=name == "axion")


def with_mass(image: np.ndarray, mass: float) -> np.ndarray:
    """As the axion files of Model I are."""
    array = np.empty(2, object)
    array[0], array[1] = image, mass
    return array


def plain_loop(source: Path, out: Path, dtype: type) -> None:
    """What one would write for oneself: no checks, no sums, one file a class."""
    out.mkdir()
    for folder in sorted((source / "Model_I").iterdir()):
        files = sorted(folder.iterdir())
        with h5py.File(out / f"{folder.name}.h5", "w") as store:
            images = store.create_dataset("images", (len(files), 150, 150), dtype)
            for start in range(0, len(files), SHARD):
                block = [image_of(file) for file in files[start : start + SHARD]]
                images[start : start + len(block)] = np.stack(block).astype(dtype)
        sync(out / f"{folder.name}.h5")


def sync(file: Path) -> None:
    """Wait until a file is on the disk, as lensym does."""
    with file.open("rb") as written:
        os.fsync(written.fileno())


def image_of(file: Path) -> np.ndarray:
    """Whatever code the file runs."""
    array = np.load(file, allow_pickle=True)
    image: np.ndarray = array[0] if array.dtype == object else array
    return image


def seconds(run: Callable[[Path, Path], object], source: Path) -> tuple[float, float]:
    """Of one run, on the wall and of the processor."""
    out = source.parent / "out"
    os.sync()  # what a run before left to be written is no part of this one
    start, processor_start = time.perf_counter(), time.process_time()
    run(source, out)
    taken = time.perf_counter() - start, time.process_time() - processor_start
    shutil.rmtree(out)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=None, help="where to work, not the temporary folder")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    runs: dict[str, Callable[[Path, Path], object]] = {
        "lensym": import_to_folder,
        "np.load, h5py as uint16": lambda source, out: plain_loop(source, out, np.uint16),
        "np.load, h5py as int64": lambda source, out: plain_loop(source, out, np.int64),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        source = Path(folder, "source")
        make_source(source, options.count)
        for number in range(options.rounds):
            for name, run in runs.items():
                times[name].append(seconds(run, source))
                wall, processor_time = times[name][-1]
                print(f"round {number + 1}: {name}: {wall:.2f} s, {processor_time:.2f} s of the processor", flush=True)
    found = result(times, options)
    print(json.dumps(found["rows"], indent=2))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


def result(times: dict[str, list[tuple[float, float]]], options: argparse.Namespace) -> dict[str, Any]:
    """Medians, and how many times as fast lensym is in the same round."""
    count = 3 * -(-options.count // 3)
    rows = [
        {
            "what": name,
            **{key: median(run[k] for run in runs) for k, key in enumerate(("wall_s", "processor_s"))},
            "rate": count / median(wall for wall, _ in runs),
            "times_lensym": median(theirs[0] / ours[0] for ours, theirs in zip(times["lensym"], runs, strict=True)),
        }
        for name, runs in times.items()
    ]
    facts = {"cpu": processor(), "versions": versions(PACKAGES), "count": count, "rounds": options.rounds}
    return {**facts, "rows": rows}


if __name__ == "__main__":
    main()
