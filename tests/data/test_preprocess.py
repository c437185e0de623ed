import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensym.data.preprocess import Preprocessing
from lensym.errors import InputError, UsageError
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe

from .d4 import ELEMENTS, act, act_on_position

SCALE = 0.05


def lens(height: int, width: int, seed: int = 0, sky: float = 0.0) -> np.ndarray:
    """A frame (1, H, W) with noise, a ring off its middle and a sky level."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((height, width))
    radius = np.hypot(x - width / 2 - 2.2, y - height / 2 + 1.3)
    return (np.exp(-0.5 * ((radius - height / 5) / 2) ** 2) + rng.normal(sky, 0.05, (height, width)))[None]


elements = st.sampled_from(ELEMENTS)
sides = st.integers(12, 60)


@given(elements, sides, sides, st.integers(10, 48), st.sampled_from([0.0, 3.0]))
def test_crop_and_pad_commute_with_the_group_bitwise(element, height, width, size, sky):
    size += (size - height) % 2  # whole pixels: output and frame both even or both odd
    width += (width - height) % 2
    frame, preprocess = lens(height, width, sky=sky), Preprocessing(size, SCALE)
    moved = preprocess.frame(act(element, frame), SCALE).pixels
    np.testing.assert_array_equal(moved, act(element, preprocess.frame(frame, SCALE).pixels))


@settings(max_examples=50)
@given(elements, sides, sides, st.integers(10, 48), st.integers(-4, 64), st.integers(-4, 64))
def test_so_do_they_about_a_given_position_bitwise(element, height, width, size, column, row):
    """Anywhere on the output's grid, on a pixel's middle for odd sizes and on a corner for even ones."""
    half = 0.0 if size % 2 else 0.5
    place = (min(max(column, 0), width - 1 - half) + half, min(max(row, 0), height - 1 - half) + half)
    place = tuple(np.floor(p) + half for p in place)
    frame, preprocess = lens(height, width, sky=3.0), Preprocessing(size, SCALE)
    still = preprocess.frame(frame, SCALE, place).pixels
    moved = preprocess.frame(act(element, frame), SCALE, act_on_position(element, place, (height, width))).pixels
    np.testing.assert_array_equal(moved, act(element, still))


@settings(max_examples=50)
@given(elements, sides, st.integers(10, 48), st.sampled_from([0.0, 3.0]))
def test_an_odd_image_on_an_even_grid_and_the_reverse_commute(element, side, size, sky):
    size += 1 - (size - side) % 2  # half a pixel between the grids: interpolation on both axes
    frame, preprocess = lens(side, side, sky=sky), Preprocessing(size, SCALE)
    still = preprocess.frame(frame, SCALE).pixels
    moved = preprocess.frame(act(element, frame), SCALE).pixels
    np.testing.assert_allclose(moved, act(element, still), rtol=0, atol=1e-9 * np.abs(still).max())


@settings(max_examples=50)
@given(elements, st.integers(12, 40), st.integers(12, 40), st.integers(10, 48), st.sampled_from([SCALE, 0.08]))
def test_three_bands_commute_and_each_has_a_sky_of_its_own(element, height, width, size, scale):
    frame = np.concatenate([lens(height, width, k, sky) for k, sky in enumerate((0.0, 2.0, -5.0))])
    preprocess = Preprocessing(size, SCALE)
    still = preprocess.frame(frame, scale).pixels
    moved = preprocess.frame(act(element, frame), scale).pixels
    np.testing.assert_allclose(moved, act(element, still), rtol=0, atol=1e-9 * np.abs(still).max())
    assert np.abs(np.median(still, axis=(1, 2))).max() < 1


@given(elements, sides, sides, st.integers(10, 48), st.floats(0.02, 0.2))
def test_resampling_commutes_with_the_group(element, height, width, size, scale):
    frame, preprocess = lens(height, width, sky=1.0), Preprocessing(size, SCALE)
    moved = preprocess.frame(act(element, frame), scale).pixels
    still = preprocess.frame(frame, scale).pixels
    np.testing.assert_allclose(moved, act(element, still), atol=1e-9 * np.abs(still).max())


@given(elements, st.floats(15, 45), st.floats(15, 35), st.sampled_from([SCALE, 0.08, 0.03]))
def test_so_does_a_cut_about_a_position_that_moves_with_the_frame(element, x, y, scale):
    frame, preprocess = lens(50, 60), Preprocessing(24, SCALE)
    still = preprocess.frame(frame, scale, (x, y)).pixels
    moved = preprocess.frame(act(element, frame), scale, act_on_position(element, (x, y), (50, 60))).pixels
    np.testing.assert_allclose(moved, act(element, still), atol=1e-9 * np.abs(still).max())


@settings(max_examples=30)
@given(elements, st.integers(0, 1000), st.sampled_from([SCALE, 0.08]))
def test_so_does_a_cut_about_the_centre_of_symmetry(element, seed, scale):
    frame, preprocess = lens(50, 60, seed), Preprocessing(24, SCALE)
    still = preprocess.frame(frame, scale, "auto").pixels
    moved = preprocess.frame(act(element, frame), scale, "auto").pixels
    np.testing.assert_allclose(moved, act(element, still), atol=1e-6 * np.abs(still).max())


def test_a_cut_off_the_centre_does_not_commute():
    """The control: what an odd image would suffer if its last row and column were cut off."""
    frame = lens(31, 31)

    def cut_off(pixels):
        return pixels[:, :30, :30]

    moved, still = cut_off(act((1, False), frame)), act((1, False), cut_off(frame))
    assert np.abs(moved - still).max() > 0.1 * np.abs(still).max()


def test_a_fixed_position_does_not_commute_either():
    frame, preprocess = lens(50, 50), Preprocessing(24, SCALE)
    moved = preprocess.frame(act((1, False), frame), SCALE, (20.0, 30.0)).pixels
    still = act((1, False), preprocess.frame(frame, SCALE, (20.0, 30.0)).pixels)
    assert np.abs(moved - still).max() > 0.1 * np.abs(still).max()


def test_a_simulated_image_goes_through_untouched():
    image = simulate_block(load_recipe("model_1"), "axion", "test", 0, 1, seed=5).images[0]
    cutout = Preprocessing(150, SCALE).frame(image.astype(float), SCALE * (1 + 1e-12))
    np.testing.assert_array_equal(cutout.pixels, image)
    assert (cutout.steps, cutout.filled) == ((), 0)


@pytest.mark.parametrize("size", [24, 25])
def test_a_position_off_the_grid_by_rounding_alone_is_a_crop(size):
    frame, preprocess = lens(60, 60), Preprocessing(size, SCALE)
    exact = (30 + (size - 1) / 2, 28 + (size - 1) / 2)
    near = (exact[0] + 3e-8, exact[1] - 2e-8)
    np.testing.assert_array_equal(
        preprocess.frame(frame, SCALE, near).pixels, preprocess.frame(frame, SCALE, exact).pixels
    )
    far = preprocess.frame(frame, SCALE, (exact[0] + 1e-3, exact[1])).pixels
    assert np.abs(far - preprocess.frame(frame, SCALE, exact).pixels).max() > 0


def test_an_odd_image_on_an_even_grid_keeps_its_middle():
    y, x = np.indices((41, 41)) - 20.0
    blob = np.exp(-0.5 * (x**2 + y**2) / 4**2)[None]
    cutout = Preprocessing(24, SCALE).frame(blob, SCALE)
    grid = np.arange(24) - 11.5
    expected = np.exp(-0.5 * (grid**2 + grid[:, None] ** 2) / 4**2)
    np.testing.assert_allclose(cutout.pixels[0], expected, atol=2e-3)
    assert "shifted by (0.50, 0.50) px" in cutout.steps[-1]


def test_resampling_puts_the_sky_where_it_was():
    def ring(size, scale):
        y, x = (np.indices((size, size)) - (size - 1) / 2) * scale
        return np.exp(-0.5 * ((np.hypot(x - 0.1, y) - 1.2) / 0.25) ** 2)[None]

    for scale in (0.1, 0.08, 0.025):
        cutout = Preprocessing(100, SCALE).frame(ring(round(6 / scale), scale), scale)
        np.testing.assert_allclose(cutout.pixels, ring(100, SCALE), atol=0.02)


def test_the_steps_are_said():
    steps = Preprocessing(150, SCALE).frame(lens(100, 100, sky=2.0), 0.1).steps
    assert steps[0] == "resampled from 0.100 to 0.050 arcsec/px (x2.00)"
    assert steps[1] == "cut about its middle from 200 x 200 px to 150 x 150 px"
    assert steps[2].startswith("subtracted the sky level 2")
    steps = Preprocessing(40, SCALE).frame(lens(60, 30), SCALE, (12.0, 30.5)).steps
    assert steps[0] == "cut and padded about (12.0, 30.5) from 30 x 60 px to 40 x 40 px"
    assert steps[1].startswith("shifted by (0.50, 0.00) px")
    assert steps[2].startswith("filled 25.0% of the image")


def test_what_lies_outside_is_the_sky():
    cutout = Preprocessing(40, SCALE).frame(lens(20, 20, sky=7.0), SCALE)
    np.testing.assert_array_equal(cutout.pixels[0, :10], 0)
    assert cutout.filled == pytest.approx(0.75)


def test_missing_pixels_matter_only_where_the_network_looks():
    frame = lens(60, 60)
    frame[0, 3, 3:7] = np.nan
    assert np.isfinite(Preprocessing(40, SCALE).frame(frame, SCALE).pixels).all()
    with pytest.raises(InputError, match=r"got 4 of 3600 that are NaN or infinite; fill them in"):
        Preprocessing(60, SCALE).frame(frame, SCALE)
    with pytest.raises(InputError, match=r"finite pixels wherever the network looks"):
        Preprocessing(40, SCALE).frame(frame, SCALE, (12.0, 12.0))


def test_a_constant_part_of_an_image():
    frame = np.zeros((1, 60, 60))
    frame[0, 0, 0] = 1
    with pytest.raises(InputError, match="an image that is not constant; got 0 everywhere"):
        Preprocessing(20, SCALE).frame(frame, SCALE)


@pytest.mark.parametrize("scale", [0.0, -0.05, float("nan"), float("inf")])
def test_an_impossible_pixel_scale(scale):
    with pytest.raises(UsageError, match="a pixel scale above 0"):
        Preprocessing(20, SCALE).frame(lens(30, 30), scale)


def test_pixels_without_data_in_reach_of_the_wide_kernel_alone_do_no_harm():
    """An odd image onto an even grid is displaced by half a pixel; rows 0 to 4 are five pixels from what is seen."""
    image = lens(61, 61)
    missing = image.copy()
    missing[:, :5] = np.nan
    seen, whole = (Preprocessing(40, SCALE).frame(pixels, SCALE).pixels for pixels in (missing, image))
    assert np.isfinite(seen).all()
    assert 0 < np.abs(seen - whole).max() < 0.2 * np.ptp(whole)
    missing[:, :10] = np.nan
    with pytest.raises(InputError, match="finite pixels wherever the network looks"):
        Preprocessing(40, SCALE).frame(missing, SCALE)
