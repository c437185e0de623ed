import gzip
import warnings

import numpy as np
import pytest
from astropy.io import fits

from lensym.data.readers import describe, read_image
from lensym.errors import InputError, UsageError

SIZE = 20


def picture(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(SIZE, SIZE)).astype(np.float32)


def sky_header(scale_x: float = 0.05, scale_y: float = 0.05, angle: float = 0.0, matrix: str = "CD") -> fits.Header:
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    cd = np.array([[-cos, sin], [sin, cos]]) * np.array([scale_x, scale_y]) / 3600
    header = fits.Header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 57.0, "CRVAL2": -51.0})
    step = cd if matrix == "CD" else cd / 0.001
    header.update({f"{matrix}{i + 1}_{j + 1}": step[i, j] for i in range(2) for j in range(2)})
    if matrix == "PC":
        header.update({"CDELT1": 0.001, "CDELT2": 0.001})
    return header


@pytest.fixture
def write(tmp_path):
    def write(*hdus, name="file.fits"):
        path = tmp_path / name
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fits.HDUList(list(hdus)).writeto(path, output_verify="ignore")
        return path

    return write


def telescope(*names: str):
    return [fits.PrimaryHDU(), *(fits.ImageHDU(picture(k), name=name) for k, name in enumerate(names))]


def test_a_lone_image_is_read_as_it_is(write):
    frame = read_image(write(fits.PrimaryHDU(picture())))
    np.testing.assert_array_equal(frame.pixels, picture()[None])
    assert frame.pixels.dtype == np.float64
    assert frame.pixels.dtype.isnative
    assert (frame.hdu, frame.format, frame.pixel_scale, frame.choice) == ("PRIMARY", "fits", None, "")


def test_companions_are_left_and_the_choice_is_said(write):
    frame = read_image(write(*telescope("PSF", "SCI", "RMS", "WHT", "DQ_MASK")))
    assert frame.hdu == "SCI"
    assert frame.choice.startswith("took 2 SCI (20, 20) and left 1 PSF (20, 20), 3 RMS")


def test_several_images_are_listed_and_asked_for(write):
    with pytest.raises(InputError, match=r"got 2 in '.*': 1 VIS \(20, 20\), 3 NIR \(20, 20\); choose with --hdu, for"):
        read_image(write(*telescope("VIS", "VIS_PSF", "NIR")))


def test_companions_alone_are_never_taken_unasked(write):
    path = write(*telescope("PSF"))
    with pytest.raises(InputError, match=r"only 1 PSF \(20, 20\)"):
        read_image(path)
    assert read_image(path, "PSF").hdu == "PSF"


@pytest.mark.parametrize("hdu", ["NIR", "nir", "2", 2])
def test_an_extension_by_number_or_name(write, hdu):
    frame = read_image(write(*telescope("VIS", "NIR")), hdu)
    assert (frame.hdu, frame.choice) == ("NIR", "")
    np.testing.assert_array_equal(frame.pixels[0], picture(1))


def test_a_wrong_extension_suggests_the_nearest(write):
    with pytest.raises(UsageError, match="did you mean 'VIS_BGSUB'"):
        read_image(write(*telescope("VIS_BGSUB", "NIR_BGSUB")), "VIS_BGSB")


def test_extensions_of_one_name_are_told_apart_by_version(write):
    path = write(*telescope("SCI", "SCI"))
    with pytest.raises(UsageError, match=r"--hdu SCI, which is SCI,1, SCI,2; choose, for instance --hdu SCI,1"):
        read_image(path, "SCI")
    np.testing.assert_array_equal(read_image(path, "SCI,2").pixels[0], picture(1))


def test_scaled_integers_and_blank_pixels(write):
    stored = fits.ImageHDU(np.arange(SIZE * SIZE, dtype=np.int16).reshape(SIZE, SIZE), name="SCI")
    stored.header.update({"BLANK": 7})
    path = write(fits.PrimaryHDU(), stored)
    with fits.open(path, mode="update", do_not_scale_image_data=True) as hdus:
        hdus[1].header.update({"BSCALE": 0.5, "BZERO": 100.0})
    pixels = read_image(path).pixels[0]
    assert np.isnan(pixels[0, 7])
    assert pixels[1, 0] == 0.5 * SIZE + 100


