"""How well mass and angle of a vortex can be known from images of Model I: ideal observers, beside a network.

    python benchmarks/vortex_limits.py [--out FILE] [--scenes N] [--images N]

The ideal observer knows how images are made: the image without noise for every mass and angle of a vortex, how it
changes with all other numbers, and the noise. It answers the mass and the angle with the least mean error after the
image was seen, masses and angles being drawn evenly; no method beats it. One observer knows nothing of the lens, the
source and the exposure, the other one knows what is the same in all images of the recipe.

Masses and angles are those in the middle of the cells of a grid; by the other numbers, of which nothing is known
before, an image changes in proportion. In each scene there is one image of every mass, at a random angle. Beside the
observers stand the errors of the packaged network on images of another seed.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

import lensym
from lensym.atomic import write_atomically
from lensym.evaluation.regression import errors
from lensym.physics.observe import published_counts_moments
from lensym.physics.raytrace import PointMasses
from lensym.physics.substructure import vortex_half_length, vortex_points
from lensym.simulation.images import simulate_block
from lensym.simulation.parts import PublishedCounts, VortexPopulation
from lensym.simulation.recipe import Recipe, load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import Scene, draw_scene
from machine import processor, versions

RECIPE, CLASS = "model_1", "axion"
NETWORK = "lensnet-mass"
TARGET = "log10_axion_mass"
SCENES, SCENE_SEED = 100, 46
IMAGES, IMAGE_SEED = 2000, 47
ENDS = np.linspace(-24, -22, 11)
"""Of the ranges of log10 of the mass in eV that figures are of."""
MASSES = np.linspace(-24, -22, 81)[1::2]
ANGLES = np.linspace(0, 180, 49)[1::2]
"""Middles of the grid's cells, of 0.05 dex and 7.5 degrees."""
PLACE = ("center_x", "center_y")
LENS = ("theta_E", "gamma1", "gamma2", "e1", "e2")
SHAPE = ("R_sersic", "n_sersic", "e1", "e2")
"""Numbers of the lens and of the source that all images of the recipe share."""
STEP = 1e-4
"""Of differences, in arcsec, of a logarithm or without a unit."""
ERRORS = ("unknown", "known", "unknown angle", "known angle")
"""Of the observer that knows nothing and of the one that knows the lens, in dex and in degrees."""
RESULTS = Path(__file__).parent / "results" / "vortex_limits.json"
PACKAGES = ("lensym", "torch", "numpy", "scipy", "numba")

Rows = NDArray[np.floating[Any]]
Change = Callable[[float], Scene]


def observed(recipe: Recipe, scene: Scene, rng: np.random.Generator) -> dict[str, Rows]:
    """Of an image of each mass: the errors of both observers, and the vortex's signal."""
    here, rms = counts(recipe, scene)
    own, shared = (
        np.array([(counts(recipe, change(STEP))[0] - counts(recipe, change(-STEP))[0]) / rms for change in changes])
        for changes in (own_changes(scene), shared_changes(scene))
    )
    vortices = [with_vortex(recipe, scene, mass, angle) for mass in MASSES for angle in ANGLES]
    means = np.array([(counts(recipe, one)[0] - here) / rms for one in vortices], np.float32)
    angles = rng.integers(len(ANGLES), size=len(MASSES))
    truth = np.arange(len(MASSES)) * len(ANGLES) + angles
    noise = rng.standard_normal((len(MASSES), means.shape[1]), np.float32)
    unknown, known = (unexplained(means, slopes) for slopes in (np.concatenate([own, shared]), own))
    shortest = unknown[(len(MASSES) - 1) * len(ANGLES) + angles]
    found = {"signal": np.linalg.norm(unknown[truth] - shortest, axis=1)}
    for observer, seen in (("unknown", unknown), ("known", known)):
        left = shares(seen, seen[truth] + noise)
        found[observer] = np.abs(medians(left.sum(2)) - MASSES)
        found[f"{observer} angle"] = np.abs(errors(middle_angles(left.sum(1)), ANGLES[angles], axis=True))
    return found


def counts(recipe: Recipe, scene: Scene) -> tuple[Rows, Rows]:
    """Mean and standard deviation of all pixels of an image."""
    noise = recipe.observation.noise
    assert isinstance(noise, PublishedCounts)
    mean, variance, *_ = published_counts_moments(render(recipe, scene)[0], scene.exposure, noise.background_rms)
    return mean.ravel(), np.sqrt(variance).ravel()


def unexplained(means: Rows, slopes: Rows) -> Rows:
    """What of mean images (K, N) no mixture of slopes (P, N) makes, all in units of the noise."""
    basis = np.linalg.qr(slopes.T)[0].astype(means.dtype)
    return means - (means @ basis) @ basis.T


def shares(means: Rows, images: Rows) -> Rows:
    """Probability (T, masses, angles) of each cell given each image (T, N), of mean images in units of the noise."""
    likelihood = (images @ means.T - np.square(means).sum(1) / 2).astype(np.float64)
    return np.asarray(softmax(likelihood, axis=1)).reshape(len(images), len(MASSES), len(ANGLES))


