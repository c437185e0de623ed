"""A scene whose every vector is turned by a right angle has the turned image, exactly on the pixel grid."""

import dataclasses
import math

import numpy as np
import pytest

from lensym.physics.mass import axis_ratio_and_angle
from lensym.physics.perturbers import Lines
from lensym.physics.raytrace import PictureSource
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render, render_plain
from lensym.simulation.scene import draw_scene


def turned_lens(lens):
    e1, e2 = -lens.e1, -lens.e2
    # a position angle is one of two directions: where the other is taken, an odd multipole changes its sign
    turn = axis_ratio_and_angle(e1, e2)[1] - axis_ratio_and_angle(lens.e1, lens.e2)[1]
    a3 = lens.a3 if turn == pytest.approx(math.pi / 2) else -lens.a3
    shear = {"gamma1": -lens.gamma1, "gamma2": -lens.gamma2}
    return dataclasses.replace(lens, e1=e1, e2=e2, x=-lens.y, y=lens.x, a3=a3, **shear)


def turned_perturbers(p):
    turned = dataclasses.replace(p, x=-p.y, y=p.x)
    return dataclasses.replace(turned, angle=p.angle + math.pi / 2) if isinstance(p, Lines) else turned


def turned_light(light):
    placed = dataclasses.replace(light, center_x=-light.center_y, center_y=light.center_x)
    if isinstance(light, PictureSource):
        return dataclasses.replace(placed, angle=light.angle + math.pi / 2)
    return dataclasses.replace(placed, e1=-light.e1, e2=-light.e2)


def turned(scene):
    """By a quarter, from +x towards +y."""
    return dataclasses.replace(
        scene,
        lens=turned_lens(scene.lens),
        perturbers=tuple(map(turned_perturbers, scene.perturbers)),
        source=tuple(tuple(map(turned_light, band)) for band in scene.source),
        foreground=tuple(tuple(map(turned_light, band)) for band in scene.foreground),
    )


def turned_image(image):
    """From +x (the columns) towards +y (the rows)."""
    return np.rot90(image, k=-1, axes=(-2, -1))


SMALL = {"published": "image.size=40", "physical": "image.size=32"}
CASES = [
    ("model_1", "published", ("no_sub", "cdm", "axion")),
    ("model_4", "published", ("cdm", "axion")),
    ("model_a", "published", ("cdm", "axion")),
    ("model_2", "physical", ("no_sub", "cdm", "axion")),
]


@pytest.mark.parametrize(
    ("name", "variant", "class_name"), [(name, variant, c) for name, variant, classes in CASES for c in classes]
)
@pytest.mark.parametrize(("draw", "exact"), [(render, 1e-6), (render_plain, 1e-9)])
def test_the_turned_scene_has_the_turned_image(name, variant, class_name, draw, exact):
    changes = [SMALL[variant]] + (["lens.a3=0.02", "lens.a4=0.02"] if variant == "physical" else [])
    recipe = load_recipe(name, variant, changes)
    for index in range(2 if draw is render else 1):
        scene = draw_scene(recipe, class_name, "test", index, seed=6)
        image = draw(recipe, scene)
        assert np.abs(draw(recipe, turned(scene)) - turned_image(image)).max() < exact * image.max()
        assert np.abs(draw(recipe, scene) - turned_image(image)).max() > 1e-3 * image.max()


def test_four_quarters_are_none():
    recipe = load_recipe("model_2", "physical", [SMALL["physical"], "lens.a3=0.02"])
    scene = draw_scene(recipe, "cdm", "test", 0, seed=6)
    image = render(recipe, scene)
    again = render(recipe, turned(turned(turned(turned(scene)))))
    assert np.abs(again - image).max() < 1e-12 * image.max()


@pytest.mark.parametrize("what", ["turned_lens", "turned_perturbers", "turned_light"])
def test_a_vector_that_is_left_would_show(what, monkeypatch):
    recipe = load_recipe("model_2", "physical", [SMALL["physical"]])
    scene = draw_scene(recipe, "cdm", "test", 0, seed=6)
    image = render(recipe, scene)
    monkeypatch.setitem(globals(), what, lambda part: part)
    assert np.abs(render(recipe, turned(scene)) - turned_image(image)).max() > 1e-4 * image.max()
