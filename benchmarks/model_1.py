"""Model I: the packaged networks on a test set that nothing was trained on, their invariance, the commands' cold time.

    python benchmarks/model_1.py [--count N] [--out FILE] [--cold] [--only NETWORK]

Everything random comes from the seed; only the times depend on what else the machine does. With --cold they alone are
measured anew, with --only one network. Of a network that sees what smooth lenses leave of images, these are fitted too,
before the test and before its invariance is measured.
"""

from __future__ import annotations

import argparse
import copy
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import lensym
from lensym.data.residual import fit_to_folder
from lensym.evaluation.audit import LogitsFunction, group_audit
from lensym.models.cost import gflop, parameters
from lensym.physics.observe import gaussian_taps
from lensym.simulation.fits import write_fits
from lensym.simulation.recipe import load_recipe
from lensym.simulation.run import simulate_to_folder
from machine import processor, versions

NETWORKS = ("lensnet-residual", "lensnet", "lensnet-tiny", "cnn")
COUNT, SEED = 10_000, 2026
AUDITED = 20
BATCH = 50
REPEATS = 3
PACKAGES = ("lensym", "torch", "numpy", "scipy", "scikit-learn")
RESULTS = Path(__file__).parent / "results" / "model_1.json"


def network_results(name: str, data: Path) -> dict[str, Any]:
    """Cost, training facts and test figures of one packaged network."""
    predictor = lensym.load(name)
    network = predictor.model.network
    if predictor.config.smooth_fit:
        fitted = data.with_name(f"{data.name}_fitted")
        fit_to_folder(data, fitted)
        data = fitted
    training = {key: value for key, value in predictor.config.training.items() if key != "history"}
    return {
        "parameters": parameters(network),
        "gflop": gflop(network),
        "training": {"data": dict(predictor.config.data), **training},
        "test": lensym.evaluate(predictor, data, seed=SEED, report=print),
    }


def invariance(name: str, images: np.ndarray) -> Iterator[dict[str, Any]]:
    """Change of the logits under D4 in both precisions, with random weights and with the packaged ones."""
    torch.manual_seed(SEED)
    predictor = lensym.load(name)
    random = lensym.models.create(predictor.config.architecture, channels=predictor.config.channels)
    networks = {"random": random, "trained": predictor.model.network}
    for weights, network in networks.items():
        for precision in ("float32", "float64"):
            logits = logits_in(network, getattr(torch, precision))
            found = group_audit(lambda x, f=logits: f(predictor.seen(x)), images, name, "D4", precision)
            yield {
                "network": name,
                "weights": weights,
                "precision": precision,
                "n": found.n,
                "change": found.worst,
                "invariant": found.invariant,
            }


def logits_in(network: nn.Module, dtype: torch.dtype) -> LogitsFunction:
    """The network's logits, computed in ``dtype``."""
    network = copy.deepcopy(network).to(dtype).eval()

    def logits(images: np.ndarray) -> np.ndarray:
        pixels = torch.from_numpy(images.astype(np.float64)).to(dtype)
        with torch.inference_mode():
            return torch.cat([network(pixels[i : i + BATCH]) for i in range(0, len(pixels), BATCH)]).numpy()

    return logits


def cold_times(folder: Path) -> list[dict[str, Any]]:
    """Seconds of a whole process: the help, and the answer on one telescope file."""
    file = write_example(folder / "lens.fits")
    return [cold("--help"), cold("predict", str(file), "--hdu", "SCI")]


def write_example(path: Path) -> Path:
    """Write a simulated lens as FITS with PSF and noise map."""
    image = lensym.simulate("model_1", count=1, seed=SEED, classes=["axion"]).images[0, 0]
    taps = gaussian_taps(sigma=0.74, truncation=3.0)
    write_fits(path, image, load_recipe("model_1").pixel_scale, np.outer(taps, taps), np.sqrt(image + 1))
    return path


def cold(*arguments: str) -> dict[str, Any]:
    """Median over some fresh processes of the seconds on the wall and of processor time."""
    command = [str(Path(sys.executable).with_name("lensym")), *arguments]
    times = [timed(command) for _ in range(REPEATS)]
    wall, cpu = (statistics.median(column) for column in zip(*times, strict=True))
    return {"verb": arguments[0], "wall_s": wall, "processor_s": cpu, "repeats": REPEATS}


def timed(command: list[str]) -> tuple[float, float]:
    """Seconds on the wall and of processor time that a command takes."""
    start, before = time.perf_counter(), child_seconds()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start, child_seconds() - before


def child_seconds() -> float:
    """Processor time of all ended child processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help=f"test images a class (default {COUNT})")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--cold", action="store_true", help="measure the cold times of FILE anew, and nothing else")
    parser.add_argument("--only", choices=NETWORKS, help="measure one network of FILE anew, and nothing else")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if options.only:
            result = json.loads(options.out.read_text("utf-8"))
            renew(result, options.only, folder)
        else:
            result = json.loads(options.out.read_text("utf-8")) if options.cold else measured(options.count, folder)
            result["cold"] = cold_times(folder)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def renew(result: dict[str, Any], name: str, folder: Path) -> None:
    """Put the figures of one network into those of all."""
    images, data = test_images(result["count"], folder)
    figures = {"cpu": processor(), **network_results(name, data)}
    kept = {other: found for other, found in result["networks"].items() if other != name} | {name: figures}
    result["networks"] = {network: kept[network] for network in NETWORKS if network in kept}
    rows = [row for row in result["invariance"] if row["network"] != name]
    result["invariance"] = [*invariance(name, images), *rows]


def test_images(count: int, folder: Path) -> tuple[np.ndarray, Path]:
    """Images to audit with, and the folder of the test set, ``count`` images of each class."""
    data = folder / "model_1_test"
    simulate_to_folder(load_recipe("model_1"), data, count, {"test": 1.0}, SEED, workers=1)
    return lensym.simulate("model_1", count=AUDITED, seed=SEED).images, data


def measured(count: int, folder: Path) -> dict[str, Any]:
    """Everything but the times, on ``count`` test images of each class, simulated in ``folder``."""
    images, data = test_images(count, folder)
    return {
        "recipe": "model_1",
        "variant": "published",
        "seed": SEED,
        "count": count,
        "cpu": processor(),
        "versions": versions(PACKAGES),
        "networks": {name: network_results(name, data) for name in NETWORKS},
        "invariance": [row for name in NETWORKS for row in invariance(name, images)],
    }


if __name__ == "__main__":
    main()
