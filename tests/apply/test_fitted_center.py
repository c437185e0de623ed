"""Where the lens is, by a fit."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lensym.apply.catalogue import Reading, predict_images
from lensym.apply.files import predict_file
from lensym.apply.fitted_center import beside_the_middle, fitted_center, require_finder
from lensym.apply.listing import listed_images
from lensym.apply.predictor import load
from lensym.data.center import ByFit
from lensym.data.preprocess import Preprocessing
from lensym.data.readers import read_image
from lensym.errors import UsageError
from lensym.models.model_config import read_config
from lensym.models.packaged import model_folder
from lensym.simulation.fits import write_fits
from lensym.simulation.images import simulate_block
from lensym.simulation.recipe import load_recipe

SIZE, SCALE = 176, 0.05
MODEL = "lensnet-residual"
PLACE = (0.11, -0.07)
"""Of the lens, arcsec from the middle."""


def scenes(place, class_name, count):
    """Frames (N, 1, H, W) larger than what the network sees, of lenses beside the middle."""
    x, y = place
    ranges = [f"{{uniform: [{by - 0.35!r}, {by + 0.35!r}]}}" for by in place]
    changes = [
        f"image.size={SIZE}",
        f"lens.center={{x: {x!r}, y: {y!r}}}",
        f"source.center={{x: {ranges[0]}, y: {ranges[1]}}}",
    ]
    return simulate_block(load_recipe("model_1", changes=changes), class_name, "test", 0, count, 3).images.astype(float)


@pytest.fixture(scope="module")
def config():
    return read_config(model_folder(MODEL))


@pytest.fixture(scope="module")
def smooth():
    return scenes(PLACE, "no_sub", 6)


@pytest.fixture(scope="module")
def file(smooth, tmp_path_factory):
    path = tmp_path_factory.mktemp("lenses") / "lens.npy"
    np.save(path, smooth[0])
    return path


def found(image, config, about=None):
    return fitted_center(image, SCALE, ByFit(about), config, MODEL)


def test_the_lens_is_found_within_half_a_pixel(smooth, config):
    wanted = np.array(PLACE) / SCALE + (SIZE - 1) / 2
    for image in smooth:
        assert math.dist(found(image, config).position, wanted) < 0.5
        assert not found(image, config).doubt


def test_it_turns_with_the_image(smooth, config):
    """rot90 takes column and row (x, y) to (y, -x), counted from the middle."""
    middle = (SIZE - 1) / 2
    x, y = (part - middle for part in found(smooth[0], config).position)
    turned = found(np.ascontiguousarray(np.rot90(smooth[0], axes=(1, 2))), config).position
    np.testing.assert_allclose(turned, (y + middle, -x + middle), atol=1e-9)


def test_a_first_guess_may_be_far_from_the_middle(config):
    image = np.pad(scenes((0.0, 0.0), "no_sub", 1)[0], ((0, 0), (40, 0), (0, 60)), mode="edge")
    middle = (SIZE - 1) / 2
    near = (middle + 2.0, middle + 40 - 1.5)
    assert math.dist(found(image, config, near).position, (middle, middle + 40)) < 0.5


def test_a_lens_farther_away_than_it_looks_gets_no_label(config, tmp_path):
    far = scenes((0.6, 0.0), "no_sub", 1)[0]
    assert "0.3 arcsec from where it began" in found(far, config).doubt
    np.save(tmp_path / "far.npy", far)
    answer = predict_file(load(MODEL), tmp_path / "far.npy", pixel_scale=SCALE, center=ByFit())
    assert answer.label is None
    assert any("check the centre" in warning for warning in answer.warnings)


def test_pixels_of_another_size_give_a_place_in_them(smooth, config):
    """Twice as many pixels, four of which are one."""
    fine = smooth[0].repeat(2, axis=1).repeat(2, axis=2)
    position = fitted_center(fine, SCALE / 2, ByFit(), config, MODEL).position
    wanted = np.array(PLACE) / (SCALE / 2) + (2 * SIZE - 1) / 2
    assert math.dist(position, wanted) < 1.5


def test_a_network_of_images_alone_has_the_lenses_of_its_recipe(smooth, config):
    alone = read_config(model_folder("lensnet"))
    assert fitted_center(smooth[0], SCALE, ByFit(), alone, "lensnet") == found(smooth[0], config)


def test_a_file_in_another_unit_is_told_to_be_so(smooth):
    """By what the fit leaves, where the network itself sees none of it."""
    counts, smaller = (
        fitted_center(image, SCALE, ByFit(), read_config(model_folder("lensnet")), "lensnet")
        for image in (smooth[0], smooth[0] / 50)
    )
    assert not counts.doubt
    assert "the file must be in the unit of the recipe's images" in smaller.doubt


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({"recipe": "flat_files", "variant": "imported", "seed": None}, "flat_files \\(imported\\)"),
        (
            {"recipe": "model_1", "variant": "published", "changes": ["quirk=1"]},
            "model_1 \\(published\\) with quirk=1",
        ),
        ({}, "None"),
    ],
)
def test_a_network_of_a_recipe_that_nobody_knows_is_refused(data, fault):
    config = replace(read_config(model_folder("lensnet")), data=data)
    with pytest.raises(UsageError, match=f"made by a recipe of the package; got 'mine', trained on {fault}"):
        require_finder(config, "mine")


def test_a_recipe_without_noise_is_refused():
    with pytest.raises(UsageError, match="noise"):
        require_finder(read_config(model_folder("lensnet-model_2")), "lensnet-model_2")


@pytest.mark.parametrize("name", ["lensnet", MODEL])
def test_a_file_is_answered_as_a_lens_in_the_middle_is(file, name):
    """Without the fit the answer is wrong, or none: the control."""
    network = load(name)
    fitted, alone = (predict_file(network, file, pixel_scale=SCALE, center=center) for center in (ByFit(), None))
    assert fitted.label == "no_sub"
    assert max(alone.probabilities, key=lambda name: alone.probabilities[name]) != "no_sub"
    assert any("whose middle is at (89." in step for step in fitted.steps)


def test_a_lens_beside_the_middle_gets_no_label_and_the_reason(tmp_path):
    """Of one pixel, which the out-of-distribution score does not see."""
    np.save(tmp_path / "beside.npy", scenes((0.0, SCALE), "no_sub", 1)[0])
    alone = predict_file(load(MODEL), tmp_path / "beside.npy", pixel_scale=SCALE)
    assert alone.ood_score < 1
    assert (alone.label, alone.intervals) == (None, None)
    assert any("px beside what the network takes for it: give --center fit" in words for words in alone.warnings)
    np.save(tmp_path / "middle.npy", scenes((0.0, 0.0), "no_sub", 1)[0])
    middle = predict_file(load(MODEL), tmp_path / "middle.npy", pixel_scale=SCALE)
    assert middle.label == "no_sub"
    assert not any("beside" in warning for warning in middle.warnings)


def test_networks_that_saw_lenses_beside_the_middle_are_not_told_of_it(config):
    beside = Preprocessing(config.image_size, SCALE).frame(scenes(PLACE, "no_sub", 1)[0], SCALE)
    assert beside_the_middle(beside, SCALE, config)
    moved = {"lens": {**config.smooth_fit["parameters"]["lens"], "center": {"x": {"uniform": [-0.2, 0.2]}, "y": 0.0}}}
    smooth_fit = {**config.smooth_fit, "parameters": {**config.smooth_fit["parameters"], **moved}}
    jittered = {**config.training, "options": {**config.training["options"], "jitter": 3}}
    for other in (replace(config, smooth_fit=smooth_fit), replace(config, training=jittered)):
        assert not beside_the_middle(beside, SCALE, other)


def test_positions_in_a_mosaic_are_where_the_fit_begins(tmp_path):
    """Those of the catalogue are 2.3 px beside the lenses; without the fit that is said of each."""
    lenses, off = scenes((0.0, 0.0), "no_sub", 2)[:, 0], (2.0, -1.2)
    mosaic = np.hstack([lenses[0], lenses[1]])
    write_fits(tmp_path / "mosaic.fits", mosaic, SCALE, np.ones((3, 3)) / 9, np.ones(mosaic.shape))
    pointing = read_image(tmp_path / "mosaic.fits").pointing
    middle = (SIZE - 1) / 2
    rows = [pointing.position(middle + k * SIZE + off[0], middle + off[1]) for k in range(2)]
    catalogue = tmp_path / "lenses.csv"
    catalogue.write_text("ra,dec\n" + "".join(f"{ra:.10f},{dec:.10f}\n" for ra, dec in rows))
    for center in (ByFit(), None):
        reading = Reading(tmp_path / "mosaic.fits", center=center)
        for answer in predict_images(load(MODEL), listed_images([str(catalogue)]), reading):
            assert answer.label == ("no_sub" if center else None)
            assert any("px beside what the network takes" in words for words in answer.warnings) == (center is None)
