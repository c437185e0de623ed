"""What the images of Model I allow: the classes told apart by fitting what made them.

    python benchmarks/likelihood.py [--out FILE] [--images N]

The fit knows the lens, the shape of the source and the telescope, which are the same in all images of the recipe, and
looks for the rest by least squares: where the source is and how long the exposure was; for a vortex its length and
angle; and point masses, place and strength, one after the other, on the smooth lens or on the vortex, whichever fits
better. The answer is by Schwarz's criterion (1978): no_sub where the smooth lens is enough, axion where a vortex is,
cdm where point masses are needed. Nothing is learned and nothing tuned. A few masses are no 25, so what this reaches is
less than what the images allow; the true scenes, which no method has, tell how much is left to find. The packaged
networks answer for the same images.

Blocks of images are processes of their own, and a stopped benchmark goes on from FILE.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import ndtr

import lensym
from lensym.physics.raytrace import PointMasses, SersicSource
from lensym.physics.substructure import vortex_points
from lensym.simulation.images import simulate_block
from lensym.simulation.parts import PublishedCounts
from lensym.simulation.recipe import Recipe, load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import Scene, draw_scene
from machine import processor, versions
from resumable import complete

RECIPE, SPLIT, SEED = "model_1", "test", 91
BLOCK, IMAGES = 25, 100
"""Images of each class: in a process, and of all."""
NETWORKS = ("lensnet", "lensnet-tiny")
SMOOTH, VORTEX = 3, 5
"""Parameters of each: source x and y (arcsec), logarithm of the exposure; and logarithm of the half-length (arcsec),
angle (radians)."""
POINT, MOST_POINTS = 3, 3
"""Parameters of a point mass, x, y (arcsec) and the logarithm of its squared Einstein radius; and how many at most."""
LOW, LOW_VORTEX, LOW_POINT = (-0.4, -0.4, math.log(900)), (math.log(0.03), -math.inf), (-2.2, -2.2, math.log(1e-6))
HIGH, HIGH_VORTEX, HIGH_POINT = (0.4, 0.4, math.log(3400)), (math.log(3.0), math.inf), (2.2, 2.2, math.log(0.03))
STEPS, STEPS_VORTEX, STEPS_POINT = (1e-3, 1e-3, 1e-3), (0.02, 0.02), (0.01, 0.01, 0.05)
"""Bounds, and of differences, for the parameters of the smooth lens, of a vortex and of a point mass."""
SOURCES = tuple((x, y) for x in (-0.2, 0.0, 0.2) for y in (-0.2, 0.0, 0.2))
VORTICES = ((0.1, 0.0), *((h, k * math.pi / 6) for h in (0.5, 1.1, 2.2) for k in range(6)))
"""Half-lengths and angles that fits begin at."""
PLACES = tuple(
    (r * math.cos(a), r * math.sin(a))
    for r in np.arange(0.25, 2.1, 0.15)
    for a in np.arange(18) * (2 * math.pi / 18) + r
)
"""Where a point mass is looked for."""
WEAK = 4e-4
"""Squared Einstein radius (arcsec^2) of a mass whose effect is taken for linear."""
REFINED = 2
"""Beginnings whose fit is carried to its end."""
RESULTS = Path(__file__).parent / "results" / "likelihood.json"
PACKAGES = ("lensym", "torch", "numpy", "scipy")

Image = NDArray[np.float64]
Values = tuple[float, ...]


@dataclass(frozen=True)
class Fit:
    """Whether there is a vortex, the parameters, and -2 ln of the likelihood but for a constant."""

    vortex: bool
    p: Image
    deviance: float

    @property
    def points(self) -> int:
        """Number of point masses."""
        return (len(self.p) - (VORTEX if self.vortex else SMOOTH)) // POINT

    def criterion(self, pixels: int) -> float:
        """Schwarz's: -2 ln of the likelihood, and a price for each parameter."""
        return self.deviance + math.log(pixels) * len(self.p)


