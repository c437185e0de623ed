"""How well the axion's mass can be known from images of Model I: the Cramer-Rao bound, beside a network's errors.

    python benchmarks/mass_limits.py [--out FILE] [--scenes N] [--images N]

An image of a vortex depends on its mass and angle, on numbers of the lens and of the source, and on the exposure. The
bound on the standard deviation of an unbiased estimate is that of the mean image's derivatives over the noise (Fisher
information), once with all these numbers unknown, and once with those known that all images of the recipe share.
Derivatives are central differences of images without noise. It is a median over scenes of a range of masses. Beside it
stand the mean absolute error and the bias of the packaged network on images of another seed.
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

import lensym
from lensym.atomic import write_atomically
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
SCENES, SCENE_SEED = 1000, 46
IMAGES, IMAGE_SEED = 2000, 47
RANGES = np.linspace(-24, -22, 11)
"""Ends of the ranges of log10 of the mass in eV."""
LENS = ("theta_E", "gamma1", "gamma2", "e1", "e2")
SHAPE = ("R_sersic", "n_sersic", "e1", "e2")
"""Numbers of the lens and of the source that all images of the recipe share."""
PLACE = ("center_x", "center_y")
STEP = 1e-4
"""Of differences, in arcsec, dex, radians or without a unit."""
RESULTS = Path(__file__).parent / "results" / "mass_limits.json"
PACKAGES = ("lensym", "torch", "numpy", "scipy", "numba")

Image = NDArray[np.float64]
Change = Callable[[float], Scene]


def bounds(recipe: Recipe, scene: Scene) -> tuple[float, float]:
    """Least standard deviation of the mass in dex: with all numbers unknown, and with the shared ones known."""
    noise = recipe.observation.noise
    assert isinstance(noise, PublishedCounts)

    def counts(changed: Scene) -> tuple[Image, Image]:
        return published_counts_moments(render(recipe, changed)[0], changed.exposure, noise.background_rms)[:2]

    rms = np.sqrt(counts(scene)[1])
    own, shared = (
        [(counts(change(STEP))[0] - counts(change(-STEP))[0]).ravel() / (2 * STEP * rms.ravel()) for change in changes]
        for changes in (own_changes(recipe, scene), shared_changes(scene))
    )
    return deviation(np.array(own + shared)), deviation(np.array(own))


def deviation(slopes: NDArray[np.float64]) -> float:
    """Standard deviation of the first number, of slopes (P, N) over the noise: what no other slope explains of its."""
    first, others = slopes[0], slopes[1:]
    unit = others / np.linalg.norm(others, axis=1, keepdims=True)
    explained, *_ = np.linalg.lstsq(unit.T, first, rcond=None)
    return 1 / float(np.linalg.norm(first - explained @ unit))


def own_changes(recipe: Recipe, scene: Scene) -> Iterator[Change]:
    """What differs from image to image, the mass first: vortex, place of the source, exposure."""
    population = recipe.populations[CLASS]
    assert isinstance(population, VortexPopulation)
    length = population.length_at_1e_22
    assert length is not None
    (points,) = scene.perturbers
    assert isinstance(points, PointMasses)

    def vortex(mass: float, angle: float) -> Scene:
        x, y = vortex_points(vortex_half_length(mass, length), angle, population.points)
        return replace(scene, perturbers=(replace(points, x=scene.lens.x + x, y=scene.lens.y + y),))

    mass, angle = scene.truth[TARGET], math.radians(scene.truth["vortex_angle"])
    yield lambda step: vortex(mass + step, angle)
    yield lambda step: vortex(mass, angle + step)
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


def by_mass(masses: NDArray[np.float64], figures: Callable[[NDArray[np.bool_]], dict[str, float]]) -> list[Any]:
    """Figures of each range of masses, with the number in it."""
    place = np.digitize(masses, RANGES[1:-1])
    return [{"n": int((place == k).sum()), **figures(place == k)} for k in range(len(RANGES) - 1)]


def limits(recipe: Recipe, count: int) -> list[Any]:
    """Medians of the bounds, and of the vortex's half-length in arcsec."""
    scenes = [draw_scene(recipe, CLASS, "test", index, SCENE_SEED) for index in range(count)]
    found = np.array([bounds(recipe, scene) for scene in scenes])
    masses, lengths = (np.array([scene.truth[name] for scene in scenes]) for name in (TARGET, "vortex_half_length"))
    return by_mass(
        masses,
        lambda rows: {
            "half_length": float(np.median(lengths[rows])),
            "all_unknown": float(np.median(found[rows, 0])),
            "lens_known": float(np.median(found[rows, 1])),
        },
    )


def errors(recipe: Recipe, count: int) -> list[Any]:
    """Mean absolute error and bias of the packaged network."""
    block = simulate_block(recipe, CLASS, "test", 0, count, IMAGE_SEED)
    masses = np.asarray(block.truth[TARGET])
    wrong = lensym.load(NETWORK).estimate(block.images).value - masses
    return by_mass(masses, lambda rows: {"error": float(np.abs(wrong[rows]).mean()), "bias": float(wrong[rows].mean())})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS, help="file for the figures")
    parser.add_argument("--scenes", type=int, default=SCENES, help=f"scenes of the bound ({SCENES})")
    parser.add_argument("--images", type=int, default=IMAGES, help=f"images that the network sees ({IMAGES})")
    options = parser.parse_args()
    torch.set_num_threads(1)
    recipe = load_recipe(RECIPE)
    found = {
        "recipe": RECIPE,
        "network": NETWORK,
        "scenes": options.scenes,
        "images": options.images,
        "seeds": {"scenes": SCENE_SEED, "images": IMAGE_SEED},
        "ranges": RANGES.tolist(),
        "bounds": limits(recipe, options.scenes),
        "errors": errors(recipe, options.images),
        "cpu": processor(),
        "versions": versions(PACKAGES),
    }
    write_atomically(options.out, f"{json.dumps(found, indent=1)}\n".encode())


if __name__ == "__main__":
    main()
