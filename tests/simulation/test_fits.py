import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from lensym.errors import OutputError
from lensym.simulation.fits import write_fits

IMAGE = np.arange(60, dtype=np.uint16).reshape(6, 10)
PSF = np.ones((3, 3)) / 9


def write(path, **header):
    write_fits(path, IMAGE, 0.05, PSF, np.sqrt(IMAGE + 1.0), header)
    return path


def test_image_psf_and_noise_map_come_back(tmp_path):
    with fits.open(write(tmp_path / "lens.fits", EXPTIME=(1000.0, "s"))) as hdus:
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "SCI", "PSF", "RMS"]
        np.testing.assert_array_equal(hdus["SCI"].data, IMAGE)
        np.testing.assert_allclose(hdus["PSF"].data, PSF, rtol=1e-6)
        np.testing.assert_allclose(hdus["RMS"].data, np.sqrt(IMAGE + 1.0), rtol=1e-6)
        assert hdus[0].header["EXPTIME"] == 1000.0


def test_the_wcs_has_the_pixel_scale_and_its_origin_in_the_middle(tmp_path):
    with fits.open(write(tmp_path / "lens.fits")) as hdus:
        sky = WCS(hdus["SCI"].header)
    middle = sky.pixel_to_world(4.5, 2.5)
    assert (middle.ra.deg, middle.dec.deg) == pytest.approx((0, 0), abs=1e-12)
    assert sky.pixel_to_world(5.5, 2.5).separation(middle).arcsec == pytest.approx(0.05)
    assert sky.pixel_to_world(4.5, 3.5).dec.arcsec == pytest.approx(0.05)


def test_the_bytes_depend_on_the_arguments_alone(tmp_path):
    assert write(tmp_path / "a.fits").read_bytes() == write(tmp_path / "b.fits").read_bytes()


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OutputError, match="must be writable"):
        write(tmp_path / "nowhere" / "lens.fits")
    assert list(tmp_path.iterdir()) == []
