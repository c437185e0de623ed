"""Plain FITS files read without astropy's objects say what astropy says, or nothing."""

import warnings

import numpy as np
import pytest
from astropy.io import fits

from lensym.data.readers.fits import _read_any, _read_plain, read
from lensym.data.readers.plain_fits import read_plain
from lensym.errors import LensymError
from lensym.simulation.fits import sky_header, write_fits

SHAPE = (9, 12)
TYPES = ["u1", "i2", "i4", "i8", "f4", "f8"]


def everything(entries):
    return list(entries)


def same(path):
    """Whether both readers find the same in a file."""
    plain = read_plain(path)
    ours, theirs = _read_plain(plain, everything), _read_any(path, everything)
    assert (ours.entries, ours.wanted) == (theirs.entries, theirs.wanted)
    for a, b in zip(ours.arrays, theirs.arrays, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(ours.wanted, theirs.wanted, strict=True):
        assert (a.pointing is None) == (b.pointing is None)
        if a.pointing:
            assert a.pointing.position(3.0, 4.5) == pytest.approx(b.pointing.position(3.0, 4.5), abs=1e-12)
            assert a.pointing.pixel(*a.pointing.position(3.0, 4.5)) == pytest.approx((3.0, 4.5), abs=1e-6)
            assert str(a.pointing.orientation(3, 4)) == str(b.pointing.orientation(3, 4))
    return True


def telescope(tmp_path, **cards):
    path = tmp_path / "lens.fits"
    image = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    write_fits(path, image, 0.05, np.ones((3, 3)), np.ones(SHAPE))
    if cards:
        with fits.open(path, mode="update") as hdus:
            hdus["SCI"].header.update(cards)
    return path


def test_a_telescope_s_file(tmp_path):
    assert same(telescope(tmp_path, BUNIT="e/s", EXPTIME=2.5, RADESYS="ICRS", CRVAL1=57.123, CRVAL2=-51.4))


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_pixels(tmp_path, kind):
    image = (100 * np.random.default_rng(1).random(SHAPE)).astype(kind)
    fits.HDUList([fits.PrimaryHDU(image), fits.ImageHDU(image, name="a"), fits.ImageHDU(image, name="a")]).writeto(
        tmp_path / "a.fits"
    )
    assert same(tmp_path / "a.fits")


def test_axes_in_front_and_cubes(tmp_path):
    images = np.zeros((1, 1, *SHAPE)), np.zeros((3, *SHAPE))
    fits.HDUList([fits.PrimaryHDU(), *map(fits.ImageHDU, images)]).writeto(tmp_path / "a.fits")
    assert same(tmp_path / "a.fits")


@pytest.mark.parametrize(
    "cards",
    [{"BLANK": 5}, {"HIERARCH ESO TEL": 1}, {"LONG": "x" * 100}, {"CLOSED": "O'Neill"}],
    ids=["missing", "hierarch", "continued", "quoted"],
)
def test_whatever_is_not_plain_is_left_to_astropy(tmp_path, cards):
    image = np.arange(108, dtype=np.int16).reshape(SHAPE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits.PrimaryHDU(image, fits.Header(cards)).writeto(tmp_path / "a.fits")
    assert read_plain(tmp_path / "a.fits") is None
    assert len(read(tmp_path / "a.fits", everything).arrays) == 1


def test_scaled_pixels_are_left_to_astropy(tmp_path):
    fits.PrimaryHDU(np.arange(108, dtype=np.uint16).reshape(SHAPE)).writeto(tmp_path / "a.fits")
    assert read_plain(tmp_path / "a.fits") is None
    assert read(tmp_path / "a.fits", everything).arrays[0].max() == 107


def test_tables_and_compressed_images_are_left_to_astropy(tmp_path):
    image = fits.CompImageHDU(np.zeros(SHAPE, np.float32), sky_header(SHAPE, 0.05))
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(tmp_path / "a.fits")
    assert read_plain(tmp_path / "a.fits") is None
    assert len(read(tmp_path / "a.fits", everything).arrays) == 1


@pytest.mark.parametrize(
    "cards",
    [
        {"CTYPE1": "RA---SIN", "CTYPE2": "DEC--SIN"},
        {"RADESYS": "FK5", "EQUINOX": 1975.0},
        {"CROTA2": 30.0},
        {"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN"},
        {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", "A_ORDER": 2, "A_2_0": 1e-5, "B_ORDER": 2},
    ],
    ids=["projection", "equinox", "rotation", "galactic", "distortion"],
)
def test_a_sky_that_is_not_plain_takes_astropy(tmp_path, cards):
    path = telescope(tmp_path, **cards)
    images = read_plain(path)
    assert images is None or _read_plain(images, everything) is None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, expected = read(path, everything), _read_any(path, everything)
    pointings = [next(e for e in contents.wanted if e.name == "SCI").pointing for contents in (found, expected)]
    assert pointings[0].position(3, 4) == pointings[1].position(3, 4)


def test_a_changed_byte_never_gives_other_pixels_than_astropy_reads(tmp_path):
    content = telescope(tmp_path).read_bytes()
    rng, compared = np.random.default_rng(0), 0
    path = tmp_path / "changed.fits"
    for _ in range(150):
        changed = bytearray(content)
        place = int(rng.integers(2880 * 2 + 1200))  # in the headers
        changed[place] = int(rng.choice(list(b"0123456789 T'=/EA\x00\xff")))
        path.write_bytes(bytes(changed[: len(changed) - int(rng.choice([0, 0, 1, 2880]))]))
        plain = read_plain(path)
        ours = None if plain is None else _read_plain(plain, everything)
        if ours is None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                theirs = _read_any(path, everything)
            except LensymError:
                continue  # of a header that only astropy finds odd
        compared += 1
        assert ours.entries == theirs.entries
        for a, b in zip(ours.arrays, theirs.arrays, strict=True):
            np.testing.assert_array_equal(a, b)
    assert compared > 10
