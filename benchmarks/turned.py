"""Model I scenes turned by any angle and simulated anew: nothing is interpolated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.physics.raytrace import MacroLens, PointMasses, SersicSource
from lensym.simulation.images import observe
from lensym.simulation.recipe import Recipe
from lensym.simulation.render import render
from lensym.simulation.scene import Scene, draw_scene


def turned(scene: Scene, angle: float) -> Scene:
    """The scene turned about the image's centre by ``angle`` in radians, from +x towards +y."""
    return replace(
        scene,
        lens=_turned_lens(scene.lens, angle),
        perturbers=tuple(_turned_masses(p, angle) for p in scene.perturbers),
        source=tuple(tuple(_turned_light(light, angle) for light in band) for band in scene.source),
        foreground=tuple(tuple(_turned_light(light, angle) for light in band) for band in scene.foreground),
    )


def turned_images(
    recipe: Recipe, split: str, seed: int, angles: Sequence[NDArray[np.float64]], noise_seed: int | None
) -> NDArray[np.float32]:
    """Scene ``i`` of each class turned by ``angles[class][i]`` radians, (classes * n, C, H, W), class by class.

    With ``noise_seed`` the noise is drawn from that seed; without, the images are the counts to be expected but for
    noise.
    """
    images = [
        _image(recipe, (label, split, i, seed), angle, noise_seed)
        for label, of_class in enumerate(angles)
        for i, angle in enumerate(of_class.tolist())
    ]
    return np.stack(images).astype(np.float32)


def _image(recipe: Recipe, place: tuple[int, str, int, int], angle: float, noise_seed: int | None) -> NDArray[Any]:
    label, split, index, seed = place
    scene = turned(draw_scene(recipe, recipe.classes[label], split, index, seed), angle)
    model = render(recipe, scene)
    if noise_seed is None:
        return scene.exposure * model
    counts = np.empty(model.shape, recipe.dtype)
    observe(recipe, model, scene.exposure, (label, split, index, noise_seed), counts)
    return counts


def _turned_lens(lens: MacroLens, angle: float) -> MacroLens:
    assert lens.a3 == lens.a4 == 0  # Model I has no multipoles
    x, y = _rotated(lens.x, lens.y, angle)
    e1, e2 = _rotated(lens.e1, lens.e2, 2 * angle)
    gamma1, gamma2 = _rotated(lens.gamma1, lens.gamma2, 2 * angle)
    return replace(lens, x=x, y=y, e1=e1, e2=e2, gamma1=gamma1, gamma2=gamma2)


def _turned_masses(perturbers: Any, angle: float) -> PointMasses:
    assert isinstance(perturbers, PointMasses)  # Model I has no others
    x, y = _rotated(perturbers.x, perturbers.y, angle)
    return replace(perturbers, x=x, y=y)


def _turned_light(light: Any, angle: float) -> SersicSource:
    assert isinstance(light, SersicSource)  # Model I has no others
    x, y = _rotated(light.center_x, light.center_y, angle)
    e1, e2 = _rotated(light.e1, light.e2, 2 * angle)
    return replace(light, center_x=x, center_y=y, e1=e1, e2=e2)


def _rotated(x: Any, y: Any, angle: float) -> tuple[Any, Any]:
    """A vector turned by ``angle``; ellipticity and shear turn by twice the angle of their axes."""
    c, s = math.cos(angle), math.sin(angle)
    return c * x - s * y, s * x + c * y
