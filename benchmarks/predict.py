"""Images a second that ``lensym predict`` answers on, beside a plain loop over the same files.

    python benchmarks/predict.py [--count N] [--rounds N] [--workers N] [--folder DIR] [--json FILE]

The files are simulated cutouts as a telescope delivers them: SCI with its WCS, PSF and noise map, 150 x 150 px. The
plain loop opens each with astropy, takes SCI as single precision, gives 64 at a time to the same network and keeps
probabilities and out-of-distribution scores; once torch may use every core and once one thread, which is faster where
other programs run too, and the faster of the two counts. lensym does that and all that it checks and says: the pixel
scale, the centre, the sky level, missing pixels, the position, and a table that a stop cannot harm. They take turns,
each as a process of its own. Each answers on the first half of the files and on all: what the second half takes is the
rate of many files, and what the first takes longer is the start, that of the worker processes included. Times are
medians of the rounds, with the files in the system's cache.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from lensym.simulation.fits import write_fits
from lensym.simulation.memory import simulate
from machine import processor, versions

PACKAGES = ("lensym", "numpy", "torch", "astropy")
SIMULATED = 150
LENSYM, PLAIN = "lensym predict", ("plain loop, every core", "plain loop, one thread")
COMMAND = "from lensym.cli import main; raise SystemExit(main())"
PLAIN_LOOP = """
import sys
from pathlib import Path
import numpy as np
from astropy.io import fits
import lensym

network = lensym.load("lensnet")
paths, answers = sorted(Path(sys.argv[1]).iterdir()), []
for start in range(0, len(paths), 64):
    images = []
    for path in paths[start : start + 64]:
        with fits.open(path) as file:
            images.append(file["SCI"].data.astype(np.float32))
    answer = network.answer(np.stack(images)[:, None])
    answers.append((network.probabilities(answer.logits), answer.ood))
print(sum(len(ood) for _, ood in answers))
"""


def make_files(folder: Path, count: int) -> None:
    """So many cutouts: simulated ones, and copies of them."""
    images = simulate("model_1", SIMULATED // 3, seed=0).images[:, 0].astype(np.float32)
    psf = np.ones((11, 11), np.float32) / 121
    folder.mkdir()
    for k in range(count):
        path = folder / f"{k:06d}.fits"
        if k < len(images):
            write_fits(path, images[k], 0.05, psf, np.sqrt(images[k] + 1))
        else:
            shutil.copy(folder / f"{k % len(images):06d}.fits", path)


class Times(NamedTuple):
    """Seconds of one run: by the clock, and of the processor, all its processes together."""

    wall: float
    processor: float


def seconds(command: list[str]) -> Times:
    """Of one run."""
    start, before = time.perf_counter(), os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Times(time.perf_counter() - start, spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None, help="where to work, not the temporary folder")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    times: dict[str, list[tuple[Times, Times]]] = {name: [] for name in (LENSYM, *PLAIN)}
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        files, first = Path(folder, "files"), Path(folder, "first")
        make_files(files, options.count)
        make_files(first, options.count // 2)
        for number in range(options.rounds):
            for name in times:
                times[name].append((seconds(command(name, first, options)), seconds(command(name, files, options))))
                half, whole = times[name][-1]
                print(
                    f"round {number + 1}: {name}: {whole.wall:.1f} s, {half.wall:.1f} s on the first half", flush=True
                )
    found = result(times, load, options)
    print(json.dumps(found["rows"], indent=2))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


def command(name: str, files: Path, options: argparse.Namespace) -> list[str]:
    """What answers on all files of a folder."""
    if name in PLAIN:
        threads = "torch.set_num_threads(1)" if name == PLAIN[1] else ""
        return [sys.executable, "-c", f"import torch\n{threads}\n{PLAIN_LOOP}", str(files)]
    out = ["--out", str(files.with_suffix(".csv")), "--workers", str(options.workers)]
    return [sys.executable, "-c", COMMAND, "predict", str(files), "--hdu", "SCI", *out]


def result(times: dict[str, list[tuple[Times, Times]]], load: float, options: argparse.Namespace) -> dict[str, Any]:
    """Medians, and how many times as fast as the faster plain loop of the round; the load before is that of others."""
    taken = {name: [whole.wall - half.wall for half, whole in rounds] for name, rounds in times.items()}
    faster = [min(pair, key=lambda run: run[1].wall) for pair in zip(*(times[name] for name in PLAIN), strict=True)]
    plain = [whole.wall - half.wall for half, whole in faster]
    rows = [
        {
            "what": name,
            "start_s": median(2 * half.wall - whole.wall for half, whole in times[name]),
            "wall_s": median(whole.wall for _, whole in times[name]),
            "processor_ms": 1000
            * median(whole.processor - half.processor for half, whole in times[name])
            / (options.count - options.count // 2),
            "rate": (options.count - options.count // 2) / median(own),
            "times_plain": median(theirs / mine for mine, theirs in zip(own, plain, strict=True)),
            "times_plain_whole": median(
                theirs.wall / mine.wall for (_, mine), (_, theirs) in zip(times[name], faster, strict=True)
            ),
        }
        for name, own in taken.items()
    ]
    facts = {"cpu": processor(), "cores": os.cpu_count(), "versions": versions(PACKAGES), "load_before": load}
    return {**facts, "count": options.count, "rounds": options.rounds, "workers": options.workers, "rows": rows}


if __name__ == "__main__":
    main()
