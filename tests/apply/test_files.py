import json
import re
from dataclasses import replace

import numpy as np
import pytest

from lensym.apply.files import predict_file
from lensym.apply.predictor import Predictor, load
from lensym.errors import InputError
from lensym.evaluation.reliability import Reliability
from lensym.simulation.fits import write_fits

from .conftest import SCALE, SIZE, rings


def write(path, image, scale=SCALE):
    write_fits(path, image, scale, psf=np.ones((3, 3)) / 9, noise_map=np.ones_like(image))
    return path


@pytest.fixture(scope="module")
def typical(predictor):
    """An image well inside the training images."""
    images = rings(20, 8)
    return images[predictor.ood(images).argmin(), 0]


def test_a_telescope_s_file(predictor, typical, tmp_path):
    found = predict_file(predictor, write(tmp_path / "lens.fits", typical))
    assert list(found.probabilities.values()) == predictor.predict(typical[None, None])[0].tolist()
    assert found.label == max(found.probabilities, key=found.probabilities.get)
    assert found.ood_score == predictor.ood(typical[None, None])[0] < 1
    assert (found.hdu, found.warnings) == ("SCI", ())
    assert found.steps == ("took 1 SCI (32, 32) and left 2 PSF (3, 3), 3 RMS (32, 32)",)


PLACE = ("id", "ra", "dec", "known_lens", "explanation", "intervals")


def test_it_becomes_the_json_of_the_contract(predictor, typical, tmp_path):
    plain = json.loads(json.dumps(predict_file(predictor, write(tmp_path / "lens.fits", typical)).to_dict()))
    assert set(plain) == {"file", "hdu", "probabilities", "label", "ood_score", "model", "warnings", "steps", *PLACE}
    assert list(plain["probabilities"]) == list(predictor.classes)


def test_intervals_are_those_that_the_model_keeps_and_go_with_a_label(predictor, typical, tmp_path):
    path = write(tmp_path / "lens.fits", typical)
    assert predict_file(predictor, path).intervals is None
    images = rings(60, 5)
    kept = Reliability.count(predictor.predict(images), np.arange(60) % 3)
    training = {"validation": {"reliability": kept.plain()}}
    keeping = Predictor(predictor.model, replace(predictor.config, training=training), "keeping")
    found = predict_file(keeping, path)
    expected = kept.intervals(predictor.predict(typical[None, None]))[0].tolist()
    assert found.intervals == dict(zip(predictor.classes, expected, strict=True))
    noise = np.random.default_rng(0).uniform(50, 100, (SIZE, SIZE))
    assert predict_file(keeping, write(tmp_path / "noise.fits", noise)).intervals is None


def test_an_image_unlike_the_training_images_has_no_label(predictor, tmp_path):
    image = np.random.default_rng(0).uniform(50, 100, (SIZE, SIZE))
    found = predict_file(predictor, write(tmp_path / "noise.fits", image))
    assert found.label is None
    assert found.ood_score > 1
    assert found.warnings[0].startswith("unlike the training images: out-of-distribution score")
    assert sum(found.probabilities.values()) == pytest.approx(1)


def test_a_coarser_file_is_resampled_and_said_to_lack_detail(predictor, tmp_path):
    image = rings(1, 9, size=20)[0, 0]
    found = predict_file(predictor, write(tmp_path / "coarse.fits", image, scale=0.2))
    assert found.steps[1:] == (
        "resampled from 0.200 to 0.100 arcsec/px (x2.00)",
        "cut about its middle from 40 x 40 px to 32 x 32 px",
    )
    assert "its pixels are 2.0 times as coarse as the training images': detail is missing" in found.warnings


def test_a_small_file_is_filled_and_said_to_be(predictor, typical, tmp_path):
    found = predict_file(predictor, write(tmp_path / "small.fits", typical[4:28, 4:28]))
    assert "44% of the image lies outside the file" in found.warnings


