"""Finished images: their noise, their type, their truth."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lensym.simulation.images import camera, noise_rms, observe, simulate_block
from lensym.simulation.recipe import load_recipe
from lensym.simulation.render import render
from lensym.simulation.run import simulate_to_folder
from lensym.simulation.scene import draw_scene
from lensym.store import DatasetFolder

FIXED = ["source.center={x: 0.1, y: 0}"]
"""With it, all images of no_sub of Models II and III are of one scene."""


def noisy(recipe, count=120):
    """Noise-free image of a scene, and many images of it (n, H, W)."""
    (model,) = render(recipe, draw_scene(recipe, "no_sub", "test", 0, seed=1))
    images = simulate_block(recipe, "no_sub", "test", 0, count, seed=1).images
    assert images.dtype == np.float32
    return model, images[:, 0].astype(float)


def assert_moments(residuals, deviation):
    """Mean and spread of residuals (n, H, W), pixel by pixel and all together, and no pixel like another."""
    z = residuals / deviation
    n, all_of_them = len(z), z.size
    assert np.abs(z.mean(0)).max() < 6 / np.sqrt(n)
    assert abs(z.mean()) < 5 / np.sqrt(all_of_them)
    assert abs(z.std() - 1) < 5 / np.sqrt(all_of_them)
    assert np.abs(z.std(0) - 1).max() < 6 / np.sqrt(n)
    assert abs((z[:, :, 1:] * z[:, :, :-1]).mean()) < 5 / np.sqrt(all_of_them)
    assert abs((z[1:] * z[:-1]).mean()) < 5 / np.sqrt(all_of_them)


def test_no_noise_is_the_image_times_its_factor():
    recipe = load_recipe("model_2", changes=FIXED)
    model, images = noisy(recipe, 3)
    for image in images:
        assert_array_equal(image, np.float32(2 * model))
    once = load_recipe("model_2", changes=[*FIXED, "observation.noise.factor=1"])
    assert_array_equal(noisy(once, 1)[1][0], np.float32(model))


@pytest.mark.parametrize("instrument", ["euclid_vis", "hst_wfc3_f160w"])
def test_the_noise_of_a_ccd(instrument):
    recipe = load_recipe("model_2", changes=[*FIXED, f"observation={{instrument: {instrument}}}"])
    model, images = noisy(recipe)
    ccd = camera(recipe)
    time = ccd.total_exposure
    sky = 10 ** (-0.4 * (ccd.sky_brightness - ccd.zero_point)) * 0.101**2
    variance = (model + sky) / time + ccd.exposures * ccd.read_noise**2 / time**2
    assert_moments(images - model, np.sqrt(variance))
    with pytest.raises(AssertionError):
        assert_moments(images - model, np.sqrt(1.03 * variance))
    with pytest.raises(AssertionError):
        assert_moments(images - 1.03 * model, np.sqrt(variance))


def test_pyautolenss_noise():
    changes = [*FIXED, "observation.noise={kind: poisson, exposure: 300, sky: 0.1}"]
    model, images = noisy(load_recipe("model_2", changes=changes))
    variance = (model + 0.1) / 300
    assert_moments(images - model, np.sqrt(variance))
    assert_allclose((images + 0.1) * 300, np.rint((images + 0.1) * 300), atol=1e-2)
    with pytest.raises(AssertionError):
        assert_moments(images - model, np.sqrt(1.03 * variance))


def test_light_below_zero_counts_as_none(monkeypatch):
    """A picture of a galaxy has such pixels once its sky is subtracted."""
    changes = [*FIXED, "observation.noise={kind: poisson, exposure: 300, sky: 0.1}"]
    recipe = load_recipe("model_2", changes=changes)
    monkeypatch.setattr("lensym.simulation.images.render", lambda recipe, scene: np.full((1, 64, 64), -0.2))
    image = simulate_block(recipe, "no_sub", "test", 0, 1, seed=1).images
    assert abs(image.mean()) < 5 * (0.1 / 300) ** 0.5 / 64


def test_scaled_images_go_from_zero_to_one_over_all_bands():
    recipe = load_recipe("model_4")
    images = simulate_block(recipe, "no_sub", "test", 0, 3, seed=1).images
    assert images.shape == (3, 3, 64, 64)
    assert (images.min(axis=(1, 2, 3)) == 0).all()
    assert (images.max(axis=(1, 2, 3)) == 1).all()
    assert (images.max(axis=(2, 3)) < 1).any()


def test_bands_have_noise_of_their_own():
    changes = ["observation.scaled=false", "source.magnitude=[40, 40, 40]", "lens_light=[]"]
    bands = simulate_block(load_recipe("model_4", changes=changes), "no_sub", "test", 0, 1, seed=1).images[0]
    assert np.abs(np.corrcoef(bands.reshape(3, -1))[np.triu_indices(3, 1)]).max() < 5 / 64


SMALL = ["image.size=16", "classes.cdm.mass_fraction=0.003"]


@pytest.mark.parametrize(
    ("name", "variant", "class_name"),
    [
        ("model_2", "physical", "cdm"),
        ("model_2", "physical", "axion"),
        ("model_4", "published", "axion"),
        ("model_b", "published", "cdm"),
    ],
)
def test_images_are_the_same_however_the_blocks_are_cut(name, variant, class_name):
    recipe = load_recipe(name, variant, ["image.size=16"])
    whole = simulate_block(recipe, class_name, "val", 2, 5, seed=1)
    parts = [simulate_block(recipe, class_name, "val", start, count, seed=1) for start, count in ((2, 1), (3, 4))]
    assert_array_equal(whole.images, np.concatenate([part.images for part in parts]))
    for key, column in whole.truth.items():
        for row, part in zip((slice(0, 1), slice(1, 5)), parts, strict=True):
            width = part.truth[key].shape[1:]
            assert_array_equal(column[row][..., : width[0]] if width else column[row], part.truth[key])
            if width:
                assert np.isnan(column[row][..., width[0] :]).all()


def test_short_rows_are_filled_with_nan():
    recipe = load_recipe("model_2", "physical", SMALL)
    truth = simulate_block(recipe, "cdm", "test", 0, 8, seed=1).truth
    counts = truth["subhalo_count"]
    assert len(set(counts)) > 3
    assert truth["subhalo_mass"].shape == (8, counts.max())
    assert_array_equal(np.isfinite(truth["subhalo_mass"]).sum(axis=1), counts)
    assert_allclose(np.nansum(truth["subhalo_mass"], axis=1), truth["substructure_mass"])


def test_no_image_is_a_block_too():
    block = simulate_block(load_recipe("model_2"), "cdm", "test", 0, 0, seed=1)
    assert block.images.shape == (0, 1, 64, 64)
    assert block.truth == {}


@pytest.mark.parametrize("fraction", [0.003, 1e-12], ids=["some", "none"])
def test_the_truth_of_a_whole_folder_is_that_of_its_images(tmp_path, fraction):
    """Each shard is as wide as its longest row, which may be of no length."""
    recipe = load_recipe("model_2", "physical", ["image.size=16", f"classes.cdm.mass_fraction={fraction}"])
    simulate_to_folder(recipe, tmp_path / "set", 6, {"train": 1.0}, seed=1, workers=1, shard_images=2)
    split = DatasetFolder.open(tmp_path / "set").split("train")
    halos = split.labels == recipe.classes.index("cdm")
    masses, counts = split.truth["subhalo_mass"], split.truth["subhalo_count"]
    assert np.isnan(counts[~halos]).all()
    assert np.isnan(masses[~halos]).all()
    alone = [draw_scene(recipe, "cdm", "train", index, seed=1).truth for index in range(6)]
    for row, count, truth in zip(masses[halos], counts[halos], alone, strict=True):
        assert count == len(truth["subhalo_mass"])
        assert_array_equal(row[np.isfinite(row)], truth["subhalo_mass"])
    lines = split.truth["log10_axion_mass"]
    assert_array_equal(np.isfinite(lines), split.labels == recipe.classes.index("axion"))
    assert_array_equal(split.images([0]), simulate_block(recipe, "no_sub", "train", 0, 1, seed=1).images)


@pytest.mark.parametrize(
    "noise",
    [
        "{kind: published_counts, exposure: 2000.0, background_rms: 0.01}",
        "{kind: poisson, exposure: 2000.0, sky: 0.1}",
        "{kind: ccd, read_noise: 5.0, gain: 1.0, sky_brightness: 22.0, exposure_time: 500.0, exposures: 4}",
        "{kind: none}",
    ],
)
def test_the_deviation_of_the_noise_is_that_of_images(noise):
    changes = [f"observation.noise={noise}", "observation.zero_point=25.0", "image.size=100"]
    recipe = load_recipe("model_1", changes=changes)
    model, images = np.full((1, 100, 100), 0.05), np.empty((1, 100, 100), recipe.dtype)
    observe(recipe, model, 2000.0, (0, "test", 0, 3), images)
    found = images.std() / (2000.0 if recipe.dtype == "uint16" else 1.0)
    assert_allclose(noise_rms(recipe, model, 2000.0), found, rtol=0.03, atol=1e-8)  # 4 standard errors
