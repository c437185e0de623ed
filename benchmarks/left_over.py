"""How well substructure is found without any training: by how much a fitted smooth lens leaves of an image.

    python benchmarks/left_over.py [--out FILE] [--images N] [--only RECIPE]

Tested are N images of each class. The two scores are `SmoothFit.chi_square` and
`SmoothFit.excess`; their AUC is that of each substructure class against smooth lenses. Each recipe is a process of its
own on one thread; FILE keeps the figures: a stopped benchmark goes on from there.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.conventions import SMOOTH
from lensym.evaluation.intervals import delong
from lensym.simulation.images import simulate_block
from lensym.simulation.smooth import SmoothModel, fitted
from machine import processor, versions
from named import recipe_of
from resumable import complete

RECIPES = ("model_1", "model_a early", "model_b")
SCORES = ("chi_square", "excess")
TEST, TEST_SEED = 1000, 62
"""Images of each class, and their seed."""
BLOCK = 50
"""Images in memory at a time."""
RESULTS = Path(__file__).parent / "results" / "left_over.json"
PACKAGES = ("lensym", "numpy", "scipy", "numba")


def run(name: str, count: int) -> dict[str, Any]:
    """All figures of one recipe."""
    recipe = recipe_of(name)
    model = SmoothModel(recipe)
    fitted(model, simulate_block(recipe, SMOOTH, "test", 0, 1, TEST_SEED).images)
    start = time.process_time()
    of_class = {kind: _scores(model, kind, count) for kind in recipe.classes}
    seconds = (time.process_time() - start) / (count * len(of_class))
    others = [kind for kind in recipe.classes if kind != SMOOTH]
    return {
        "cpu": processor(),
        "n": count * len(of_class),
        "seconds_a_fit": seconds,
        "auc": {
            score: {kind: against(of_class[SMOOTH][score], of_class[kind][score]) for kind in others}
            for score in SCORES
        },
        "median": {score: {k: float(np.median(found[score])) for k, found in of_class.items()} for score in SCORES},
    }


def _scores(model: SmoothModel, kind: str, count: int) -> dict[str, np.ndarray]:
    """The scores of the first test images of a class."""
    blocks = []
    for start in range(0, count, BLOCK):
        images = simulate_block(model.recipe, kind, "test", start, min(BLOCK, count - start), TEST_SEED).images
        blocks.append(fitted(model, images)[1])
    return {score: np.concatenate([block[score] for block in blocks]) for score in SCORES}


def against(smooth: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]) -> list[float]:
    """AUC of a score of images with substructure against smooth lenses, and the ends of its 95 % interval."""
    scores = np.concatenate([smooth, other])
    found = delong(np.stack([-scores, scores], axis=1), np.repeat([0, 1], [len(smooth), len(other)])).classes[1]
    return [found.value, *found.interval()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--images", type=int, default=TEST, help=f"test images of each class ({TEST})")
    parser.add_argument("--only", choices=RECIPES, help="print the figures of one recipe")
    options = parser.parse_args()
    if options.only:
        print(json.dumps(run(options.only, options.images)))
        return
    facts = {"images": options.images, "seed": TEST_SEED, "versions": versions(PACKAGES)}
    size = ("--images", str(options.images))
    complete(options.out, facts, {name: [__file__, *size, "--only", name] for name in RECIPES})


if __name__ == "__main__":
    main()
