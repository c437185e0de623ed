"""Scenes turned by any angle and simulated anew: nothing is interpolated, so that the noise stays what it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.errors import InputError, UsageError
from lensym.physics.mass import axis_ratio_and_angle
from lensym.physics.perturbers import Lines, Perturbers
from lensym.physics.raytrace import MacroLens, PictureSource
from lensym.simulation.brightness import Light
from lensym.simulation.images import Block, observe, stack_truth
from lensym.simulation.pool import Executor, available_cores, run_tasks
from lensym.simulation.recipe import Recipe, parse_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import Scene, class_label, draw_scene, generator
from lensym.simulation.worker import ShardMaker, leave_mark
from lensym.store.manifest import Manifest, read_manifest, require_images_alone
from lensym.store.resume import complete

TURNED = ", turned"
"""Ends the variant of a data set of turned scenes."""

_ANGLES = 3
"""Stream of random numbers that the angles come from."""


def turned(scene: Scene, angle: float) -> Scene:
    """The scene turned about the image's centre by ``angle`` in radians, from +x towards +y; its truth stays."""
    return replace(
        scene,
        lens=_turned_lens(scene.lens, angle),
        perturbers=tuple(_turned_perturbers(p, angle) for p in scene.perturbers),
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
        _image(recipe, draw_scene(recipe, recipe.classes[label], split, i, seed), angle, (label, split, i, noise_seed))
        for label, of_class in enumerate(angles)
        for i, angle in enumerate(of_class.tolist())
    ]
    return np.stack(images).astype(np.float32)


def turn_data_set(
    upright: str | Path,
    out: str | Path,
    workers: int | None = None,
    shard_images: int = 500,
    executor: Executor | None = None,
) -> Manifest:
    """Simulate every scene of a data set anew into the folder ``out``, each turned by a random angle.

    Angles are uniform on the circle and depend, as everything else, on the seed and the image's place alone. The noise
    is drawn after the turn. The truth is that of the scene before the turn, and ``turned_by`` the angle in degrees.
    Called again it finishes what was begun, as `lensym.simulation.run.simulate_to_folder`, whose other parameters
    these are.

    Raises
    ------
    InputError
        If ``upright`` was not simulated.
    UsageError
        If it has what smooth lenses leave of its images.
    """
    manifest = read_manifest(upright)
    if manifest.seed is None:
        raise InputError("a simulated data set", f"'{upright}' of images from elsewhere", "turn one of lensym simulate")
    require_images_alone(upright, manifest)
    recipe = parse_recipe(manifest.parameters, manifest.recipe)
    planned = replace(manifest, variant=manifest.variant + TURNED, shards=(), files={})
    execute = executor or partial(run_tasks, workers=workers or available_cores())
    seed = manifest.seed

    def maker(folder: Path) -> TurnedMaker:
        return TurnedMaker(recipe, folder.resolve(), planned.classes, seed, leave_mark(folder))

    return complete(out, planned, shard_images, maker, execute)


@dataclass(frozen=True)
class TurnedMaker(ShardMaker):
    """Simulates and writes any one shard of turned scenes."""

    def block(self, class_name: str, split: str, start: int, count: int) -> Block:
        """Turned images of a class, with their truth."""
        return turned_block(self.recipe, class_name, split, start, count, self.seed)


def turned_block(recipe: Recipe, class_name: str, split: str, start: int, count: int, seed: int) -> Block:
    """What `lensym.simulation.images.simulate_block` makes, each scene turned by the angle of its place."""
    label = class_label(recipe, class_name)
    scenes = [draw_scene(recipe, class_name, split, start + k, seed) for k in range(count)]
    angles = [angle_of(label, split, start + k, seed) for k in range(count)]
    images = [
        _image(recipe, scene, angle, (label, split, start + k, seed))
        for k, (scene, angle) in enumerate(zip(scenes, angles, strict=True))
    ]
    truth = stack_truth([scene.truth | {"turned_by": math.degrees(a)} for scene, a in zip(scenes, angles, strict=True)])
    return Block(np.stack(images), truth)


def angle_of(label: int, split: str, index: int, seed: int) -> float:
    """Angle in radians, uniform on the circle, by which the scene of that place is turned."""
    return 2 * math.pi * float(generator(label, split, index, seed, _ANGLES).random())


def _image(recipe: Recipe, scene: Scene, angle: float, place: tuple[int, str, int, int | None]) -> NDArray[Any]:
    label, split, index, noise_seed = place
    model = render(recipe, turned(scene, angle))
    if noise_seed is None:
        return scene.exposure * model
    counts = np.empty(model.shape, recipe.dtype)
    observe(recipe, model, scene.exposure, (label, split, index, noise_seed), counts)
    return counts


def _turned_lens(lens: MacroLens, angle: float) -> MacroLens:
    x, y = _rotated(lens.x, lens.y, angle)
    e1, e2 = _rotated(lens.e1, lens.e2, 2 * angle)
    gamma1, gamma2 = _rotated(lens.gamma1, lens.gamma2, 2 * angle)
    a3 = lens.a3 * _along_axis(lens, (e1, e2), angle)
    return replace(lens, x=x, y=y, e1=e1, e2=e2, gamma1=gamma1, gamma2=gamma2, a3=a3)


def _along_axis(lens: MacroLens, turned_ellipticity: tuple[float, float], angle: float) -> int:
    """-1 where the position angle after the turn is the other of the two directions of the major axis, else 1.

    A multipole is counted from that angle, and an odd one changes its sign with the direction.
    """
    if not (lens.a3 or lens.a4):
        return 1
    if lens.e1 == lens.e2 == 0:
        raise UsageError(
            "a lens with a major axis, along which its multipoles lie, to be turned",
            "a round one with multipoles",
            "give lens.ellipticity, or leave a3 and a4 out",
        )
    before, after = axis_ratio_and_angle(lens.e1, lens.e2)[1], axis_ratio_and_angle(*turned_ellipticity)[1]
    half_turns = round((before + angle - after) / math.pi)
    return -1 if half_turns % 2 else 1


def _turned_perturbers(perturbers: Perturbers, angle: float) -> Perturbers:
    x, y = _rotated(perturbers.x, perturbers.y, angle)
    if isinstance(perturbers, Lines):
        return replace(perturbers, x=x, y=y, angle=perturbers.angle + angle)
    return replace(perturbers, x=x, y=y)


def _turned_light(light: Light, angle: float) -> Light:
    x, y = _rotated(light.center_x, light.center_y, angle)
    if isinstance(light, PictureSource):
        return replace(light, center_x=x, center_y=y, angle=light.angle + angle)
    e1, e2 = _rotated(light.e1, light.e2, 2 * angle)
    return replace(light, center_x=x, center_y=y, e1=e1, e2=e2)


def _rotated(x: Any, y: Any, angle: float) -> tuple[Any, Any]:
    """A vector turned by ``angle``; ellipticity and shear turn by twice the angle of their axes."""
    c, s = math.cos(angle), math.sin(angle)
    return c * x - s * y, s * x + c * y
