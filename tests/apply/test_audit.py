"""What can be audited, and with which images."""

import numpy as np
import pytest

from lensym.apply.audit import audit_layers, audit_network, images_for, open_network
from lensym.errors import InputError, UsageError


@pytest.mark.parametrize("name", ["net.pt", "net.pth", "net.pt2", "net.ckpt"])
def test_a_file_that_can_run_code_is_not_loaded(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"whatever")
    with pytest.raises(UsageError, match=r"can run any code .*; if you trust it, load it yourself"):
        open_network(path)


def test_random_images_where_there_are_none(predictor):
    images = images_for(predictor, None, "test", 0)
    assert images.shape == (36, *predictor.image_shape)
    assert audit_network(predictor, images).group[0].invariant


def test_images_of_an_array(predictor, tmp_path):
    path, images = tmp_path / "images.npy", np.random.default_rng(0).random((40, *predictor.image_shape))
    np.save(path, images)
    found = images_for(predictor, path, "test", 0)
    assert len(found) == 36
    assert all(any(np.array_equal(image, other) for other in images) for image in found)


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        (np.zeros((4, 1, 16, 16)), r"images \(N, 1, 32, 32\) .*; got \(4, 1, 16, 16\)"),
        (np.zeros((32, 32)), r"images \(N, 1, 32, 32\) .*; got \(32, 32\)"),
        (np.full((4, 1, 32, 32), np.nan), "finite pixels"),
        (np.array([{}], dtype=object), "an array of images in a .npy file"),
    ],
)
def test_an_array_of_something_else_is_refused(predictor, tmp_path, array, problem):
    np.save(tmp_path / "images.npy", array)
    with pytest.raises(InputError, match=problem):
        images_for(predictor, tmp_path / "images.npy", "test", 0)


def test_a_network_without_maps_on_the_grid_is_refused(predictor):
    with pytest.raises(UsageError, match="feature maps on the pixel grid"):
        audit_layers(predictor, images_for(predictor, None, "test", 0))
