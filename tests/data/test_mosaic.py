import tracemalloc

import numpy as np
import pytest
from astropy.io import fits

from lensym.data.mosaic import Mosaic
from lensym.data.preprocess import Preprocessing
from lensym.data.readers import read_image
from lensym.errors import InputError

from .readers.test_wcs import header

WIDTH, HEIGHT, SCALE = 300, 200, 0.1


def sky(dtype: str = "float32") -> np.ndarray:
    return np.random.default_rng(0).integers(0, 200, (HEIGHT, WIDTH)).astype(dtype)


@pytest.fixture
def write(tmp_path):
    def write(hdu_type=fits.ImageHDU, pixels=None, keys=None, **options):
        hdu = hdu_type(sky() if pixels is None else pixels, header("CD", 33), name="SCI", **options)
        hdu.header.update(keys or {})
        path = tmp_path / "mosaic.fits"
        fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path, overwrite=True)
        return path

    return write


def scaled(path):
    """The same file whose whole numbers mean half of them and 100."""
    with fits.open(path, mode="update", do_not_scale_image_data=True) as hdus:
        hdus[1].header.update({"BSCALE": 0.5, "BZERO": 100.0})
    return path


FORMS = {
    "plain": {},
    "big unsigned": {"pixels": sky("uint16")},
    "tiles": {
        "hdu_type": fits.CompImageHDU,
        "pixels": sky("int16"),
        "compression_type": "RICE_1",
        "tile_shape": (50, 50),
    },
    "tiles of fractions": {"hdu_type": fits.CompImageHDU, "compression_type": "GZIP_1", "quantize_level": 0},
    "blank": {"pixels": sky("int16"), "keys": {"BLANK": 7}},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", [(100.0, 90.0), (150.3, 60.7), (30.2, 170.0)])
def test_a_part_is_what_the_whole_has_there(write, form, place):
    path = write(**FORMS[form])
    whole = read_image(path)
    with Mosaic(path) as mosaic:
        frame, center = mosaic.cut(place, 41)
    left, bottom = (round(p - c) for p, c in zip(place, center, strict=True))
    height, width = frame.pixels.shape[1:]
    assert (height, width) == (41, 41)
    np.testing.assert_array_equal(frame.pixels, whole.pixels[:, bottom : bottom + height, left : left + width])
    assert frame.pointing.position(*center) == pytest.approx(whole.pointing.position(*place), abs=1e-10)
    assert (frame.hdu, frame.pixel_scale) == ("SCI", pytest.approx(SCALE))


def test_scaled_numbers_are_those_that_are_meant(write):
    path = scaled(write(pixels=sky("int16"), keys={"BLANK": 7}))
    with Mosaic(path) as mosaic:
        frame, _ = mosaic.cut((100.0, 90.0), 21)
    np.testing.assert_array_equal(frame.pixels, read_image(path).pixels[:, 80:101, 90:111])
    assert frame.missing > 0


@pytest.mark.parametrize("size", [20, 21])
@pytest.mark.parametrize("scale", [SCALE, 0.17, 0.06])
def test_the_network_sees_the_same_as_of_the_whole_mosaic(write, size, scale):
    path, preprocess = write(), Preprocessing(size, scale)
    whole = read_image(path)
    with Mosaic(path) as mosaic:
        for place in ((100.0, 90.0), (150.3, 60.7), (260.4, 150.2)):
            position = whole.pointing.position(*place)
            found = mosaic.locate(*position, preprocess.field(SCALE))
            assert found == pytest.approx(place, abs=1e-6)
            frame, center = mosaic.cut(found, preprocess.reach(SCALE))
            assert frame.pixels.size < whole.pixels.size / 4
            cut = preprocess.frame(frame.pixels, SCALE, center).pixels
            expected = preprocess.frame(whole.pixels, SCALE, place).pixels
            np.testing.assert_allclose(cut, expected, atol=1e-4)


def test_positions_off_the_mosaic_and_at_its_edge_are_refused(write):
    with Mosaic(write()) as mosaic:
        for x, y in ((-20, 50), (150, 250), (1e5, 50)):
            position = mosaic.pointing.position(x, y)
            with pytest.raises(
                InputError, match=r"a position on the mosaic; got \(.*\), which lies off '.*'; leave it out"
            ):
                mosaic.locate(*position, 20)
        for x, y, percent in ((-0.5, 50, 50), (5, 50, 78), (299.5, 199.5, 25)):
            position = mosaic.pointing.position(x, y)
            with pytest.raises(
                InputError, match=rf"covers all that the network sees; got .* covers {percent}% of 20 x 20"
            ):
                mosaic.locate(*position, 20)
        assert mosaic.locate(*mosaic.pointing.position(9.5, 189.5), 20) == pytest.approx((9.5, 189.5), abs=1e-6)


@pytest.mark.parametrize(("ra", "dec"), [(237.0, 51.0), (57.0, 89.0)])
def test_the_other_side_of_the_sky_is_off_the_mosaic(write, ra, dec):
    with Mosaic(write()) as mosaic, pytest.raises(InputError, match="which lies off"):
        mosaic.locate(ra, dec, 20)


@pytest.mark.parametrize(("ra", "dec"), [(np.nan, -51.0), (57.0, np.nan), (57.0, 91.0), (1e6, 0.0)])
def test_what_is_no_position_is_refused(write, ra, dec):
    with Mosaic(write()) as mosaic, pytest.raises(InputError, match="a position in degrees; got"):
        mosaic.locate(ra, dec, 20)


@pytest.mark.parametrize("tiles", [False, True])
def test_a_large_mosaic_is_not_read_whole(tmp_path, tiles):
    pixels = np.zeros((4000, 4000), np.float32)
    pixels[2000:2060, 2000:2060] = 1
    options = {"compression_type": "GZIP_1", "quantize_level": 0, "tile_shape": (200, 200)}
    hdu = fits.CompImageHDU(pixels, header("CD"), **options) if tiles else fits.ImageHDU(pixels, header("CD"))
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(tmp_path / "mosaic.fits")
    del pixels, hdu
    tracemalloc.start()
    with Mosaic(tmp_path / "mosaic.fits") as mosaic:
        frame, _ = mosaic.cut((2010.0, 2005.0), 60)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0 < frame.pixels.mean() < 1
    assert used < 4e6  # of 64e6


def test_what_is_no_mosaic_is_refused(write, tmp_path):
    np.save(tmp_path / "a.npy", sky())
    with pytest.raises(InputError, match="a mosaic in FITS format"):
        Mosaic(tmp_path / "a.npy")
    fits.PrimaryHDU(sky()).writeto(tmp_path / "bare.fits")
    with pytest.raises(InputError, match=r"a mosaic with sky coordinates; got none in 0 PRIMARY \(200, 300\) of"):
        Mosaic(tmp_path / "bare.fits")
    fits.PrimaryHDU(sky()).writeto(tmp_path / "packed.fits.gz")
    with pytest.raises(InputError, match=r"of which parts can be read; got .*, a gzipped file; unpack it"):
        Mosaic(tmp_path / "packed.fits.gz")
    fits.PrimaryHDU(np.stack([sky()] * 3)).writeto(tmp_path / "cube.fits")
    with pytest.raises(InputError, match="a mosaic of rows and columns"):
        Mosaic(tmp_path / "cube.fits")