@lru_cache
def known() -> tuple[Recipe, Scene, SersicSource]:
    """What all images share: the recipe, and a scene with a vortex and its source."""
    recipe = load_recipe(RECIPE)
    scene = draw_scene(recipe, "axion", SPLIT, 0, SEED)
    source = scene.source[0][0]
    assert isinstance(source, SersicSource)
    return recipe, scene, source


def expected(vortex: bool, p: Image) -> tuple[Image, Image]:
    """Mean and variance of the counts under the parameters ``p``."""
    recipe, scene, source = known()
    perturbers: list[PointMasses] = []
    if vortex:
        (line,) = scene.perturbers
        assert isinstance(line, PointMasses)
        perturbers.append(PointMasses(*vortex_points(math.exp(p[3]), p[4], len(line.theta_E)), line.theta_E))
    x, y, squared = p[VORTEX if vortex else SMOOTH :].reshape(-1, POINT).T
    if len(x):
        perturbers.append(PointMasses(x, y, np.exp(squared / 2)))
    lights = ((replace(source, center_x=p[0], center_y=p[1]),),)
    return moments(render(recipe, replace(scene, source=lights, perturbers=tuple(perturbers)))[0], math.exp(p[2]))


def moments(flux: Image, exposure: float) -> tuple[Image, Image]:
    """Mean and variance of a Poisson number of a normal one, cut at 0: the noise of ``published_counts``."""
    noise = known()[0].observation.noise
    assert isinstance(noise, PublishedCounts)
    mean, rms = exposure * flux, exposure * np.sqrt(np.abs(flux) / exposure + noise.background_rms**2)
    z = mean / rms
    above, density = ndtr(z), np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    first = mean * above + rms * density
    return first, (mean**2 + rms**2) * above + mean * rms * density - first**2 + first


def deviance(counts: Image, mean: Image, variance: Image) -> float:
    """-2 ln of a normal likelihood but for a constant."""
    return float(((counts - mean) ** 2 / variance + np.log(variance)).sum())


