import numpy as np
import pytest
import torch
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from lensym.apply.file_preview import network_input, preview_file
from lensym.apply.seen import see
from lensym.data.preprocess import Preprocessing
from lensym.data.readers import read_image
from lensym.errors import InputError
from lensym.models.normalise import USUAL
from lensym.simulation.fits import write_fits

from .conftest import SCALE, SIZE, rings


@pytest.fixture
def lens(tmp_path):
    image = rings(1, 8, 40)[0, 0]
    write_fits(tmp_path / "lens $1$.fits", image, SCALE, np.ones((5, 5)) / 25, np.sqrt(image + 1.0))
    return tmp_path / "lens $1$.fits"


def words(figure) -> str:
    return " ".join(" ".join(text.get_text() for text in figure.texts).split())


def test_the_file_the_network_s_view_and_the_companions(folder, lens):
    figure = preview_file(lens, str(folder))
    in_file, seen, psf, rms = (ax.images[0].get_array() for ax in figure.axes)
    assert (in_file.shape, psf.shape, rms.shape) == ((40, 40), (5, 5), (40, 40))
    with torch.no_grad():
        image = torch.from_numpy(read_image(lens).pixels[None, :, 4:36, 4:36])
        expected = USUAL(image)[0, 0].numpy()
    low, high = expected.min(), expected.max()
    np.testing.assert_allclose(seen, (expected - low) / (high - low), atol=1e-12)
    square = figure.axes[0].patches[0]
    assert (*square.get_xy(), square.get_width()) == pytest.approx((3.5, 3.5, SIZE))
    assert "lens $1$.fits, seen by" in words(figure)
    assert "40 x 40 px of 0.1 arcsec RA 0.00000, Dec +0.00000 deg north +0.0 deg, east left of it" in words(figure)
    assert "cut about its middle from 40 x 40 px to 32 x 32 px" in words(figure)


def test_several_images_are_drawn_one_below_the_other_and_one_where_it_is_named(folder, tmp_path):
    hdus = [fits.ImageHDU(rings(1, k, 40)[0, 0].astype(np.float32), name=f"BAND{k}") for k in range(3)]
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(tmp_path / "bands.fits")
    assert len(preview_file(tmp_path / "bands.fits", str(folder), pixel_scale=SCALE).axes) == 6
    figure = preview_file(tmp_path / "bands.fits", str(folder), "BAND1", SCALE)
    assert len(figure.axes) == 2
    assert "BAND1" in words(figure)
    assert "BAND2" not in words(figure)


def test_what_the_network_cannot_see_is_drawn_with_the_reason(folder, tmp_path):
    np.save(tmp_path / "lens.npy", rings(1, 1, 40)[0, 0])
    figure = preview_file(tmp_path / "lens.npy", str(folder))
    assert len(figure.axes) == 1
    assert "not seen: a pixel scale; got none in" in words(figure)
    spoiled = rings(1, 1, 40)[0, 0].astype(float)
    spoiled[20, 20] = np.nan
    np.save(tmp_path / "lens.npy", spoiled)
    assert "NaN or infinite" in words(preview_file(tmp_path / "lens.npy", str(folder), pixel_scale=SCALE))


def test_colours(folder, tmp_path):
    np.save(tmp_path / "lens.npy", np.repeat(rings(1, 1)[0], 3, axis=0))
    with pytest.raises(InputError, match=r"got 3 in '.*'; choose planes with --hdu NAME\[K\]"):
        see(read_image(tmp_path / "lens.npy"), load_config(folder), "model")
    assert "an image of 1 channel(s)" in words(preview_file(tmp_path / "lens.npy", str(folder)))


def load_config(folder):
    from lensym.models.model_config import read_config

    return read_config(folder)


@settings(max_examples=20)
@given(st.integers(0, 3), st.booleans(), st.integers(0, 100))
def test_the_network_s_input_commutes_with_the_group(turns, flip, seed):
    def act(pixels):
        return np.ascontiguousarray(np.rot90(pixels[..., ::-1] if flip else pixels, turns, axes=(1, 2)))

    pixels = rings(1, seed)[0].astype(float)
    still = network_input(pixels)
    np.testing.assert_allclose(network_input(act(pixels)), act(still), atol=1e-6 * np.abs(still).max())


@settings(max_examples=40)
@given(st.integers(0, 3), st.booleans(), *[st.integers(14, 60)] * 3, st.floats(0.03, 0.3), st.sampled_from([0.0, 50.0]))
def test_from_the_file_to_the_network_s_input_everything_commutes(turns, flip, height, width, size, scale, sky):
    """Resampled, cut or padded, sky subtracted, normalised and stretched, in odd and even sizes."""

    def act(pixels):
        return np.ascontiguousarray(np.rot90(pixels[..., ::-1] if flip else pixels, turns, axes=(1, 2)))

    y, x = np.indices((height, width))
    ring = 200 * np.exp(-0.5 * ((np.hypot(x - width / 2 - 1.3, y - height / 2 + 0.8) - 5) / 2) ** 2)
    frame = np.random.default_rng(height).poisson(ring + 3)[None] + sky
    geometry = Preprocessing(size, 0.1)
    still = network_input(geometry.frame(frame, scale).pixels)
    moved = network_input(geometry.frame(act(frame), scale).pixels)
    np.testing.assert_allclose(moved, act(still), rtol=0, atol=1e-6 * np.abs(still).max())
