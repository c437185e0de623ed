"""Images a second that ``lensym predict`` answers on, beside a plain loop over the same files.

    python benchmarks/predict.py [--count N] [--rounds N] [--workers N] [--folder DIR] [--json FILE]

The files are simulated cutouts as a telescope delivers them: SCI with its WCS, PSF and noise map, 150 x 150 px. The
plain loop opens each with astropy, takes SCI as single precision, gives 64 at a time to the same network and keeps
probabilities and out-of-distribution scores; torch may use every core. lensym does that and all that it checks and
says: the pixel scale, the centre, the sky level, missing pixels, the position, and a table that a stop cannot harm. The
two take turns, each as a process of its own whose start counts; times are medians of the rounds, with the files in the
system's cache.
"""

from __future__ import annotations

import argparse
import json
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
SIMULATED = 300
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
    """So many cutouts, each with other noise than the image that it is a copy of."""
    images = simulate("model_1", SIMULATED // 3, seed=0).images[:, 0]
    rng = np.random.default_rng(0)
    psf = np.ones((11, 11), np.float32) / 121
    folder.mkdir()
    for k in range(count):
        image = rng.poisson(images[k % len(images)]).astype(np.float32)
        write_fits(folder / f"{k:06d}.fits", image, 0.05, psf, np.sqrt(image + 1))


def seconds(command: list[str]) -> float:
    """Of one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=None, help="where to work, not the temporary folder")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    times: dict[str, list[float]] = {"lensym predict": [], "plain loop": []}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        files, out = Path(folder, "files"), Path(folder, "answers.csv")
        make_files(files, options.count)
        ours = [sys.executable, "-c", COMMAND, "predict", str(files), "--hdu", "SCI", "--out", str(out)]
        runs = {
            "lensym predict": [*ours, "--workers", str(options.workers)],
            "plain loop": [sys.executable, "-c", PLAIN_LOOP, str(files)],
        }
        for number in range(options.rounds):
            for name, command in runs.items():
                times[name].append(seconds(command))
                print(f"round {number + 1}: {name}: {times[name][-1]:.1f} s", flush=True)
    found = result(times, options)
    print(json.dumps(found["rows"], indent=2))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


def result(times: dict[str, list[float]], options: argparse.Namespace) -> dict[str, Any]:
    """Medians, and how many times as fast as the plain loop of the same round."""
    rows = [
        {
            "what": name,
            "wall_s": median(taken),
            "rate": options.count / median(taken),
            "times_plain": median(theirs / own for own, theirs in zip(taken, times["plain loop"], strict=True)),
        }
        for name, taken in times.items()
    ]
    facts = {"cpu": processor(), "versions": versions(PACKAGES), "count": options.count, "rounds": options.rounds}
    return {**facts, "rows": rows}


if __name__ == "__main__":
    main()