def test_a_pixel_scale_given_wins_and_the_contradiction_is_said(predictor, typical, tmp_path):
    path = write(tmp_path / "lens.fits", typical, scale=0.2)
    found = predict_file(predictor, path, pixel_scale=SCALE)
    assert "took 0.1 arcsec/px as asked, although the file says 0.2" in found.warnings
    assert not any("resampled" in step for step in found.steps)


def test_a_npy_of_the_network_s_size_needs_no_pixel_scale(predictor, typical, tmp_path):
    np.save(tmp_path / "lens.npy", typical)
    found = predict_file(predictor, tmp_path / "lens.npy")
    assert found.warnings == ("a .npy file has no pixel scale: assumed the training images' 0.1 arcsec/px",)
    assert found.hdu is None


def test_any_other_needs_one(predictor, tmp_path):
    np.save(tmp_path / "lens.npy", rings(1, 9, size=40)[0, 0])
    with pytest.raises(InputError, match=r"a pixel scale; got none in .*; give --pixel-scale in arcsec per pixel"):
        predict_file(predictor, tmp_path / "lens.npy")
    found = predict_file(predictor, tmp_path / "lens.npy", pixel_scale=SCALE)
    assert found.steps == ("cut about its middle from 40 x 40 px to 32 x 32 px",)


def test_colours_for_a_network_without(predictor, tmp_path):
    np.save(tmp_path / "rgb.npy", np.repeat(rings(1, 9)[0], 3, axis=0))
    with pytest.raises(InputError, match=r"an image of 1 channel\(s\) for model '.*'; got 3 in"):
        predict_file(predictor, tmp_path / "rgb.npy")


def test_the_centre_can_be_found(predictor, typical, tmp_path):
    wide = np.zeros((60, 60))
    wide[5:37, 20:52] = typical
    found = predict_file(predictor, write(tmp_path / "wide.fits", wide + 0.01 * rings(1, 3, 60)[0, 0]), center="auto")
    assert "about which its light is symmetric" in found.steps[1]
    assert any(re.fullmatch(r"centred at \(3\d\.\d, 2\d\.\d\) by its light: check it", w) for w in found.warnings)


def test_a_centre_that_was_found_in_the_middle_or_given_needs_no_check(predictor, typical, tmp_path):
    y, x = np.indices((40, 40)) - 19.5
    path = write(tmp_path / "round.fits", np.exp(-np.hypot(x, y) / 4))
    for center in ("auto", (17.0, 21.0)):
        assert not any("by its light" in warning for warning in predict_file(predictor, path, center=center).warnings)


def test_what_is_wrong_with_the_pixels_is_said_with_the_file_s_name(predictor, typical, tmp_path):
    spoiled = typical.astype(float)
    spoiled[10, 10] = np.nan
    with pytest.raises(InputError, match=r"got 1 of 1024 that are NaN or infinite in '.*lens\.fits'; fill them in"):
        predict_file(predictor, write(tmp_path / "lens.fits", spoiled))
    with pytest.raises(InputError, match=r"images with light above 0; got .* in '.*dark\.fits'"):
        predict_file(predictor, write(tmp_path / "dark.fits", -typical.astype(float)))


def test_missing_pixels_beside_the_lens_are_counted(predictor, typical, tmp_path):
    wide = np.pad(typical.astype(float), 10)
    wide[:3, :4] = np.nan
    found = predict_file(predictor, write(tmp_path / "lens.fits", wide))
    assert "12 of 2704 pixels of the file hold no data, none where the network looks" in found.steps


def test_to_be_unlike_the_others_is_a_sign_of_strangeness_in_a_search_for_it(tmp_path):
    detector = load("anomaly-residual")
    image = np.random.default_rng(0).uniform(50, 100, (detector.image_size, detector.image_size))
    found = predict_file(detector, write(tmp_path / "noise.fits", image, scale=detector.pixel_scale))
    assert found.ood_score > 1
    assert found.warnings[0].endswith("that is a sign of strangeness too")
