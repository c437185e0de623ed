"""From a recipe to images: draw every parameter, then render.

Image ``i`` of a class and split has its own counter-based random numbers, one stream for the parameters and one for
the noise, so it is the same however many workers there are and in whatever blocks they work.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.errors import UsageError, unknown_name
from lensym.physics.kernels import lensed_image_kernel
from lensym.physics.light import R_SMOOTH, sersic_b, sersic_quadratic_form
from lensym.physics.noise import published_counts_kernel
from lensym.physics.observe import FWHM_PER_SIGMA, gaussian_taps
from lensym.physics.poisson import poisson_alias_table
from lensym.physics.raytrace import (
    MacroLens,
    PointMasses,
    SersicSource,
    macro_source_plane,
    pixel_axis,
    pixel_grid,
)
from lensym.physics.substructure import vortex_half_length, vortex_points
from lensym.simulation.parts import NoSubstructure, PointMassPopulation, VortexPopulation
from lensym.simulation.recipe import Recipe

SPLITS: tuple[str, ...] = ("train", "val", "test", "fresh")
"""Streams of images that never share a random number; ``fresh`` is for images that are not stored."""

_MAX_SEED = 2**63


@dataclass(frozen=True)
class Block:
    """Images (n, 1, H, W) uint16 and one truth column a drawn parameter, (n,) or (n, K)."""

    images: NDArray[np.uint16]
    truth: dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Scene:
    """One drawn scene: perturbers and source of the noise-free image, exposure, and the truth to store."""

    perturbers: PointMasses
    source: SersicSource
    exposure: float
    truth: dict[str, Any]


def simulate_block(recipe: Recipe, class_name: str, split: str, start: int, count: int, seed: int) -> Block:
    """Images ``start`` to ``start + count - 1`` of one class and split, with their truth."""
    label = _label(recipe, class_name)
    images = np.empty((count, 1, recipe.image_size, recipe.image_size), np.uint16)
    rows = []
    for k in range(count):
        scene = draw_scene(recipe, class_name, split, start + k, seed)
        _add_noise(recipe, render(recipe, scene), scene.exposure, label, split, start + k, seed, images[k, 0])
        rows.append(scene.truth)
    return Block(images, {key: np.array([row[key] for row in rows]) for key in (rows[0] if rows else ())})


def draw_scene(recipe: Recipe, class_name: str, split: str, index: int, seed: int) -> Scene:
    """Draw image ``index``'s parameters. The order of the draws is part of the data set's definition."""
    rng = _parameter_generator(_label(recipe, class_name), split, index, seed)
    x, y = (float(d.draw(rng, 1)[0]) for d in (recipe.source.x, recipe.source.y))
    exposure = float(recipe.observation.exposure.draw(rng, 1)[0])
    perturbers, truth = _draw_population(recipe, class_name, rng)
    s = recipe.source
    source = SersicSource(s.amplitude, s.R_sersic, s.n_sersic, s.e1, s.e2, x, y)
    return Scene(perturbers, source, exposure, {"source_x": x, "source_y": y, "exposure": exposure, **truth})


def render(recipe: Recipe, scene: Scene) -> NDArray[np.float64]:
    """Noise-free image (H, W) in flux per pixel, by the fast kernel."""
    axis, beta_x, beta_y, taps = _fixed_arrays(*_fixed_key(recipe))
    s, p = scene.source, scene.perturbers
    image: NDArray[np.float64] = lensed_image_kernel(
        axis,
        beta_x,
        beta_y,
        p.x,
        p.y,
        p.theta_E**2,
        sersic_quadratic_form(s.R_sersic, s.e1, s.e2),
        (sersic_b(s.n_sersic), 1 / s.n_sersic, s.center_x, s.center_y, (R_SMOOTH / s.R_sersic) ** 2),
        s.amplitude * recipe.pixel_scale**2,
        taps,
    )
    return image


def macro_lens(recipe: Recipe) -> MacroLens:
    """The recipe's smooth lens."""
    lens = recipe.lens
    return MacroLens(recipe.einstein_radius(lens.mass), lens.e1, lens.e2, lens.gamma1, lens.gamma2)


def psf_sigma(recipe: Recipe) -> float:
    """Gaussian sigma of the recipe's PSF in arcsec."""
    return recipe.observation.psf_fwhm / FWHM_PER_SIGMA


