"""Model I images a second on one core, lensym against lenstronomy and caustics in the same run.

    python benchmarks/simulate.py [--images N] [--rounds N] [--json benchmarks/results/simulate.json]

All three simulate the same scenes, in turns. The others' objects are built, and compiled, once, and their scenes are
drawn beforehand; lensym's rate with noise includes drawing the scenes. Rates are of processor time in one thread, and
the median of the rounds, ratios the median of those within a round, so that other work on the machine changes little.
lenstronomy's noise is numpy's, caustics' is torch's.

The file that ``--json`` writes has ``rows``, a class without and with noise each with the packages' rates and lensym's
in units of theirs (``times_lenstronomy``, ``times_caustics``), and ``noise``, the milliseconds that the noise alone
takes an image.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before torch and numpy read it

import numpy as np
import torch

import caustics_model_1
from caustics_model_1 import BATCH, CausticsModel1
from lenstronomy_model_1 import LenstronomyModel1
from lensym.physics.noise import published_counts_kernel
from lensym.physics.observe import published_counts
from lensym.physics.poisson import poisson_alias_table
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import Recipe, load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import draw_scene
from machine import processor, versions

PACKAGES = ("lensym", "lenstronomy", "caustics", "torch", "numpy", "numba", "scipy")
PEERS = ("lenstronomy", "caustics")

BLOCK = 32
"""Images that lensym makes before the next ones may take their place in memory."""

Work = tuple[int, Callable[[], None]]
"""A number of images, and what makes and drops them: fresh memory for each would cost more than its content."""


def each(function: Callable[..., Any], arguments: Iterable[Any]) -> Callable[[], None]:
    """Work that calls ``function`` with each of the arguments and keeps nothing."""
    listed = list(arguments)

    def work() -> None:
        for argument in listed:
            function(argument)

    return work


def rates(works: dict[str, Work], rounds: int) -> dict[str, list[float]]:
    """Images a second of processor time in each round; each round takes every work in turn."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _, work in works.values():
        work()  # fill caches
    for _ in range(rounds):
        for name, (images, work) in works.items():
            start = time.process_time()
            work()
            found[name].append(images / (time.process_time() - start))
    return found


def compare(recipe: Recipe, class_name: str, images: int, rounds: int) -> list[dict[str, Any]]:
    """Rates of the packages for one class, without and with noise."""
    lenstronomy, caustics = LenstronomyModel1(class_name), CausticsModel1(class_name)
    scenes = [draw_scene(recipe, class_name, "test", index, seed=0) for index in range(images)]
    truths = [scene.truth for scene in scenes]
    few = truths[: images // 10]
    batches = [truths[k : k + BATCH] for k in range(0, images, BATCH)]
    numpy_rng, torch_rng = np.random.default_rng(0), torch.Generator().manual_seed(0)

    def block(start: int) -> Any:
        return simulate_block(recipe, class_name, "test", start, BLOCK, seed=0)

    works: dict[str, dict[str, Work]] = {
        "no": {
            "lensym": (images, each(lambda scene: render(recipe, scene), scenes)),
            "lenstronomy": (len(few), each(lenstronomy.image, few)),
            "caustics": (images, each(caustics.images, batches)),
        },
        "yes": {
            "lensym": (images, each(block, range(0, images, BLOCK))),
            "lenstronomy": (len(few), each(lambda truth: lenstronomy.counts(truth, numpy_rng), few)),
            "caustics": (images, each(lambda batch: caustics.counts(batch, torch_rng), batches)),
        },
    }
    rows = []
    for noise, work in works.items():
        found = {name: np.array(values) for name, values in rates(work, rounds).items()}
        medians = {name: float(np.median(values)) for name, values in found.items()}
        ratios = {f"times_{peer}": float(np.median(found["lensym"] / found[peer])) for peer in PEERS}
        rows.append({"class": class_name, "noise": noise, **medians, **ratios, "caustics_compiled": caustics.compiled})
    return rows


def noise_step(recipe: Recipe, images: int, rounds: int) -> dict[str, float]:
    """Milliseconds of processor time that the noise of one image takes: numpy, torch, lensym."""
    scenes = [draw_scene(recipe, name, "test", index, 0) for name in recipe.classes for index in range(images // 6)]
    drawn = [(render(recipe, scene)[0], scene.exposure) for scene in scenes]
    tensors = [(torch.from_numpy(flux.astype(np.float32)), torch.tensor(exposure)) for flux, exposure in drawn]
    numpy_rng, torch_rng = np.random.default_rng(0), torch.Generator().manual_seed(0)
    words, table = [np.uint32(0)] * 4, poisson_alias_table()
    out = np.empty((recipe.image_size,) * 2, np.uint16)

    works: dict[str, Work] = {
        "numpy PCG64": (len(drawn), each(lambda pair: published_counts(*pair, 0.01, numpy_rng), drawn)),
        "torch": (len(drawn), each(lambda pair: caustics_model_1.published_counts(*pair, torch_rng), tensors)),
        "lensym": (len(drawn), each(lambda pair: published_counts_kernel(*pair, 0.01, *words, table, out), drawn)),
    }
    return {name: 1e3 / float(np.median(values)) for name, values in rates(works, rounds).items()}


def report(rows: list[dict[str, Any]], noise: dict[str, float]) -> str:
    """The figures as text."""
    columns = ("class", "noise", "lensym", *PEERS, "times lenstronomy", "times caustics")
    lines = ["".join(f"{name:>{max(9, len(name) + 2)}}" for name in columns) + "   images a second, one core"]
    for row in rows:
        values = [row["class"], row["noise"], *(f"{row[c.replace(' ', '_')]:.1f}" for c in columns[2:])]
        lines.append("".join(f"{v:>{max(9, len(c) + 2)}}" for v, c in zip(values, columns, strict=True)))
    if not all(row["caustics_compiled"] for row in rows):
        lines.append("caustics ran without torch.compile, which found no C++ compiler")
    step = ", ".join(f"{name} {milliseconds:.2f}" for name, milliseconds in noise.items())
    return "\n".join([*lines, f"noise alone, ms an image: {step}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=480, help="images a class and round; lenstronomy a tenth")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    if options.images < BLOCK or options.images % BLOCK:
        parser.error(f"--images: a multiple of {BLOCK}")
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    recipe = load_recipe("model_1", "published")
    rows = [row for name in recipe.classes for row in compare(recipe, name, options.images, options.rounds)]
    noise, packages = noise_step(recipe, options.images, options.rounds), versions(PACKAGES)
    print(report(rows, noise))
    print(processor() + "; " + ", ".join(f"{name} {number}" for name, number in packages.items()))
    if options.json:
        result = {"recipe": "model_1", "variant": "published", "cpu": processor(), "versions": packages}
        options.json.write_text(json.dumps(result | {"rows": rows, "noise": noise}, indent=1) + "\n")


if __name__ == "__main__":
    main()
