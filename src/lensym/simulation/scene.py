"""Draw a scene: every number that an image of a recipe depends on, its noise apart.

Image ``i`` of a class and split has its own counter-based random numbers, one stream for the parameters and one for
the noise, so it is the same however many workers there are and in whatever blocks they work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lensym.errors import UsageError, in_short, unknown_name
from lensym.physics.enclosed import mass_inside
from lensym.physics.perturbers import Perturbers
from lensym.physics.philox import philox_generator
from lensym.physics.raytrace import MacroLens
from lensym.simulation.brightness import Light, draw_foreground, draw_source
from lensym.simulation.draw import Draws, draw_lens, draw_setting
from lensym.simulation.parts import PoissonSky, PublishedCounts
from lensym.simulation.populations import draw_substructure
from lensym.simulation.recipe import Recipe

SPLITS: tuple[str, ...] = ("train", "val", "test", "fresh")
"""Streams of images that never share a random number; ``fresh`` is for images that are not stored."""

_MAX_SEED = 2**63


@dataclass(frozen=True)
class Scene:
    """One drawn scene.

    Attributes
    ----------
    lens, perturbers
        What deflects the light.
    source, foreground
        Lights of each band: those behind the lens, and those that no lens disturbs.
    exposure
        In the units of the recipe's noise; 1 where it has none.
    truth
        A number, or an array of them, for each drawn parameter.
    """

    lens: MacroLens
    perturbers: tuple[Perturbers, ...]
    source: tuple[tuple[Light, ...], ...]
    foreground: tuple[tuple[Light, ...], ...]
    exposure: float
    truth: dict[str, Any]


def draw_scene(recipe: Recipe, class_name: str, split: str, index: int, seed: int) -> Scene:
    """Draw image ``index``'s parameters."""
    draws = Draws(generator(class_label(recipe, class_name), split, index, seed, stream=0))
    lens_part = recipe.lens_of_class.get(class_name, recipe.lens)
    setting = draw_setting(recipe, lens_part, draws)
    lens = draw_lens(lens_part, setting, draws)
    source, source_truth = draw_source(recipe, lens, draws)
    foreground, foreground_truth = draw_foreground(recipe, lens, draws)
    exposure = _exposure(recipe, draws)
    drawn = draw_substructure(recipe.populations[class_name], lens, setting, draws)
    if recipe.compensated:
        lens = compensated(lens, drawn.perturbers)
    truth = {"z_lens": setting.z_lens, "z_source": setting.z_source, **_lens_truth(lens), **source_truth}
    truth |= {**foreground_truth, "exposure": exposure, **drawn.truth}
    return Scene(lens, drawn.perturbers, source, foreground, exposure, truth)


def compensated(lens: MacroLens, perturbers: tuple[Perturbers, ...]) -> MacroLens:
    """The smooth lens without the mass that perturbers add inside its Einstein radius: their sum has the same there.

    What a power law has inside a circle goes as ``theta_E^(slope - 1)``.
    """
    added = sum(mass_inside(p, lens.x, lens.y, lens.theta_E) for p in perturbers) / lens.theta_E**2
    if added >= 1:
        raise UsageError(
            "substructure that is lighter inside the Einstein radius than the lens, which gives up as much",
            f"{added:.2f} of the lens's mass",
            "lower the mass_fraction of the recipe's classes",
        )
    return replace(lens, theta_E=lens.theta_E * (1 - added) ** (1 / (lens.slope - 1)))


def _exposure(recipe: Recipe, draws: Draws) -> float:
    noise = recipe.observation.noise
    return draws.one(noise.exposure) if isinstance(noise, PublishedCounts | PoissonSky) else 1.0


def _lens_truth(lens: MacroLens) -> dict[str, float]:
    return {
        "theta_E": lens.theta_E,
        "slope": lens.slope,
        "e1": lens.e1,
        "e2": lens.e2,
        "gamma1": lens.gamma1,
        "gamma2": lens.gamma2,
        "lens_x": lens.x,
        "lens_y": lens.y,
        "a3": lens.a3,
        "a4": lens.a4,
    }


def check_seed(seed: object) -> int:
    """Return a seed that the counters can hold, or refuse it."""
    if not isinstance(seed, int | np.integer) or not 0 <= seed < _MAX_SEED:
        raise UsageError("a whole number as a seed from 0 to 2^63 - 1", in_short(seed), "choose another seed")
    return int(seed)


def class_label(recipe: Recipe, class_name: str) -> int:
    """Place of a class in the recipe's order."""
    if class_name not in recipe.classes:
        raise unknown_name(f"class of recipe '{recipe.name}'", class_name, recipe.classes)
    return recipe.classes.index(class_name)


def split_code(split: str) -> int:
    """Number of a split in the counters."""
    if split not in SPLITS:
        raise unknown_name("split", split, SPLITS)
    return SPLITS.index(split)


def generator(label: int, split: str, index: int, seed: int, stream: int) -> np.random.Generator:
    """Generator of one image's numbers: numpy's Philox4x64 at the counter (-, index, label, split).

    ``stream`` 0 is for the parameters, 2 for the order in which fresh images come. The noise has counters of its own.
    """
    counter = np.array([0, index, label, split_code(split)], np.uint64)
    key = np.array([check_seed(seed), stream], np.uint64)
    return philox_generator(counter, key)