def medians(of_mass: Rows) -> Rows:
    """Median mass of each distribution (T, masses)."""
    return np.array([np.interp(0.5, np.cumsum(share) - share / 2, MASSES) for share in of_mass])


def middle_angles(of_angle: Rows) -> Rows:
    """Of each distribution (T, angles) the angle that is least far from it on average."""
    distances = np.abs([errors(np.full_like(ANGLES, angle), ANGLES, axis=True) for angle in ANGLES])
    return np.asarray(ANGLES[(of_angle @ distances).argmin(1)])


def with_vortex(recipe: Recipe, scene: Scene, mass: float, angle: float) -> Scene:
    """The scene with the vortex of another mass in eV, log10, and angle in degrees."""
    (points,) = scene.perturbers
    assert isinstance(points, PointMasses)
    x, y = vortex_points(half_length(recipe, mass), math.radians(angle), len(points.x))
    return replace(scene, perturbers=(replace(points, x=scene.lens.x + x, y=scene.lens.y + y),))


def half_length(recipe: Recipe, mass: float) -> float:
    """Of the vortex in arcsec."""
    population = recipe.populations[CLASS]
    assert isinstance(population, VortexPopulation)
    assert population.length_at_1e_22 is not None
    return vortex_half_length(mass, population.length_at_1e_22)


def own_changes(scene: Scene) -> Iterator[Change]:
    """What differs from image to image beside the vortex: the place of the source, and the exposure."""
    yield from (of_source(scene, name) for name in PLACE)
    yield lambda step: replace(scene, exposure=scene.exposure * math.exp(step))


def shared_changes(scene: Scene) -> Iterator[Change]:
    """What is the same in all images: the lens, and size, profile and shape of the source."""
    yield from (of_source(scene, name) for name in SHAPE)
    yield from (of_lens(scene, name) for name in LENS)


def of_source(scene: Scene, name: str) -> Change:
    """The scene with a number of the source changed."""
    ((source,),) = scene.source
    return lambda step: replace(scene, source=((replace(source, **{name: getattr(source, name) + step}),),))


def of_lens(scene: Scene, name: str) -> Change:
    """The scene with a number of the lens changed."""
    return lambda step: replace(scene, lens=replace(scene.lens, **{name: getattr(scene.lens, name) + step}))


def ideal(recipe: Recipe, count: int) -> dict[str, Any]:
    """Mean absolute errors of both observers, and figures by mass."""
    rng = np.random.default_rng(SCENE_SEED)
    scenes = [observed(recipe, draw_scene(recipe, CLASS, "test", k, SCENE_SEED), rng) for k in range(count)]
    found = {name: np.stack([scene[name] for scene in scenes]) for name in scenes[0]}
    half_lengths = np.array([half_length(recipe, mass) for mass in MASSES])
    ranges = [
        {
            "half_length": float(np.median(half_lengths[rows])),
            "signal": float(np.median(found["signal"][:, rows])),
            **{name: float(found[name][:, rows].mean()) for name in ERRORS},
        }
        for rows in in_ranges(MASSES)
    ]
    return {**{name: mean(found[name]) for name in ERRORS}, "ranges": ranges}


def mean(wrong: Rows) -> dict[str, Any]:
    """Mean of errors (scenes, masses), with its 95 % interval for other scenes."""
    of_scene = wrong.mean(1)
    value, half = float(of_scene.mean()), 1.96 * float(of_scene.std(ddof=1)) / math.sqrt(len(of_scene))
    return {"value": value, "interval": [value - half, value + half]}


def in_ranges(masses: Rows) -> list[NDArray[np.bool_]]:
    """For each range, which masses are in it."""
    place = np.digitize(masses, ENDS[1:-1])
    return [place == k for k in range(len(ENDS) - 1)]


def network(recipe: Recipe, count: int) -> dict[str, Any]:
    """Mean absolute error of the packaged network, and figures by mass."""
    block = simulate_block(recipe, CLASS, "test", 0, count, IMAGE_SEED)
    masses = np.asarray(block.truth[TARGET])
    wrong = lensym.load(NETWORK).estimate(block.images).value - masses
    ranges = [
        {"error": float(np.abs(wrong[rows]).mean()), "bias": float(wrong[rows].mean())} for rows in in_ranges(masses)
    ]
    return {**mean(np.abs(wrong)[:, None]), "ranges": ranges}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--scenes", type=int, default=SCENES, help=f"scenes that the observers see ({SCENES})")
    parser.add_argument("--images", type=int, default=IMAGES, help=f"images that the network sees ({IMAGES})")
    options = parser.parse_args()
    torch.set_num_threads(1)
    recipe = load_recipe(RECIPE)
    found = {
        "recipe": RECIPE,
        "network": NETWORK,
        "scenes": options.scenes,
        "masses": len(MASSES),
        "images": options.images,
        "seeds": {"scenes": SCENE_SEED, "images": IMAGE_SEED},
        "ends": ENDS.tolist(),
        "ideal": ideal(recipe, options.scenes),
        "of_network": network(recipe, options.images),
        "cpu": processor(),
        "versions": versions(PACKAGES),
    }
    write_atomically(options.out, f"{json.dumps(found, indent=1)}\n".encode())


if __name__ == "__main__":
    main()