def test_blank_pixels_of_tiles_and_of_a_file_without_scale_are_missing_and_counted(write):
    counts = np.arange(SIZE * SIZE, dtype=np.int32).reshape(SIZE, SIZE)
    counts[3, 4:7] = -99
    for hdu in (fits.ImageHDU(counts), fits.CompImageHDU(counts, compression_type="RICE_1")):
        hdu.header["BLANK"] = -99
        frame = read_image(write(fits.PrimaryHDU(), hdu, name=f"{type(hdu).__name__}.fits"))
        assert frame.missing == 3
        assert np.isnan(frame.pixels[0, 3, 4:7]).all()
        np.testing.assert_array_equal(np.nan_to_num(frame.pixels[0], nan=-99), counts)


def test_a_blank_in_an_image_of_fractions_means_nothing(write):
    hdu = fits.PrimaryHDU(picture())
    hdu.header["BLANK"] = -99
    assert read_image(write(hdu)).missing == 0


@pytest.mark.parametrize("tiles", ["RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1"])
def test_tiles_of_every_kind_of_whole_numbers(write, tiles):
    counts = np.random.default_rng(1).poisson(500, (SIZE, SIZE)).astype(np.int16)
    path = write(fits.PrimaryHDU(), fits.CompImageHDU(counts, name="SCI", compression_type=tiles))
    np.testing.assert_array_equal(read_image(path).pixels[0], counts)


@pytest.mark.parametrize("tiles", ["RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1"])
@pytest.mark.parametrize("method", [-1, 1, 2])
def test_tiles_of_fractions_to_their_quantisation(write, tiles, method):
    sizes = {"tile_shape": (SIZE, SIZE)} if tiles == "HCOMPRESS_1" else {}
    hdu = fits.CompImageHDU(
        picture(), name="SCI", compression_type=tiles, quantize_level=16, quantize_method=method, dither_seed=7, **sizes
    )
    pixels = read_image(write(fits.PrimaryHDU(), hdu)).pixels[0]
    np.testing.assert_allclose(pixels, picture(), atol=0.1)
    assert np.abs(pixels - picture()).max() > 0


@pytest.mark.parametrize("dtype", ["uint8", ">i2", "<i4", ">i8", ">f4", "<f8", "uint16", "uint32"])
def test_numbers_of_every_kind_in_either_byte_order(write, dtype):
    values = np.random.default_rng(2).integers(0, 200, (SIZE, SIZE)).astype(dtype)
    pixels = read_image(write(fits.PrimaryHDU(values))).pixels
    np.testing.assert_array_equal(pixels[0], values)
    assert pixels.dtype == np.float64


def test_unit_exposure_and_companions_stay_with_the_image(write):
    first = fits.PrimaryHDU()
    first.header["EXPTIME"] = 2260.0
    science = fits.ImageHDU(picture(), sky_header(), name="SCI")
    science.header["BUNIT"] = "nJy"
    psf = fits.ImageHDU(picture(1)[:7, :7], name="PSF")
    frame = read_image(write(first, science, psf, fits.ImageHDU(picture(2), name="ERR")))
    assert (frame.unit, frame.exposure) == ("nJy", 2260.0)
    assert list(frame.companions) == ["psf", "rms"]
    np.testing.assert_array_equal(frame.companions["psf"][0], picture(1)[:7, :7])
    np.testing.assert_array_equal(frame.companions["rms"][0], picture(2))


def test_an_exposure_that_is_none_is_not_said(write):
    hdu = fits.PrimaryHDU(picture())
    for value in ("long", 0.0, -1.0, True):
        hdu.header["EXPTIME"] = value
        assert read_image(write(hdu, name=f"{value}.fits")).exposure is None


def test_a_plane_of_a_cube_and_three_of_them_as_channels(write):
    cube = np.stack([picture(k) for k in range(5)])
    path = write(fits.PrimaryHDU(), fits.ImageHDU(cube, name="BANDS"))
    with pytest.raises(InputError, match=r"got only 1 BANDS \(5, 20, 20\) .*, one plane with --hdu 'BANDS\[0\]'"):
        read_image(path)
    frame = read_image(path, "BANDS[3]")
    np.testing.assert_array_equal(frame.pixels[0], cube[3])
    assert frame.hdu == "BANDS[3]"
    np.testing.assert_array_equal(read_image(path, "1[4,0,2]").pixels, cube[[4, 0, 2]])
    for wrong in ("1[5]", "bands[0,9,1]"):
        with pytest.raises(UsageError, match=r"planes of '.*' from 0 to 4; got \["):
            read_image(path, wrong)
    with pytest.raises(InputError, match=r"one image, .* of shape \(2, 20, 20\)"):
        read_image(path, "BANDS[0,1]")


