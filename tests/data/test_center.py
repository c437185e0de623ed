import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensym.data.center import centroid, locate, parse_center
from lensym.errors import InputError, UsageError

from .d4 import ELEMENTS, act, act_on_position

NOISE = 0.01


def blobs(*spots, shape=(60, 80), seed=0):
    y, x = np.indices(shape)
    image = np.random.default_rng(seed).normal(0, NOISE, shape)
    for cx, cy, height in spots:
        image = image + height * np.exp(-0.5 * ((x - cx) ** 2 + (y - cy) ** 2) / 3**2)
    return image[None]


def test_middle_by_default():
    assert locate(blobs(), None, 10.0) == (39.5, 29.5)


def test_a_position_is_taken_as_given_and_must_lie_inside():
    assert locate(blobs(), (3.5, 59.0), 10.0) == (3.5, 59.0)
    with pytest.raises(UsageError, match=r"a centre inside the image of 80 x 60 px; got \(70, 65\)"):
        locate(blobs(), (70.0, 65.0), 10.0)


def test_the_centroid_finds_the_light():
    assert centroid(blobs((51.3, 22.6, 1.0)), 20.0) == pytest.approx((51.3, 22.6), abs=0.1)


def test_a_neighbour_outside_the_disc_has_no_part():
    assert centroid(blobs((35, 30, 1.0), (70, 12, 0.5)), 15.0) == pytest.approx((35, 30), abs=0.1)


def test_a_sky_level_and_missing_pixels_do_not_pull():
    image = blobs((51.3, 22.6, 1.0)) + 40
    image[:, :, :5] = np.nan
    assert centroid(image, 20.0) == pytest.approx((51.3, 22.6), abs=0.1)


@given(st.sampled_from(ELEMENTS), st.floats(25, 55), st.floats(20, 40))
def test_the_centroid_moves_with_the_frame(element, x, y):
    image = blobs((x, y, 1.0), (x + 6, y - 4, 0.5))
    moved = act_on_position(element, centroid(image, 15.0), image.shape[1:])
    assert centroid(act(element, image), 15.0) == pytest.approx(moved, abs=1e-9)


def test_no_light():
    with pytest.raises(InputError, match="light above the noise for the centre auto; got none; give --center X,Y"):
        centroid(np.zeros((1, 20, 20)), 5.0)


@pytest.mark.parametrize(("text", "center"), [(None, None), ("auto", "auto"), ("3,4.5", (3, 4.5))])
def test_parse(text, center):
    assert parse_center(text) == center


@pytest.mark.parametrize("text", ["3", "a,b", "1,2,3", "middle"])
def test_parse_refuses(text):
    with pytest.raises(UsageError, match=f"--center as X,Y in pixels or auto; got '{text}'"):
        parse_center(text)
