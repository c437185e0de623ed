import dataclasses

import numpy as np
import pytest

from lensym.data.coolest.export import export_coolest
from lensym.data.export import export_data_set
from lensym.data.residual import fit_to_folder, model_for
from lensym.errors import InputError, IntegrityError, OutputError, UsageError
from lensym.simulation.preview import preview_data_set
from lensym.simulation.recipe import load_recipe
from lensym.simulation.run import simulate_to_folder
from lensym.simulation.smooth import SmoothModel, image_and_residual
from lensym.simulation.turned import turn_data_set
from lensym.store import DatasetFolder, Manifest, manifest_digest, write_manifest
from lensym.store.manifest import read_manifest


@pytest.fixture(scope="module")
def source(small_recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "small"
    split = {"train": 0.5, "val": 0.5}
    simulate_to_folder(load_recipe(small_recipe), folder, 6, split, seed=5, workers=1, shard_images=2)
    return folder


@pytest.fixture(scope="module")
def fitted(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "fitted"
    fit_to_folder(source, folder, workers=1)
    return folder


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in {".h5", ".json"}}


def test_each_image_has_what_its_fit_leaves(source, fitted):
    before, after = DatasetFolder.open(source), DatasetFolder.open(fitted)
    model = SmoothModel(load_recipe(before.manifest.recipe, changes=["image.size=32", "image.pixel_scale=0.2"]))
    for split in ("train", "val"):
        expected = image_and_residual(model, before.split(split).images(slice(None)))
        np.testing.assert_array_equal(after.split(split).images(slice(None)), expected)
        np.testing.assert_array_equal(after.split(split).labels, before.split(split).labels)
        truth = after.split(split).truth
        for name, column in before.split(split).truth.items():
            np.testing.assert_array_equal(truth[name], column)
        assert {name for name in truth if not name.startswith("fit_")} == before.split(split).truth.keys()
        np.testing.assert_allclose(truth["fit_lens_theta_E"], truth["theta_E"], atol=0.1)
        assert (truth["fit_chi_square"][after.split(split).labels == 0] < 1.3).all()


def test_the_manifest_says_of_which_images(source, fitted):
    before, after = read_manifest(source), read_manifest(fitted)
    assert (after.channels, after.dtype, after.smooth_fit) == (2, "float32", manifest_digest(source))
    same = {"channels": 1, "dtype": before.dtype, "smooth_fit": "", "shards": before.shards}
    assert dataclasses.replace(after, **same) == before
    assert model_for({"recipe": after.recipe, "parameters": after.parameters}).side == 24


def test_a_data_set_of_images_alone_has_no_such_key(source):
    assert "smooth_fit" not in read_manifest(source).to_dict()
    assert isinstance(Manifest.from_dict(read_manifest(source).to_dict()), Manifest)


def test_what_was_begun_is_finished_to_the_same_bytes(source, fitted, tmp_path):
    def stop(done, total):
        if done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_to_folder(source, tmp_path / "out", workers=1, progress=stop)
    assert not (tmp_path / "out" / "manifest.json").exists()
    seen = []
    fit_to_folder(source, tmp_path / "out", workers=2, progress=lambda done, total: seen.append(done))
    assert seen[0] == 6
    assert bytes_of(tmp_path / "out") == bytes_of(fitted)


def test_a_lost_shard_is_made_anew(source, fitted):
    before = bytes_of(fitted)
    next(fitted.glob("*.h5")).unlink()
    fit_to_folder(source, fitted, workers=1)
    assert bytes_of(fitted) == before


def test_what_is_no_data_set_of_simulated_images_is_refused(source, fitted, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        fit_to_folder(tmp_path / "nothing", tmp_path / "out")
    with pytest.raises(UsageError, match="whose second channel is"):
        fit_to_folder(fitted, tmp_path / "out")
    imported = tmp_path / "imported"
    imported.mkdir()
    for path in source.glob("*.h5"):
        (imported / path.name).write_bytes(path.read_bytes())
    write_manifest(imported, dataclasses.replace(read_manifest(source), recipe="elsewhere", seed=None))
    with pytest.raises(InputError, match="a simulated data set"):
        fit_to_folder(imported, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_recipe_without_noise_is_refused_before_anything_is_written(tmp_path):
    simulate_to_folder(load_recipe("model_2"), tmp_path / "noiseless", 1, {"test": 1.0}, workers=1)
    with pytest.raises(UsageError, match="images without noise"):
        fit_to_folder(tmp_path / "noiseless", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_changed_byte_of_the_images_is_noticed(small_recipe, tmp_path):
    simulate_to_folder(load_recipe(small_recipe), tmp_path / "data", 2, {"test": 1.0}, seed=9, workers=1)
    shard = next((tmp_path / "data").glob("*.h5"))
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    with pytest.raises(IntegrityError, match=shard.name):
        fit_to_folder(tmp_path / "data", tmp_path / "out")


def test_an_image_without_light_is_named(small_recipe, tmp_path):
    model = SmoothModel(load_recipe(small_recipe))
    images = np.ones((2, 1, 32, 32))
    images[1] = 0
    with pytest.raises(InputError, match="image 1 of the array"):
        image_and_residual(model, images)


def test_what_takes_images_alone_refuses_the_channel(fitted, tmp_path):
    for refuse in (
        lambda: turn_data_set(fitted, tmp_path / "out", workers=1),
        lambda: export_data_set(fitted, tmp_path / "out", "fits"),
        lambda: export_coolest(fitted, tmp_path / "out", "train", 0),
    ):
        with pytest.raises(UsageError, match="a data set of images alone"):
            refuse()
        assert not (tmp_path / "out").exists()


def test_a_contact_sheet_shows_the_images(fitted):
    assert preview_data_set(fitted).axes


def test_a_folder_of_other_fits_is_not_gone_on_with(source, fitted, small_recipe, tmp_path):
    other = tmp_path / "other"
    simulate_to_folder(load_recipe(small_recipe), other, 2, {"test": 1.0}, seed=9, workers=1)
    with pytest.raises(UsageError, match="was begun with"):
        fit_to_folder(other, fitted)
    with pytest.raises(OutputError):
        fit_to_folder(source, other / "..", workers=1)
