"""Images a second that ``lensym predict`` answers on, beside a plain loop over the same files.

    python benchmarks/predict.py [--count N] [--rounds N] [--workers N] [--folder DIR] [--json FILE]

The files are simulated cutouts as a telescope delivers them: SCI with its WCS, PSF and noise map, 150 x 150 px. The
plain loop opens each with astropy, takes SCI as single precision, gives 64 at a time to the same network and keeps
probabilities and out-of-distribution scores; torch may use every core. lensym does that and all that it checks and
says: the pixel scale, the centre, the sky level, missing pixels, the position, and a table that a stop cannot harm. The
two take turns, each as a process of its own. What the same command takes for the first 64 files is its start and is
taken off, so that the rate is that of many files; it stands beside. Times are medians of the rounds, with the files in
the system's cache.
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
from typing import Any

import numpy as np

from lensym.simulation.fits import write_fits
from lensym.simulation.memory import simulate
from machine import processor, versions

PACKAGES = ("lensym", "numpy", "torch", "astropy")
SIMULATED = 150
FEW = 64
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


def seconds(command: list[str]) -> float:
    """Of one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None, help="where to work, not the temporary folder")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    times: dict[str, list[tuple[float, float]]] = {"lensym predict": [], "plain loop": []}
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        files, few = Path(folder, "files"), Path(folder, "few")
        make_files(files, options.count)
        make_files(few, FEW)
        for number in range(options.rounds):
            for name in times:
                times[name].append((seconds(command(name, few, options)), seconds(command(name, files, options))))
                start, whole = times[name][-1]
                print(f"round {number + 1}: {name}: {whole:.1f} s, {start:.1f} s of them the start", flush=True)
    found = result(times, load, options)
    print(json.dumps(found["rows"], indent=2))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


def command(name: str, files: Path, options: argparse.Namespace) -> list[str]:
    """What answers on all files of a folder."""
    if name == "plain loop":
        return [sys.executable, "-c", PLAIN_LOOP, str(files)]
    out = ["--out", str(files.with_suffix(".csv")), "--workers", str(options.workers)]
    return [sys.executable, "-c", COMMAND, "predict", str(files), "--hdu", "SCI", *out]


def result(times: dict[str, list[tuple[float, float]]], load: float, options: argparse.Namespace) -> dict[str, Any]:
    """Medians, and how many times as fast as the plain loop of the same round; the load before is that of others."""
    taken = {name: [whole - start for start, whole in rounds] for name, rounds in times.items()}
    rows = [
        {
            "what": name,
            "start_s": median(start for start, _ in times[name]),
            "wall_s": median(own),
            "rate": (options.count - FEW) / median(own),
            "times_plain": median(theirs / mine for mine, theirs in zip(own, taken["plain loop"], strict=True)),
            "times_plain_with_start": median(
                theirs / mine for (_, mine), (_, theirs) in zip(times[name], times["plain loop"], strict=True)
            ),
        }
        for name, own in taken.items()
    ]
    facts = {"cpu": processor(), "cores": os.cpu_count(), "versions": versions(PACKAGES), "load_before": load}
    return {**facts, "count": options.count, "rounds": options.rounds, "workers": options.workers, "rows": rows}


if __name__ == "__main__":
    main()
