"""A user's files: read right, and a wrong one refused when the recipe is checked."""

import h5py
import numpy as np
import pytest
from astropy.io import fits

from lensym.errors import InputError, UsageError
from lensym.simulation.draw import Draws
from lensym.simulation.files import draw_picture, read_pixels, read_psf
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render
from lensym.simulation.run import simulate_to_folder
from lensym.simulation.scene import draw_scene

STAR = np.exp(-np.hypot(*np.mgrid[-4:5, -4:5]))


def with_psf(path):
    return load_recipe("model_2", changes=[f"observation.psf={{file: {path}}}"])


@pytest.fixture
def star(tmp_path):
    path = tmp_path / "star.npy"
    np.save(path, STAR)
    return path


def test_a_psf_of_npy_or_of_the_first_extension_with_an_image(tmp_path, star):
    path = tmp_path / "star.fits"
    hdus = [fits.PrimaryHDU(), fits.ImageHDU(STAR.astype(">f4"))]
    fits.HDUList(hdus).writeto(path)
    np.testing.assert_array_equal(read_pixels(str(star)), STAR)
    np.testing.assert_allclose(read_pixels(str(path)), STAR, rtol=1e-6)
    assert read_psf(str(star)).width(0.1) == 9


def test_an_image_blurred_by_a_file_is_the_same_as_by_its_function(tmp_path):
    gaussian = load_recipe("model_2")
    path = tmp_path / "gaussian.npy"
    np.save(path, 7 * gaussian.observation.psf.kernel(0.101))
    scene = draw_scene(gaussian, "cdm", "test", 0, seed=1)
    np.testing.assert_allclose(render(with_psf(path), scene), render(gaussian, scene), rtol=1e-9)


def test_the_same_beside_an_instrument(star):
    changes = ["observation.instrument=euclid_vis", f"observation.psf={{file: {star}}}"]
    recipe = load_recipe("model_2", changes=changes)
    assert recipe.observation.psf.file == str(star)
    assert render(recipe, draw_scene(recipe, "cdm", "test", 0, seed=1)).shape == (1, 64, 64)


def nothing(path):
    pass


def empty(path):
    path.write_bytes(b"")


def text(path):
    path.write_text("no image")


def folder(path):
    path.mkdir()


def array(values):
    def write(path):
        if path.suffix == ".npy":
            np.save(path, values, allow_pickle=True)
        else:
            fits.PrimaryHDU(values).writeto(path)

    return write