def check_seed(seed: int) -> int:
    """Return a seed that the counters can hold, or refuse it."""
    if not 0 <= seed < _MAX_SEED:
        raise UsageError("a seed from 0 to 2^63 - 1", str(seed), "choose another --seed")
    return seed


def _label(recipe: Recipe, class_name: str) -> int:
    if class_name not in recipe.classes:
        raise unknown_name(f"class of recipe '{recipe.name}'", class_name, recipe.classes)
    return recipe.classes.index(class_name)


def _split_code(split: str) -> int:
    if split not in SPLITS:
        raise unknown_name("split", split, SPLITS)
    return SPLITS.index(split)


def _parameter_generator(label: int, split: str, index: int, seed: int) -> np.random.Generator:
    """Generator of one image's parameters: numpy's Philox4x64 at the counter (-, index, label, split)."""
    counter = np.array([0, index, label, _split_code(split)], np.uint64)
    return np.random.Generator(np.random.Philox(key=np.array([check_seed(seed), 0], np.uint64), counter=counter))


def _add_noise(
    recipe: Recipe,
    model: NDArray[np.float64],
    exposure: float,
    label: int,
    split: str,
    index: int,
    seed: int,
    out: NDArray[np.uint16],
) -> None:
    stream = np.uint32(label << 8 | _split_code(split))
    key = check_seed(seed)
    published_counts_kernel(
        model,
        exposure,
        recipe.observation.background_rms,
        np.uint32(index),
        stream,
        np.uint32(key & 0xFFFFFFFF),
        np.uint32(key >> 32),
        poisson_alias_table(),
        out,
    )


def _draw_population(recipe: Recipe, class_name: str, rng: np.random.Generator) -> tuple[PointMasses, dict[str, Any]]:
    """Perturbers of one image and their truth columns."""
    population = recipe.populations[class_name]
    if isinstance(population, PointMassPopulation):
        return _draw_point_masses(recipe, population, rng)
    if isinstance(population, VortexPopulation):
        return _draw_vortex(recipe, population, rng)
    assert isinstance(population, NoSubstructure)
    nothing = np.zeros(0)
    return PointMasses(nothing, nothing, nothing), {}


def _draw_point_masses(
    recipe: Recipe, population: PointMassPopulation, rng: np.random.Generator
) -> tuple[PointMasses, dict[str, Any]]:
    mass = population.mass.draw(rng, population.count)
    radius = population.radius.draw(rng, population.count)
    angle = np.deg2rad(population.angle.draw(rng, population.count))
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    truth = {"subhalo_mass": mass, "subhalo_x": x, "subhalo_y": y}
    return PointMasses(x, y, recipe.einstein_radius(1.0) * np.sqrt(mass)), truth


def _draw_vortex(
    recipe: Recipe, population: VortexPopulation, rng: np.random.Generator
) -> tuple[PointMasses, dict[str, Any]]:
    log10_mass = float(population.log10_axion_mass.draw(rng, 1)[0])
    angle = float(population.angle.draw(rng, 1)[0])
    half_length = vortex_half_length(log10_mass, population.length_at_1e_22)
    x, y = vortex_points(half_length, np.deg2rad(angle), population.points)
    radius = recipe.einstein_radius(population.total_mass / population.points)
    truth = {"log10_axion_mass": log10_mass, "vortex_angle": angle, "vortex_half_length": half_length}
    return PointMasses(x, y, np.full(population.points, radius)), truth


def _fixed_key(recipe: Recipe) -> tuple[int, float, MacroLens, float, float]:
    return (
        recipe.image_size,
        recipe.pixel_scale,
        macro_lens(recipe),
        psf_sigma(recipe),
        recipe.observation.psf_truncation,
    )


@lru_cache(maxsize=8)
def _fixed_arrays(
    size: int, pixel_scale: float, lens: MacroLens, sigma: float, truncation: float
) -> tuple[NDArray[np.float64], ...]:
    """What every image of a recipe with one smooth lens shares: pixel axis, source plane behind the lens, PSF taps."""
    beta_x, beta_y = macro_source_plane(*pixel_grid(size, pixel_scale), lens)
    return pixel_axis(size, pixel_scale), beta_x, beta_y, gaussian_taps(sigma / pixel_scale, truncation)