def test_an_image_without_planes_says_so(write):
    path = write(fits.PrimaryHDU(picture()))
    np.testing.assert_array_equal(read_image(path, "0[0]").pixels[0], picture())
    with pytest.raises(UsageError, match=r"planes of '.*' from 0 to 0; got \[1\]"):
        read_image(path, "0[1]")


def test_companions_of_the_same_planes(write):
    cube = np.stack([picture(k) for k in range(5)])
    path = write(fits.PrimaryHDU(), fits.ImageHDU(cube, name="SCI"), fits.ImageHDU(2 * cube, name="RMS"))
    np.testing.assert_array_equal(read_image(path, "SCI[3]").companions["rms"][0], 2 * cube[3])


def test_many_extensions_are_listed_up_to_a_dozen(write):
    with pytest.raises(
        InputError, match=r"got 30 in .*, 12 B11 \(20, 20\) and 18 more; choose with --hdu, for"
    ) as raised:
        read_image(write(*telescope(*(f"B{k}" for k in range(30)))))
    assert "\n" not in str(raised.value)


def test_unsigned_integers_and_tiles(write):
    counts = np.random.default_rng(1).poisson(50_000, (SIZE, SIZE)).astype(np.uint16)
    path = write(fits.PrimaryHDU(), fits.CompImageHDU(counts, sky_header(), name="SCI", compression_type="RICE_1"))
    frame = read_image(path)
    np.testing.assert_array_equal(frame.pixels[0], counts)
    assert frame.pixel_scale == pytest.approx(0.05)


def test_gzip(write, tmp_path):
    path = tmp_path / "file.fits.gz"
    path.write_bytes(gzip.compress(write(fits.PrimaryHDU(picture())).read_bytes()))
    np.testing.assert_array_equal(read_image(path).pixels[0], picture())


def test_axes_of_length_one_are_dropped_and_cubes_of_three_are_channels(write):
    assert read_image(write(fits.PrimaryHDU(picture()[None, None]))).pixels.shape == (1, SIZE, SIZE)
    assert read_image(write(fits.PrimaryHDU(np.stack([picture()] * 3)), name="c")).pixels.shape == (3, SIZE, SIZE)


@pytest.mark.parametrize("matrix", ["CD", "PC"])
@pytest.mark.parametrize("angle", [0, 33])
def test_pixel_scale_from_a_rotated_wcs(write, matrix, angle):
    frame = read_image(write(fits.PrimaryHDU(picture(), sky_header(0.1, 0.1, angle, matrix))))
    assert frame.pixel_scale == pytest.approx(0.1, rel=1e-9)


def test_pixels_that_are_not_square_have_no_scale_and_say_why(write):
    frame = read_image(write(fits.PrimaryHDU(picture(), sky_header(0.1, 0.12))))
    assert frame.pixel_scale is None
    assert frame.scale_fault == "its pixels are not square: 0.1 x 0.12 arcsec"


def test_a_header_without_sky_has_no_scale(write):
    header = fits.Header({"CTYPE1": "LINEAR", "CTYPE2": "LINEAR", "CDELT1": 0.1, "CDELT2": 0.1})
    frame = read_image(write(fits.PrimaryHDU(picture(), header)))
    assert (frame.pixel_scale, frame.scale_fault) == (None, "")


@pytest.mark.parametrize("matrix", [None, 0.0])
def test_sky_coordinates_without_a_pixel_size_are_not_a_degree_wide(write, matrix):
    header = sky_header()
    for key in ("CD1_1", "CD1_2", "CD2_1", "CD2_2"):
        header[key] = matrix
        if matrix is None:
            del header[key]
    frame = read_image(write(fits.PrimaryHDU(picture(), header)))
    assert (frame.pixel_scale, frame.scale_fault) == (None, "its sky coordinates give no pixel size")


def test_a_broken_wcs_is_said_not_fatal(write):
    header = sky_header()
    header["CTYPE2"] = "RA---TAN"
    frame = read_image(write(fits.PrimaryHDU(picture(), header)))
    assert frame.pixel_scale is None
    assert "cannot be read" in frame.scale_fault