def each_parameter(vortex: bool, count: int, smooth: Values, line: Values, point: Values) -> Image:
    """A value for every parameter of a model of ``count`` parameters."""
    alone = (*smooth, *line) if vortex else smooth
    return np.array([*alone, *point * ((count - len(alone)) // POINT)])


def derivatives(vortex: bool, p: Image) -> Image:
    """Of the mean by each parameter, (pixels, parameters), by differences."""
    mean = expected(vortex, p)[0]
    steps = each_parameter(vortex, len(p), STEPS, STEPS_VORTEX, STEPS_POINT)
    return np.stack([((expected(vortex, p + step)[0] - mean) / step.sum()).ravel() for step in np.diag(steps)], axis=1)


def fitted(counts: Image, vortex: bool, start: Image, evaluations: int) -> Fit:
    """Least squares from ``start``; the weights are those of the model there."""
    low = each_parameter(vortex, len(start), LOW, LOW_VORTEX, LOW_POINT)
    high = each_parameter(vortex, len(start), HIGH, HIGH_VORTEX, HIGH_POINT)
    rms = np.sqrt(expected(vortex, start)[1])
    found = least_squares(
        lambda p: ((expected(vortex, p)[0] - counts) / rms).ravel(),
        np.clip(start, low + 1e-6, high - 1e-6),
        lambda p: derivatives(vortex, p) / rms.ravel()[:, None],
        bounds=(low, high),
        x_scale="jac",
        ftol=1e-7,
        max_nfev=evaluations,
    )
    return Fit(vortex, found.x, deviance(counts, *expected(vortex, found.x)))


def best(counts: Image, vortex: bool, starts: list[Image]) -> Fit:
    """The best fit from several starts: a few steps from each, and from the best of these to the end."""
    begun = sorted((fitted(counts, vortex, start, 4) for start in starts), key=lambda fit: fit.deviance)[:REFINED]
    again = [fitted(counts, vortex, fitted(counts, vortex, fit.p, 15).p, 15) for fit in begun]
    return min((*begun, *again), key=lambda fit: fit.deviance)


def with_point(counts: Image, fit: Fit) -> Fit:
    """The fit with the point mass that improves it most, as far as first order tells where it is."""
    mean, variance = expected(fit.vortex, fit.p)
    rms = np.sqrt(variance).ravel()
    tangents, _ = np.linalg.qr(derivatives(fit.vortex, fit.p) / rms[:, None])
    left = (counts - mean).ravel() / rms
    left -= tangents @ (tangents.T @ left)
    found = []
    for place in PLACES:
        effect = (expected(fit.vortex, np.array([*fit.p, *place, math.log(WEAK)]))[0] - mean).ravel() / rms
        effect -= tangents @ (tangents.T @ effect)
        along, length = float(effect @ left), float(effect @ effect)
        strength = np.clip(WEAK * along / length, math.exp(LOW_POINT[2]) * 2, math.exp(HIGH_POINT[2]) / 2)
        found.append((max(along, 0) ** 2 / length, np.array([*fit.p, *place, math.log(strength)])))
    found.sort(key=lambda one: -one[0])
    return best(counts, fit.vortex, [start for _, start in found[: 2 * REFINED]])


def with_points(counts: Image, fit: Fit) -> Fit:
    """The fit with point masses, one at least and no more than Schwarz's criterion asks for."""
    fit = with_point(counts, fit)
    while fit.points < MOST_POINTS:
        more = with_point(counts, fit)
        if more.criterion(counts.size) >= fit.criterion(counts.size):
            break
        fit = more
    return fit


def fits(counts: Image) -> dict[str, Fit]:
    """The best fit of what each class is told by."""
    smooth = best(counts, False, [np.array([*source, math.log(1800)]) for source in SOURCES])
    vortex = best(counts, True, [np.array([*smooth.p, math.log(half), angle]) for half, angle in VORTICES])
    begun = min((smooth, vortex), key=lambda fit: fit.criterion(counts.size))
    return {"no_sub": smooth, "cdm": with_points(counts, begun), "axion": vortex}


def run(class_name: str, start: int) -> dict[str, Any]:
    """Answers for one block of images, and how far the likelihood of each fit is behind that of the true scene.

    An answer is the logarithm of a probability for each class, but for a constant of the image.
    """
    recipe = known()[0]
    images = simulate_block(recipe, class_name, SPLIT, start, BLOCK, SEED).images
    begun = time.process_time()
    found = [fits(image[0].astype(float)) for image in images]
    seconds = time.process_time() - begun
    scenes = [draw_scene(recipe, class_name, SPLIT, start + k, SEED) for k in range(BLOCK)]
    truths = [
        deviance(image[0], *moments(render(recipe, scene)[0], scene.exposure))
        for image, scene in zip(images, scenes, strict=True)
    ]
    pixels = images[0].size
    return {
        "class": class_name,
        "cpu": processor(),
        "seconds": seconds,
        "fit": [[-one[c].criterion(pixels) / 2 for c in recipe.classes] for one in found],
        "points": [one["cdm"].points for one in found],
        "behind": {
            c: [one[c].deviance - truth for one, truth in zip(found, truths, strict=True)] for c in recipe.classes
        },
        **{name: np.log(lensym.load(name).predict(images)).tolist() for name in NETWORKS},
    }


def facts() -> dict[str, Any]:
    """What all runs share."""
    return {"recipe": RECIPE, "seed": SEED, "versions": versions(PACKAGES)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--images", type=int, default=IMAGES, help=f"images of each class (default {IMAGES})")
    parser.add_argument("--only", nargs=2, metavar=("CLASS", "START"), help="print the figures of one block")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.only:
        print(json.dumps(run(options.only[0], int(options.only[1]))))
        return
    blocks = [(name, start) for start in range(0, options.images, BLOCK) for name in known()[0].classes]
    complete(
        options.out,
        facts(),
        {f"{name} from {start}": [__file__, "--only", name, str(start)] for name, start in blocks},
    )


if __name__ == "__main__":
    main()
