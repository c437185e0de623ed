import gzip

import numpy as np
import pytest
from astropy.io import fits

from lensym.data.readers import read_image, read_images
from lensym.errors import InputError


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"a readable file; got .*: No such file or directory; check the path"):
        read_image(tmp_path / "nowhere.fits")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match="a readable file"):
        read_image(tmp_path)


def test_an_empty_file(tmp_path):
    (tmp_path / "empty.fits").touch()
    with pytest.raises(InputError, match="an empty file"):
        read_image(tmp_path / "empty.fits")


@pytest.mark.parametrize("content", [b"ra,dec\n1,2\n", b"\x89PNG\r\n\x1a\n", b"SIMPLE"])
def test_a_file_of_another_kind_whatever_its_name(tmp_path, content):
    path = tmp_path / "lens.fits"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"an image as FITS, HDF5 or \.npy; got .* that begins with"):
        read_image(path)


@pytest.mark.parametrize("magic", [b"SIMPLE  =", b"\x1f\x8b\x08", b"\x89HDF\r\n\x1a\n", b"\x93NUMPY"])
def test_a_right_beginning_and_nothing_after_it(tmp_path, magic):
    path = tmp_path / "lens"
    path.write_bytes(magic)
    with pytest.raises(InputError, match="a readable"):
        read_image(path)


def test_a_gzipped_file_of_another_kind_says_what_it_begins_with(tmp_path):
    path = tmp_path / "digits.gz"
    path.write_bytes(gzip.compress(b"\x00\x00\x08\x03" + bytes(100)))
    with pytest.raises(InputError, match=r"FITS in a gzipped file; got .*, in which is a file that begins with b'.x00"):
        read_image(path)


def test_all_images_among_which_one_would_have_to_choose(tmp_path):
    image = np.arange(64.0).reshape(8, 8)
    names = ["G", "G_PSF", "R"]
    hdus = [fits.PrimaryHDU(), *(fits.ImageHDU(image + k, name=name) for k, name in enumerate(names))]
    fits.HDUList(hdus).writeto(tmp_path / "two.fits")
    np.save(tmp_path / "one.npy", image)
    assert [frame.hdu for frame in read_images(tmp_path / "two.fits")] == ["G", "R"]
    assert [frame.hdu for frame in read_images(tmp_path / "one.npy")] == [None]
    fits.HDUList([hdus[0], hdus[2]]).writeto(tmp_path / "none.fits")
    with pytest.raises(InputError, match="got only 1 G_PSF"):
        read_images(tmp_path / "none.fits")


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_a_constant_image(tmp_path, value):
    np.save(tmp_path / "flat.npy", np.full((8, 8), value))
    with pytest.raises(InputError, match=f"not constant; got .*, {value:g} everywhere"):
        read_image(tmp_path / "flat.npy")


def test_an_image_without_any_finite_pixel(tmp_path):
    np.save(tmp_path / "nan.npy", np.full((8, 8), np.nan))
    with pytest.raises(InputError, match="none of whose pixels is finite"):
        read_image(tmp_path / "nan.npy")


def test_a_few_missing_pixels_are_the_business_of_the_cut(tmp_path):
    image = np.arange(64.0).reshape(8, 8)
    image[0, 0] = np.nan
    np.save(tmp_path / "gap.npy", image)
    assert np.isnan(read_image(tmp_path / "gap.npy").pixels[0, 0, 0])
