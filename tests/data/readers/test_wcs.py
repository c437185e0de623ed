import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from lensym.data.readers.wcs import read_wcs, separation

SCALE = 0.1


def header(form: str, angle: float = 0.0, mirrored: bool = False, ra: float = 57.0, dec: float = -51.0) -> fits.Header:
    """A tangential projection turned by ``angle``: north that many degrees counterclockwise from up."""
    turn, degrees = np.deg2rad(angle), SCALE / 3600
    cos, sin = np.cos(turn), np.sin(turn)
    matrix = np.array([[-cos, -sin], [-sin, cos]]) @ np.diag([-1 if mirrored else 1, 1])
    keys = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": ra, "CRVAL2": dec, "CRPIX1": 11.0, "CRPIX2": 11.0}
    if form == "CD":
        keys |= {f"CD{i + 1}_{j + 1}": degrees * matrix[i, j] for i in range(2) for j in range(2)}
    elif form == "PC":
        keys |= {f"PC{i + 1}_{j + 1}": matrix[i, j] for i in range(2) for j in range(2)}
        keys |= {"CDELT1": degrees, "CDELT2": degrees}
    elif form == "CROTA":
        keys |= {
            "CDELT1": degrees if mirrored else -degrees,
            "CDELT2": degrees,
            "CROTA2": -angle if mirrored else angle,
        }
    else:
        keys |= {"CDELT1": degrees if mirrored else -degrees, "CDELT2": degrees}
    return fits.Header(keys)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    ("form", "angle"), [("CD", 33), ("CD", -170), ("PC", 33), ("CDELT", 0), ("PC", 90), ("CD", 90)]
)
def test_scale_and_orientation_in_every_form(form, angle, mirrored):
    scale, fault, pointing = read_wcs(header(form, angle, mirrored))
    assert (scale, fault) == (pytest.approx(SCALE, rel=1e-9), "")
    found = pointing.orientation(10, 10)
    assert found.mirrored is mirrored
    expected = -angle if mirrored else angle
    assert (found.north - expected + 180) % 360 - 180 == pytest.approx(0, abs=1e-3)


def test_the_old_rotation_keyword_is_that_of_the_same_matrix():
    by_angle, by_matrix = (read_wcs(header(form, -33))[2] for form in ("CROTA", "CD"))
    assert by_angle.orientation(10, 10).north == pytest.approx(by_matrix.orientation(10, 10).north, abs=1e-3) != 0


def test_north_is_where_declination_grows_and_east_is_left():
    pointing = read_wcs(header("CD"))[2]
    assert str(pointing.orientation(10, 10)) == "north +0.0 deg, east left of it"
    assert pointing.position(10, 10) == pytest.approx((57, -51), abs=1e-9)
    assert pointing.position(10, 15)[1] > -51
    assert pointing.position(5, 10)[0] > 57


@given(st.floats(-50, 70), st.floats(-50, 70), st.sampled_from([-51.0, 0.0, 89.999, -89.9999]))
def test_pixels_and_positions_are_inverse(x, y, dec):
    pointing = read_wcs(header("CD", 33, dec=dec))[2]
    assert pointing.pixel(*pointing.position(x, y)) == pytest.approx((x, y), abs=1e-5)


@pytest.mark.parametrize(("ra", "dec"), [(237.0, 51.0), (57.0, 60.0)])
def test_the_other_side_of_the_sky_has_no_pixel(ra, dec):
    assert read_wcs(header("CD"))[2].pixel(ra, dec) is None


def test_galactic_coordinates_become_equatorial():
    keys = header("CD")
    keys.update({"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN", "CRVAL1": 120.0, "CRVAL2": 20.0})
    expected = SkyCoord(120, 20, unit="deg", frame="galactic").icrs
    assert read_wcs(keys)[2].position(10, 10) == pytest.approx((expected.ra.deg, expected.dec.deg), abs=1e-8)


def test_pixels_that_are_not_square_still_have_a_place():
    keys = header("CDELT")
    keys["CDELT2"] *= 2
    scale, fault, pointing = read_wcs(keys)
    assert scale is None
    assert "not square" in fault
    assert pointing.position(10, 10) == pytest.approx((57, -51), abs=1e-9)


def test_the_sun_is_no_part_of_the_sky():
    keys = header("CDELT")
    keys.update({"CTYPE1": "HPLN-TAN", "CTYPE2": "HPLT-TAN"})
    assert read_wcs(keys)[2] is None


def test_spectral_and_polarisation_axes_do_not_matter():
    keys = header("CDELT")
    keys.update({"WCSAXES": 4, "CTYPE3": "FREQ", "CRVAL3": 1e9, "CDELT3": 1e6, "CTYPE4": "STOKES", "CRVAL4": 1.0})
    keys["CDELT4"] = 1.0
    assert read_wcs(keys)[0] == pytest.approx(SCALE)


def test_separation_on_the_sphere():
    a, b = SkyCoord(57.0, -51.0, unit="deg"), SkyCoord(57.001, -51.0005, unit="deg")
    assert separation(57.0, -51.0, 57.001, -51.0005) == pytest.approx(a.separation(b).arcsec, rel=1e-9)
    assert separation(0.0, 0.0, np.array([180.0]), np.array([0.0])) == pytest.approx([180 * 3600])
