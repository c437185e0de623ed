import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensym.data.center import ByFit, locate, parse_center, symmetry_center
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


def test_the_centre_of_symmetry_finds_the_light():
    assert symmetry_center(blobs((51.3, 22.6, 1.0)), 20.0) == pytest.approx((51.3, 22.6), abs=0.1)


def test_a_neighbour_outside_the_disc_has_no_part():
    assert symmetry_center(blobs((35, 30, 1.0), (70, 12, 0.5)), 15.0) == pytest.approx((35, 30), abs=0.1)


def test_a_sky_level_and_missing_pixels_do_not_pull():
    image = blobs((51.3, 22.6, 1.0)) + 40
    image[:, :, :5] = np.nan
    assert symmetry_center(image, 20.0) == pytest.approx((51.3, 22.6), abs=0.1)


def test_arcs_of_unequal_height_do_not_pull_as_they_would_a_centroid():
    """Two arcs at equal distance from the middle of a galaxy, one five times as bright."""
    image = blobs((41, 30, 3.0), (31, 30, 0.5), (51, 30, 0.1))
    assert symmetry_center(image, 25.0) == pytest.approx((41, 30), abs=0.3)


def test_counts_cut_at_zero_do_not_pull_to_the_middle():
    """Most border pixels are 0, so that their median absolute deviation is 0 too."""
    rng = np.random.default_rng(3)
    image = blobs((150.3, 40.6, 6.0), shape=(200, 200)) + rng.poisson(0.3, (1, 200, 200))
    counts = np.rint(image.clip(0, None))
    assert np.median(counts) == 0
    assert symmetry_center(counts, 20.0) == pytest.approx((150.3, 40.6), abs=0.5)


@pytest.mark.parametrize("spot", [(0, 0), (79, 0), (40, 59)])
def test_light_in_a_corner(spot):
    image = np.zeros((1, 60, 80))
    image[0, spot[1], spot[0]] = 1.0
    assert symmetry_center(image, 10.0) == pytest.approx(spot, abs=1e-6)


@given(st.sampled_from(ELEMENTS), st.floats(25, 55), st.floats(20, 40))
def test_the_centre_moves_with_the_frame(element, x, y):
    image = blobs((x, y, 1.0), (x + 6, y - 4, 0.5))
    moved = act_on_position(element, symmetry_center(image, 15.0), image.shape[1:])
    assert symmetry_center(act(element, image), 15.0) == pytest.approx(moved, abs=1e-9)


def test_no_light():
    with pytest.raises(InputError, match="light above the noise for the centre auto; got none; give --center X,Y"):
        symmetry_center(np.zeros((1, 20, 20)), 5.0)


@pytest.mark.parametrize(("text", "center"), [(None, None), ("auto", "auto"), ("3,4.5", (3, 4.5)), ("fit", ByFit())])
def test_parse(text, center):
    assert parse_center(text) == center


@pytest.mark.parametrize("text", ["3", "a,b", "1,2,3", "middle"])
def test_parse_refuses(text):
    with pytest.raises(UsageError, match=f"--center as X,Y in pixels, auto or fit; got '{text}'"):
        parse_center(text)
