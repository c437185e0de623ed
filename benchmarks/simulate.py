"""Model I images a second on one core, lensym against lenstronomy in the same run.

    python benchmarks/simulate.py [--images N] [--rounds N] [--json benchmarks/results/simulate.json]

Both simulate the same scenes, in turns. lenstronomy's objects are built once and its scenes are drawn beforehand;
lensym's rate with noise includes drawing the scenes. A rate is the best of the rounds, of processor time, so that
other work on the machine changes little.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lenstronomy_model_1 import LenstronomyModel1
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import Recipe, load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import draw_scene
from machine import processor, versions

PACKAGES = ("lensym", "lenstronomy", "numpy", "numba", "scipy")


def rate(work: Callable[[], Any], images: int) -> float:
    """Images a second of processor time."""
    start = time.process_time()
    work()
    return images / (time.process_time() - start)


def compare(recipe: Recipe, class_name: str, images: int, rounds: int) -> list[dict[str, Any]]:
    """Rates of both packages for one class, without and with noise."""
    oracle, rng = LenstronomyModel1(class_name), np.random.default_rng(0)
    scenes = [draw_scene(recipe, class_name, "test", index, seed=0) for index in range(images)]
    few = scenes[: max(1, images // 10)]
    works = {
        "no": (
            lambda: [render(recipe, scene) for scene in scenes],
            lambda: [oracle.image(scene.truth) for scene in few],
        ),
        "yes": (
            lambda: simulate_block(recipe, class_name, "test", 0, images, seed=0),
            lambda: [oracle.counts(scene.truth, rng) for scene in few],
        ),
    }
    rows = []
    for noise, (ours, theirs) in works.items():
        ours(), theirs()  # compile, fill caches
        rates = [(rate(ours, images), rate(theirs, len(few))) for _ in range(rounds)]
        lensym, lenstronomy = (max(column) for column in zip(*rates, strict=True))
        rows.append(
            {
                "class": class_name,
                "noise": noise,
                "lensym": lensym,
                "lenstronomy": lenstronomy,
                "ratio": lensym / lenstronomy,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=500, help="images a class and round; lenstronomy a tenth")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    recipe = load_recipe("model_1", "published")
    rows = [row for name in recipe.classes for row in compare(recipe, name, options.images, options.rounds)]
    packages = versions(PACKAGES)
    print(f"{'class':8} {'noise':6} {'lensym':>9} {'lenstronomy':>12} {'ratio':>7}   images a second, one core")
    for row in rows:
        print("{class:8} {noise:6} {lensym:9.1f} {lenstronomy:12.1f} {ratio:7.1f}".format(**row))
    print(processor() + "; " + ", ".join(f"{name} {number}" for name, number in packages.items()))
    if options.json:
        result = {"recipe": "model_1", "variant": "published", "cpu": processor(), "versions": packages, "rows": rows}
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
