"""The scene of a stored image is drawn again, and is the one that was stored."""

import numpy as np
import pytest

from lensym.errors import UsageError
from lensym.simulation.images import observe
from lensym.simulation.render import render
from lensym.simulation.stored import is_of, stored_scene
from lensym.store import DatasetFolder


@pytest.mark.parametrize("number", [0, 14, 29])
def test_the_scene_gives_the_stored_image(data_set, number):
    data = DatasetFolder.open(data_set)
    found = stored_scene(data, "val", number)
    view = data.split("val")
    label = int(view.labels[number])
    assert (found.class_name, found.index) == (view.classes[label], number % 10)
    image = np.empty((1, 32, 32), found.recipe.dtype)
    place = (label, "val", found.index, data.manifest.seed)
    observe(found.recipe, render(found.recipe, found.scene), found.scene.exposure, place, image)
    np.testing.assert_array_equal(image, view.images(number)[0])


def test_a_changed_number_or_another_column_is_not_of_the_scene(data_set):
    scene = stored_scene(DatasetFolder.open(data_set), "test", 12).scene
    assert is_of(scene, scene.truth)
    assert not is_of(scene, scene.truth | {"theta_E": scene.truth["theta_E"] * (1 + 1e-6)})
    assert not is_of(scene, scene.truth | {"more": 1.0})


def test_a_number_off_the_end_is_refused(data_set):
    with pytest.raises(UsageError, match="an image from 0 to 29 of the split 'val'; got 30; choose another"):
        stored_scene(DatasetFolder.open(data_set), "val", 30)
