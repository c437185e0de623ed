import numpy as np
import pytest

from lensym.apply.checks import require_images
from lensym.errors import InputError

IMAGES = np.random.default_rng(0).uniform(1, 2, (3, 1, 8, 8))


def spoiled(value, index=1) -> np.ndarray:
    images = IMAGES.copy()
    images[index, 0, 2, 2:5] = value
    return images


def test_good_images_are_returned_as_they_are():
    assert require_images(IMAGES, 1, 8) is IMAGES
    assert require_images(IMAGES[:0], 1, 8).shape == (0, 1, 8, 8)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES[0, 0], r"shape \(N, 1, 8, 8\); got \(8, 8\); give one image as images.reshape\(1, 1, 8, 8\)"),
        (IMAGES[0], r"got \(1, 8, 8\); give one image as"),
        (IMAGES[..., :7], r"got \(3, 1, 8, 7\); cut and resample them"),
        (np.repeat(IMAGES, 3, axis=1), r"got \(3, 3, 8, 8\)"),
        (IMAGES.astype(complex), "images of real numbers; got an array of dtype complex128"),
        (IMAGES.astype(object), "images of real numbers; got an array of dtype object"),
        ([["a", "b"]], "images of real numbers"),
        (spoiled(np.nan), "finite pixels; got 3 that are NaN or infinite in image 1"),
        (spoiled(np.inf, 2), "finite pixels; got 3 that are NaN or infinite in image 2"),
        (spoiled(1e31), "a brightest pixel between 1e-30 and 1e30; got image 1"),
        (IMAGES * 1e-33, "a brightest pixel between 1e-30 and 1e30; got image 0"),
        (-IMAGES, "images with light above 0; got image 0 with pixels from -1.9"),
        (np.stack([IMAGES[0], np.full((1, 8, 8), 5)]), "not constant; got image 1 with pixels from 5 to 5"),
    ],
)
def test_refused(images, message):
    with pytest.raises(InputError, match=message):
        require_images(images, 1, 8)


def test_a_masked_pixel_is_no_data():
    masked = np.ma.masked_array(IMAGES, np.zeros_like(IMAGES, bool))
    np.testing.assert_array_equal(require_images(masked, 1, 8), IMAGES)
    masked[0, 0, 1, 2:4] = np.ma.masked
    with pytest.raises(InputError, match="2 that are NaN or infinite in image 0"):
        require_images(masked, 1, 8)


@pytest.mark.parametrize(
    ("shape", "word"), [((5, 8, 8), "images\\[:, None\\]"), ((5, 8, 8, 1), "moveaxis"), ((5, 1, 9, 9), "resample")]
)
def test_the_remedy_is_for_what_is_wrong_with_the_shape(shape, word):
    with pytest.raises(InputError, match=word):
        require_images(np.ones(shape), 1, 8)
