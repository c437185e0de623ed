"""Telescopes' files that are not part of the project; these tests skip where they are absent."""

from pathlib import Path

import numpy as np
import pytest

from lensym.data.preprocess import Preprocessing
from lensym.data.readers import describe, read_image
from lensym.errors import InputError

DATA = Path(__file__).parents[3] / "shared" / "data"
EUCLID = DATA / "euclid_q1" / "102018665_NEG570040238507752998.fits"
SLACS = DATA / "slacs0946" / "data.fits"
HST = [DATA / "hst_f140w" / f"{name}_F140W.h5" for name in ("DESIJ0618+5018", "DESIJ1709+3154")]
BANDS = ["DES_G", "DES_R", "VIS", "DES_I", "DES_Z", "NIR_Y", "NIR_J", "NIR_H"]

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real files of ../shared/data are absent")

PREPROCESS = Preprocessing(150, 0.05)


def offset_of_the_peak(pixels) -> float:
    """Distance in output pixels from the middle to the brightest spot."""
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(pixels[0], 3)
    return float(np.hypot(*(np.array(np.unravel_index(smooth.argmax(), smooth.shape)) - 74.5)))


def test_euclid_has_eight_images_and_asks():
    with pytest.raises(InputError, match=r"one image; got 8 in .*7 VIS_BGSUB \(100, 100\).*choose with --hdu"):
        read_image(EUCLID)
    found = describe(EUCLID)
    assert found["taken"] is None
    assert len(found["images"]) == 24
    assert [row["name"] for row in found["images"] if not row["companion"]] == [f"{band}_BGSUB" for band in BANDS]


@pytest.mark.parametrize("band", [band for band in BANDS if band != "DES_G"])  # in which it is lost in the noise
def test_euclid_s_lens_is_in_the_middle(band):
    frame = read_image(EUCLID, f"{band}_BGSUB")
    assert frame.pixel_scale == pytest.approx(0.1, rel=1e-6)
    cutout = PREPROCESS.frame(frame.pixels, frame.pixel_scale)
    assert cutout.filled == 0
    assert offset_of_the_peak(cutout.pixels) < 8


def test_euclid_s_companions_and_place():
    frame = read_image(EUCLID, "VIS_BGSUB")
    assert {role: array.shape for role, array in frame.companions.items()} == {"psf": (1, 21, 21), "rms": (1, 100, 100)}
    assert frame.pointing.position(49.5, 49.5) == pytest.approx((57.0040238, -50.7752998), abs=2e-5)  # as its name says
    assert abs(frame.pointing.orientation(49.5, 49.5).north) < 1


def test_slacs_says_no_pixel_scale():
    frame = read_image(SLACS)
    assert (frame.pixels.shape, frame.pixel_scale) == ((1, 281, 281), None)
    cutout = PREPROCESS.frame(frame.pixels, 0.05)
    assert cutout.steps[0] == "cut about its middle from 281 x 281 px to 150 x 150 px"
    assert offset_of_the_peak(cutout.pixels) < 3


@pytest.mark.parametrize("path", HST, ids=lambda path: path.stem)
def test_hst_in_lenstronomy_s_layout(path):
    frame = read_image(path)
    assert frame.hdu == "image_data"
    assert frame.pixel_scale == pytest.approx(0.08, rel=1e-6)
    cutout = PREPROCESS.frame(frame.pixels, frame.pixel_scale, "auto")
    assert offset_of_the_peak(cutout.pixels) < 4


def test_a_psf_is_not_taken_for_a_lens():
    with pytest.raises(InputError, match="got only kernel_point_source"):
        read_image(DATA / "hst_f140w" / "psf_F140W.h5")
    for name in ("psf.fits", "noise_map.fits"):
        assert read_image(SLACS.with_name(name)).doubt
        assert "says that it is no image" in describe(SLACS.with_name(name))["note"]


def test_digits_are_no_image_format():
    for path in sorted((DATA / "mnist_t10k").iterdir()):
        with pytest.raises(
            InputError, match=r"FITS in a gzipped file; got .* a file that begins with b'.x00.x00.x08.x0[13]"
        ):
            read_image(path)


LENSES = [(EUCLID, "VIS_BGSUB"), (EUCLID, "NIR_H_BGSUB"), (SLACS, None), *((path, None) for path in HST)]


@pytest.mark.parametrize("shift", [(0, 0), (9, -6)])
@pytest.mark.parametrize(("path", "hdu"), LENSES)
def test_auto_finds_the_lens_galaxy_s_core(path, hdu, shift):
    frame = read_image(path, hdu)
    pixels = np.roll(frame.pixels, shift, (1, 2))
    quarter = pixels.shape[1] // 4
    middle = pixels[0, quarter:-quarter, quarter:-quarter]
    row, column = np.array(np.unravel_index(middle.argmax(), middle.shape)) + quarter
    found = PREPROCESS.frame(pixels, frame.pixel_scale or 0.05, "auto").center
    assert found == pytest.approx((column, row), abs=0.8)