@pytest.mark.parametrize("keep", [100, 2880, 2900, 4000, 5759, 8000])
def test_a_truncated_file_is_refused(write, keep):
    path = write(fits.PrimaryHDU(), fits.ImageHDU(picture(), name="SCI"))
    whole = path.read_bytes()
    path.write_bytes(whole[:keep])
    assert keep < len(whole)
    with pytest.raises(InputError):
        read_image(path)


def test_a_truncated_gzip_is_refused(write, tmp_path):
    path = tmp_path / "file.fits.gz"
    path.write_bytes(gzip.compress(write(fits.PrimaryHDU(picture())).read_bytes())[:-200])
    with pytest.raises(InputError, match="a readable FITS file"):
        read_image(path)


def test_a_table_is_no_image(write):
    table = fits.BinTableHDU.from_columns([fits.Column("a", "D", array=np.arange(3.0))])
    with pytest.raises(InputError, match="an image of rows and columns; got none"):
        read_image(write(fits.PrimaryHDU(), table))


def test_spectra_and_cubes_of_many_planes_are_no_image(write):
    for shape in ((50,), (5, SIZE, SIZE)):
        path = write(fits.PrimaryHDU(np.random.default_rng(0).normal(size=shape)), name=f"{len(shape)}.fits")
        with pytest.raises(InputError, match="an image of rows and columns; got only 0 PRIMARY"):
            read_image(path)
        with pytest.raises(InputError, match="one image"):
            read_image(path, 0)


def test_a_file_called_psf_is_doubted(write):
    assert "'psf.fits'" in read_image(write(fits.PrimaryHDU(picture()), name="psf.fits")).doubt
    assert read_image(write(fits.PrimaryHDU(picture()), name="lens.fits")).doubt == ""


def test_description(write):
    hdu = fits.ImageHDU(picture(), sky_header(), name="SCI")
    hdu.header.update({"BUNIT": "electron/s", "EXPTIME": 565.0})
    found = describe(write(fits.PrimaryHDU(), hdu, fits.ImageHDU(picture(1), name="ERR")))
    assert (found["format"], found["taken"]) == ("fits", "SCI")
    assert found["images"][0] == {
        "hdu": 1,
        "name": "SCI",
        "shape": [SIZE, SIZE],
        "dtype": "float32",
        "unit": "electron/s",
        "pixel_scale": pytest.approx(0.05),
        "exposure": 565.0,
        "ra": pytest.approx(56.999768, abs=1e-6),
        "dec": pytest.approx(-50.999854, abs=1e-6),
        "orientation": "north +0.0 deg, east left of it",
        "companion": False,
        "scale_fault": "",
    }
    assert found["images"][1]["companion"]


def test_description_of_a_file_with_a_choice_says_that_one_is_asked_for(write):
    found = describe(write(*telescope("VIS", "NIR")))
    assert found["taken"] is None
    assert "--hdu VIS" in found["note"]


def with_card(content: bytes, key: str, value: int) -> bytes:
    place = content.index(f"{key:<8}= ".encode()) + 10
    return content[:place] + f"{value:>20}".encode() + content[place + 20 :]


@pytest.mark.parametrize("keys", [("ZNAXIS1", "ZNAXIS2"), ("ZNAXIS1", "ZNAXIS2", "ZTILE1", "ZTILE2"), ("ZNAXIS1",)])
def test_tiles_that_claim_to_be_large_are_refused_unopened(write, keys):
    path = write(fits.PrimaryHDU(), fits.CompImageHDU(picture().astype(np.int16), compression_type="RICE_1"))
    content = path.read_bytes()
    for key in keys:
        content = with_card(content, key, 20_000 if len(keys) > 1 else 10_000_000)
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"256 MiB in compressed form; got .* MiB unpacked; unpack it \(funpack\), or"):
        read_image(path)


def test_a_gzipped_file_that_grows_large_is_refused_before_it_does(write, tmp_path):
    path = tmp_path / "bomb.fits.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(write(fits.PrimaryHDU(picture())).read_bytes())
        for _ in range(270):
            file.write(bytes(10**6))
    with pytest.raises(
        InputError, match=r"256 MiB in compressed form; got .*, which grows larger when unpacked; unpack"
    ):
        describe(path)
