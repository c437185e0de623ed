"""The whole chain on a small data set: simulate, train, evaluate, report, and answer on a FITS file.

Run by ``make demo``. Every step is a command that a user could type; it is printed before it runs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np

from lensym.cli import main as lensym
from lensym.cli.common import print_table
from lensym.simulation.fits import write_fits
from lensym.simulation.images import noise_rms, simulate_block
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import psf, render
from lensym.simulation.scene import draw_scene

SEED = 11
COUNT = 2000
EPOCHS = 7


def main() -> int:
    """Run the demo; the exit code is 1 if the answer on the user's own file failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder for everything (default demo)")
    parser.add_argument("--count", type=int, default=COUNT, help="images a class")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--lens", help="a file of your own to classify")
    parser.add_argument("--hdu", help="its extension, where it has several images")
    parser.add_argument("--pixel-scale", help="its arcsec per pixel, where it says none")
    options = parser.parse_args()
    started, out = time.monotonic(), options.out
    clear_former_demo(out)

    data, run = out / "data", out / "run"
    step("Simulate a small Model I", "simulate", "model_1", data, "--count", options.count, "--seed", SEED)
    step("Train a small lensnet on it", "train", data, run, "--epochs", options.epochs, "--seed", SEED)
    step("Test it on images it never saw", "evaluate", run / "model", data, "--out", out / "result")
    step("Test the weights that come with the package", "evaluate", "lensnet", data, "--out", out / "result-lensnet")
    print("\n== Classify a FITS file with WCS, PSF and noise map, as a telescope would deliver it")
    step("", "predict", write_telescope_file(out / "vortex.fits"), "--hdu", "SCI")
    code = answer_own_file(options) if options.lens else 0

    show_results(out)
    print(f"report: {out / 'result-lensnet' / 'report.html'} (and {out / 'result' / 'report.html'})")
    print(f"done in {time.monotonic() - started:.0f} s; try next:")
    print("  lensym predict YOUR_FILE.fits --hdu NAME")
    print(f"  lensym audit lensnet {data}")
    print("  lensym simulate model_1 big --count 30000 && lensym train big run")
    return code


def clear_former_demo(out: Path) -> None:
    """Remove what an earlier demo wrote, and nothing in a folder that no demo made."""
    marker = out / ".lensym-demo"
    if out.exists() and any(out.iterdir()) and not marker.exists():
        sys.exit(f"demo: error: a new folder is needed; got '{out}' with files in it; choose another --out")
    for former in ("run", "result", "result-lensnet"):
        shutil.rmtree(out / former, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    marker.touch()


def step(title: str, *command: object) -> None:
    """Print a command, run it, and leave with its exit code if it fails."""
    words = [str(word) for word in command]
    print(f"\n== {title}\n$ lensym {' '.join(words)}" if title else f"$ lensym {' '.join(words)}", flush=True)
    code = lensym(words)
    if code:
        sys.exit(code)


def write_telescope_file(path: Path) -> Path:
    """Write one simulated vortex lens as FITS: image, PSF and the standard deviation of its noise."""
    recipe = load_recipe("model_1")
    where = {"class_name": "axion", "split": "fresh", "seed": SEED}
    scene = draw_scene(recipe, index=0, **where)
    counts = simulate_block(recipe, start=0, count=1, **where).images[0, 0]
    (model,) = render(recipe, scene)
    noise = scene.exposure * noise_rms(recipe, model, scene.exposure)  # in counts
    header = {"EXPTIME": (scene.exposure, "[s] exposure"), "BUNIT": "count", "OBJECT": "simulated axion vortex"}
    write_fits(path, counts.astype(np.int32), recipe.pixel_scale, psf(recipe).kernel(recipe.pixel_scale), noise, header)
    return path


def answer_own_file(options: argparse.Namespace) -> int:
    """Classify the user's file; a refusal says what to add and does not end the demo."""
    extra = [
        word
        for key in ("hdu", "pixel_scale")
        if (value := getattr(options, key))
        for word in (f"--{key.replace('_', '-')}", value)
    ]
    print(f"\n== Classify {options.lens}\n$ lensym predict {options.lens} {' '.join(extra)}", flush=True)
    return lensym(["predict", options.lens, *extra])


def show_results(out: Path) -> None:
    """One row a model, from the metrics.json files just written."""
    rows = []
    for folder in ("result", "result-lensnet"):
        m = json.loads((out / folder / "metrics.json").read_text())
        low, high = m["macro_auc_ci"]
        auc = f"{m['macro_auc']:.4f} ({low:.4f} to {high:.4f})"
        change, baseline = m["audit"]["group"][0]["worst"], m["baseline"]["macro_auc"]
        rows.append([m["model"]["name"], auc, f"{m['accuracy']:.3f}", f"{change:.1e}", f"{baseline:.4f}"])
    print()
    columns = ["model", "macro AUC (95 %)", "accuracy", "change under D4", "AUC of the radial profile alone"]
    print_table(columns, rows, f"Test images: {m['n']}, Model I published")


if __name__ == "__main__":
    sys.exit(main())
