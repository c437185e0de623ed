"""Model I against caustics, rendered from the truth table alone, in its own single precision."""

import functools
import importlib.util

import numpy as np
import pytest

from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render
from lensym.simulation.scene import draw_scene

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore:__array_wrap__ must accept context"),  # in caustics' cosmology
    pytest.mark.skipif(
        importlib.util.find_spec("caustics") is None,
        reason="caustics is not installed: pip install 'lensym[oracle]'",
    ),
]
RECIPE = load_recipe("model_1")
TOLERANCE = 1e-4
"""Of the image's peak."""


@functools.lru_cache
def scenes_and_images(class_name):
    """A batch of scenes of a class and caustics' noise-free images of them."""
    from caustics_model_1 import BATCH, CausticsModel1

    scenes = [draw_scene(RECIPE, class_name, "test", index, seed=21) for index in range(BATCH)]
    images = CausticsModel1(class_name, compiled=False).images([scene.truth for scene in scenes])
    return [render(RECIPE, scene)[0] for scene in scenes], images.numpy()


def errors(rendered, images):
    """Largest difference of any pixel of each scene, relative to the image's peak."""
    return np.array([np.abs(r - i).max() / i.max() for r, i in zip(rendered, images, strict=True)])


@pytest.mark.parametrize("class_name", RECIPE.classes)
def test_every_noise_free_image_is_that_of_caustics_and_no_other(class_name):
    rendered, images = scenes_and_images(class_name)
    assert (errors(rendered, images) < TOLERANCE).all()
    assert (errors(rendered[1:], images[:-1]) > TOLERANCE).all()
