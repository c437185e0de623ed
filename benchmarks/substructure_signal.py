"""What images hold of substructure: by how much it changes them as no smooth lens can, in units of the noise.

    python benchmarks/substructure_signal.py [--out FILE] [--scenes N] [--only RECIPE]

The image without noise of a scene with substructure is compared with that of the smooth scene that is most like it: of
all numbers of the lens, of each part of the source and of the lens's light. Slope and place of the lens are free where
they differ between the recipe's images; neighbours, telescope and noise are known. *Signal* is what is left, all pixels
together, in standard deviations of the noise. It is given a second time for an observer who knows every number that is
the same in all images of the recipe, as a network can learn it from them.

Who is told what to look for tells the image from that of the smooth scene at an AUC of Phi(signal / sqrt 2); who has to
find out does no better.

Each recipe is a process of its own on one thread; FILE keeps the figures: a stopped benchmark goes on from there.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import ndtr

from lensym.conventions import SMOOTH
from lensym.evaluation.intervals import wilson
from lensym.physics.enclosed import mass_inside
from lensym.simulation.images import noise_rms
from lensym.simulation.recipe import Recipe
from lensym.simulation.render import render
from lensym.simulation.scene import Scene, draw_scene
from machine import processor, versions
from named import recipe_of
from resumable import complete

RECIPES = (
    "model_1",
    "model_a",
    "model_a early",
    "model_b",
    "model_1 physical",
    "model_1 physical plain",
)
SCENES, SCENE_SEED = 100, 48
"""Scenes of each class, and their seed."""
CLEAR = 5
"""Signal, in standard deviations, that is called clear."""
OBSERVERS = ("unknown", "known")
"""Who knows nothing of the smooth scene, and who knows what is the same in all images."""
IF_DRAWN = ("slope", "x", "y")
"""Numbers of the lens that are known to both where they are the same."""
LOGARITHMIC = ("amplitude", "R_sersic", "n_sersic")
STEP = 1e-4
"""Of differences, in arcsec, of a logarithm or without a unit."""
ENOUGH = 1e-4
"""Relative change of chi-square and of the numbers at which a search ends."""
RESULTS = Path(__file__).parent / "results" / "substructure_signal.json"
PACKAGES = ("lensym", "numpy", "scipy", "numba")

Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Number:
    """A number of a part of a scene: of ``lens``, ``source`` or ``foreground``, and of which of its lights."""

    part: str
    light: int
    name: str


def numbers_of(scene: Scene) -> Iterator[Number]:
    """Every number of the smooth lens, all parts of the source and the lens's light, which is where the lens is."""
    yield from (Number("lens", 0, field.name) for field in fields(scene.lens) if field.name not in ("a3", "a4"))
    own = ("center_x", "center_y")
    for part, lights, left in (("source", scene.source[0], ()), ("foreground", scene.foreground[0][:1], own)):
        for k, light in enumerate(lights):
            yield from (Number(part, k, field.name) for field in fields(light) if field.name not in left)


def value(scene: Scene, number: Number) -> float:
    """Of a number in a scene."""
    profile = scene.lens if number.part == "lens" else getattr(scene, number.part)[0][number.light]
    return float(getattr(profile, number.name))


def always_the_same(recipe: Recipe) -> frozenset[Number]:
    """Numbers that all images of a recipe share, but for the source's brightness, which the exposure changes too."""
    one, other = (draw_scene(recipe, SMOOTH, "test", k, SCENE_SEED) for k in range(2))
    shared = set(numbers_of(one)) & set(numbers_of(other)) - {Number("source", 0, "amplitude")}
    return frozenset(number for number in shared if value(one, number) == value(other, number))


def known_numbers(same: frozenset[Number], observer: str) -> frozenset[Number]:
    """Those that an observer knows."""
    return same if observer == "known" else same & {Number("lens", 0, name) for name in IF_DRAWN}