@pytest.mark.filterwarnings("ignore:File may have been truncated")
@pytest.mark.parametrize("suffix", [".npy", ".fits"])
@pytest.mark.parametrize(
    ("write", "message"),
    [
        (nothing, r"a readable FITS or .npy file with an image; .*\(No such file or directory\)"),
        (empty, "a readable FITS or .npy file with an image"),
        (text, "a readable FITS or .npy file with an image"),
        (folder, "a readable FITS or .npy file with an image; .*Is a directory"),
        (array(np.ones((3, 5, 5))), r"an image of rows and columns; got .* of shape \(3, 5, 5\)"),
        (array(np.ones((4, 5))), "a PSF image with a middle pixel: an odd number of rows and columns"),
        (array(np.zeros((5, 5))), "a PSF image of finite values with light in it"),
        (array(np.full((5, 5), np.nan)), "a PSF image of finite values with light in it"),
    ],
)
def test_a_wrong_psf_is_refused_with_its_path_when_the_recipe_is_checked(tmp_path, suffix, write, message):
    path = tmp_path / f"star{suffix}"
    write(path)
    with pytest.raises(InputError, match=message) as error:
        with_psf(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_pickles_and_fits_without_an_image_are_refused(tmp_path):
    np.save(tmp_path / "pickle.npy", np.array([{}], dtype=object), allow_pickle=True)
    fits.PrimaryHDU().writeto(tmp_path / "empty.fits")
    for name in ("pickle.npy", "empty.fits"):
        with pytest.raises(InputError, match=r"a readable FITS or \.npy file with an image"):
            with_psf(tmp_path / name)


def test_a_psf_larger_than_the_image_is_refused(tmp_path):
    path = tmp_path / "wide.npy"
    np.save(path, np.ones((65, 65)))
    message = r"^observation\.psf\.file must be of a PSF no wider than 64 px; it is 65 px wide; got '.*wide\.npy'"
    with pytest.raises(UsageError, match=message):
        with_psf(path)
    for psf in ("{fwhm: 1.0e+5}", "{fwhm: 5.0, beta: 3.0}"):
        with pytest.raises(UsageError, match=r"^observation\.psf\.fwhm must be of a PSF no wider than 64 px"):
            load_recipe("model_2", changes=[f"observation.psf={psf}"])
    np.save(tmp_path / "fits.npy", np.ones((63, 63)))
    assert with_psf(tmp_path / "fits.npy").image_size == 64


# galaxies


def galaxies(path, images=None, ans=(6, 1, 6, 6), redshift=(0.01, 0.01, 0.03, 0.005)):
    images = np.arange(4 * 64 * 64 * 3, dtype=float).reshape(4, 64, 64, 3) % 251 if images is None else images
    with h5py.File(path, "w") as file:
        file["images"], file["ans"], file["redshift"] = images.astype(np.uint8), list(ans), list(redshift)
    return path


def with_galaxies(path):
    return load_recipe("model_4", changes=[f"source.file={path}"])


def test_only_near_spirals_are_drawn_their_sky_subtracted(tmp_path):
    path = galaxies(tmp_path / "galaxies.h5")
    draws = Draws(np.random.default_rng(0))
    drawn = [draw_picture(str(path), 3, draws) for _ in range(30)]
    assert {number for number, _ in drawn} == {0, 3}
    number, planes = drawn[0]
    with h5py.File(path) as file:
        picture = file["images"][number].astype(float)
    assert len(planes) == 3
    for k, plane in enumerate(planes):
        np.testing.assert_array_equal(plane, picture[..., k] - np.median(picture[:50, :50, k]))


def test_the_truth_tells_which_galaxy_it_was(tmp_path):
    recipe = with_galaxies(galaxies(tmp_path / "galaxies.h5"))
    assert {draw_scene(recipe, "no_sub", "test", k, seed=0).truth["source_galaxy"] for k in range(20)} == {0, 3}


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (nothing, r"a galaxy file like Galaxy10_DECals\.h5 .* \(No such file or directory\)"),
        (text, r"a galaxy file like Galaxy10_DECals\.h5"),
        (lambda path: h5py.File(path, "w").close(), r"a galaxy file like Galaxy10_DECals\.h5"),
        (lambda path: galaxies(path, ans=(1, 1, 1, 1)), "galaxies of class 6 below redshift 0.02; got none in"),
        (lambda path: galaxies(path, np.ones((4, 64, 64, 2))), r"a picture \(H, W, 3 or more bands\) for each galaxy"),
        (lambda path: galaxies(path, np.ones((4, 64, 64))), r"a picture \(H, W, 3 or more bands\) for each galaxy"),
        (lambda path: galaxies(path, np.ones((3, 64, 64, 3))), r"with images \(3, 64, 64, 3\) of 4 galaxies"),
        (lambda path: galaxies(path, redshift=(0.1, 0.1)), r"a galaxy file like Galaxy10_DECals\.h5"),
    ],
)
def test_a_wrong_galaxy_file_is_refused_with_its_path_when_the_recipe_is_checked(tmp_path, write, message):
    path = tmp_path / "galaxies.h5"
    write(path)
    with pytest.raises(InputError, match=message) as error:
        with_galaxies(path)
    assert str(path) in str(error.value)


def test_no_folder_is_made_for_a_recipe_with_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        simulate_to_folder(with_galaxies(tmp_path / "none.h5"), tmp_path / "out", 2)
    assert list(tmp_path.iterdir()) == []
