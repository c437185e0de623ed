"""Blocks of finished images: scenes drawn, rendered, and seen through the telescope."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.physics.instruments import Instrument
from lensym.physics.noise import ccd_kernel, published_counts_kernel
from lensym.physics.poisson import poisson_alias_table
from lensym.simulation.parts import CcdNoise, PoissonSky, PublishedCounts
from lensym.simulation.recipe import Recipe
from lensym.simulation.render import psf, render
from lensym.simulation.scene import check_seed, class_label, draw_scene, split_code


@dataclass(frozen=True)
class Block:
    """Images (n, C, H, W) and one truth column a drawn parameter, (n,) or (n, K); a short row is filled with NaN."""

    images: NDArray[Any]
    truth: dict[str, NDArray[Any]]


def simulate_block(recipe: Recipe, class_name: str, split: str, start: int, count: int, seed: int) -> Block:
    """Images ``start`` to ``start + count - 1`` of one class and split, with their truth."""
    label = class_label(recipe, class_name)
    size = recipe.image_size
    images = np.empty((count, recipe.channels, size, size), recipe.dtype)
    # all scenes first: drawing is Python, rendering is compiled, and each runs faster undisturbed by the other
    scenes = [draw_scene(recipe, class_name, split, start + k, seed) for k in range(count)]
    for k, scene in enumerate(scenes):
        model = render(recipe, scene)
        observe(recipe, model, scene.exposure, (label, split, start + k, seed), images[k])
    return Block(images, stack_truth([scene.truth for scene in scenes]))


def stack_truth(rows: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """A column for each parameter of scenes of one class."""
    return {key: _column([row[key] for row in rows]) for key in (rows[0] if rows else ())}


def _column(values: Sequence[Any]) -> NDArray[Any]:
    """A column of numbers, or of rows filled up with NaN to the longest."""
    if np.ndim(values[0]) == 0:
        return np.array(values)
    width = max(len(row) for row in values)
    column = np.full((len(values), width), np.nan)
    for k, row in enumerate(values):
        column[k, : len(row)] = row
    return column


def observe(
    recipe: Recipe, model: NDArray[np.float64], exposure: float, place: tuple[int, str, int, int], out: NDArray[Any]
) -> None:
    """Fill ``out`` (C, H, W) with what the telescope delivers of ``model``, in flux per pixel.

    ``place`` is the image's (label, split, index, seed), which its noise depends on.
    """
    noise, table = recipe.observation.noise, poisson_alias_table()
    for band, (plane, recorded) in enumerate(zip(model, out, strict=True)):
        counter = _noise_counter(place, band)
        if isinstance(noise, PublishedCounts):
            published_counts_kernel(plane, exposure, noise.background_rms, *counter, table, recorded)
        elif isinstance(noise, PoissonSky):
            ccd_kernel(plane, exposure, noise.sky, 0.0, *counter, table, recorded)
        elif isinstance(noise, CcdNoise):
            ccd = camera(recipe)
            readout_rms = math.sqrt(ccd.readout_variance)
            ccd_kernel(plane, ccd.total_exposure, ccd.sky_flux, readout_rms, *counter, table, recorded)
        else:
            recorded[:] = noise.factor * plane
    if recipe.observation.scaled:
        np.clip(out, 0, None, out=out)
        out /= max(float(out.max()), np.finfo(np.float64).tiny)


def noise_rms(recipe: Recipe, model: NDArray[np.float64], exposure: float) -> NDArray[np.float64]:
    """Standard deviation of what `observe` adds to ``model``, both in flux per pixel and of any shape.

    An image of :class:`~lensym.simulation.parts.PublishedCounts` is in counts, ``exposure`` times the flux; its noise
    is applied twice, so that the shot noise counts double.
    """
    noise = recipe.observation.noise
    if isinstance(noise, PublishedCounts):
        return np.asarray(np.sqrt(2 * np.abs(model) / exposure + noise.background_rms**2))
    if isinstance(noise, PoissonSky):
        return np.asarray(np.sqrt((model + noise.sky) / exposure))
    return camera(recipe).noise_rms(model) if isinstance(noise, CcdNoise) else np.zeros_like(model)


def _noise_counter(place: tuple[int, str, int, int], band: int) -> tuple[np.uint32, ...]:
    """Counter words and key of one image's noise in one band."""
    label, split, index, seed = place
    key = check_seed(seed)
    stream = band << 16 | label << 8 | split_code(split)
    return np.uint32(index), np.uint32(stream), np.uint32(key & 0xFFFFFFFF), np.uint32(key >> 32)


def camera(recipe: Recipe) -> Instrument:
    """The recipe's CCD."""
    noise, zero_point = recipe.observation.noise, recipe.observation.zero_point
    assert isinstance(noise, CcdNoise)
    assert zero_point is not None  # the recipe was checked
    return Instrument(
        recipe.pixel_scale,
        noise.read_noise,
        noise.gain,
        noise.sky_brightness,
        zero_point,
        noise.exposure_time,
        noise.exposures,
        psf(recipe),
    )