def changed(scene: Scene, numbers: Sequence[Number], steps: Rows) -> Scene:
    """The scene with numbers changed by steps, those of `LOGARITHMIC` by factors."""
    lens, lights = scene.lens, {"source": [*scene.source[0]], "foreground": [*scene.foreground[0]]}
    for number, step in zip(numbers, steps.tolist(), strict=True):
        if number.part == "lens":
            lens = _moved(lens, number.name, step)
        else:
            lights[number.part][number.light] = _moved(lights[number.part][number.light], number.name, step)
    source, foreground = ((tuple(lights[part]),) for part in ("source", "foreground"))
    return replace(scene, lens=lens, source=source, foreground=foreground)


def _moved(profile: Any, name: str, step: float) -> Any:
    value = getattr(profile, name)
    return replace(profile, **{name: value * math.exp(step) if name in LOGARITHMIC else value + step})


def smoothed(scene: Scene) -> Scene:
    """The scene with as much mass within the Einstein radius, all of it in the lens."""
    lens = scene.lens
    added = sum(mass_inside(one, lens.x, lens.y, lens.theta_E) for one in scene.perturbers) / lens.theta_E**2
    heavier = replace(lens, theta_E=lens.theta_E * (1 + added) ** (1 / (lens.slope - 1)))
    return replace(scene, lens=heavier, perturbers=())


def signal(recipe: Recipe, scene: Scene, known: frozenset[Number]) -> float:
    """Of the substructure of a scene, against the smooth scene that is found downhill from its own lens."""
    mean = render(recipe, scene)[0].ravel()
    rms = noise_rms(recipe, mean, scene.exposure)
    begun = replace(scene, perturbers=()) if Number("lens", 0, "theta_E") in known else smoothed(scene)
    numbers = tuple(number for number in numbers_of(begun) if number not in known)

    def left(steps: Rows) -> Rows:
        """What smooth numbers, ones being those begun at, leave of each pixel."""
        return np.asarray((render(recipe, changed(begun, numbers, steps - 1))[0].ravel() - mean) / rms)

    ends = {"ftol": ENOUGH, "xtol": ENOUGH, "diff_step": STEP}
    found = least_squares(left, np.ones(len(numbers)), method="lm", x_scale="jac", **ends)
    return math.sqrt(2 * found.cost)


def run(name: str, scenes: int) -> dict[str, Any]:
    """All figures of one recipe."""
    recipe = recipe_of(name)
    same = always_the_same(recipe)
    kinds = [kind for kind in recipe.classes if kind != SMOOTH]
    return {"cpu": processor(), "classes": {kind: of_class(recipe, kind, scenes, same) for kind in kinds}}


def of_class(recipe: Recipe, kind: str, scenes: int, same: frozenset[Number]) -> dict[str, Any]:
    """Figures of a class by observer; where nothing is the same in all images, both are one."""
    drawn = [draw_scene(recipe, kind, "test", k, SCENE_SEED) for k in range(scenes)]
    known = {observer: known_numbers(same, observer) for observer in OBSERVERS}
    found = {numbers: figures([signal(recipe, scene, numbers) for scene in drawn]) for numbers in set(known.values())}
    return {observer: found[numbers] for observer, numbers in known.items()}


def figures(signals: Sequence[float]) -> dict[str, Any]:
    """Quartiles, the share of clear ones, and the AUC of who is told what to look for."""
    found = np.array(signals)
    aucs, clear = ndtr(found / math.sqrt(2)), int((found > CLEAR).sum())
    half = 1.96 * float(aucs.std(ddof=1)) / math.sqrt(len(aucs))
    return {
        "quartiles": np.quantile(found, [0.25, 0.5, 0.75]).tolist(),
        "clear": [clear / len(found), *wilson(clear, len(found))],
        "auc": [float(aucs.mean()), float(aucs.mean()) - half, min(float(aucs.mean()) + half, 1.0)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--scenes", type=int, default=SCENES, help=f"scenes of each class ({SCENES})")
    parser.add_argument("--only", choices=RECIPES, help="print the figures of one recipe")
    options = parser.parse_args()
    if options.only:
        print(json.dumps(run(options.only, options.scenes)))
        return
    facts = {"scenes": options.scenes, "seed": SCENE_SEED, "clear": CLEAR, "versions": versions(PACKAGES)}
    size = ("--scenes", str(options.scenes))
    complete(options.out, facts, {name: [__file__, *size, "--only", name] for name in RECIPES})


if __name__ == "__main__":
    main()
