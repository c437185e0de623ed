import numpy as np
import pytest
import torch

from lensym.apply.predictor import Predictor, load
from lensym.conventions import CLASSES
from lensym.errors import InputError, IntegrityError, UsageError
from lensym.models import packaged as packaged_module
from lensym.models.packaged import packaged_models

from .conftest import SCALE, SIZE, rings


def test_what_it_says_of_itself(predictor, folder):
    assert predictor.classes == CLASSES
    assert (predictor.group, predictor.image_size, predictor.channels, predictor.pixel_scale) == ("D4", SIZE, 1, SCALE)
    assert predictor.name == str(folder)
    assert "group=D4, no_sub, cdm, axion, (1, 32, 32) at 0.1 arcsec/px" in repr(predictor)


def test_probabilities_are_the_softmax_over_the_temperature(predictor):
    images = rings(5, 2)
    logits = torch.from_numpy(predictor.logits(images))
    expected = torch.softmax(logits / 1.7, dim=1).numpy()
    np.testing.assert_allclose(predictor.predict(images), expected, atol=1e-12)
    assert predictor.predict(images).shape == (5, 3)


def test_logits_are_the_network_s(predictor):
    images = rings(5, 2)
    with torch.inference_mode():
        expected = predictor.model.network(torch.from_numpy(images.astype(np.float32))).numpy()
    np.testing.assert_allclose(predictor.logits(images), expected, atol=1e-5)


def test_the_size_of_the_batches_does_not_matter(predictor):
    small = Predictor(predictor.model, predictor.config, "small", batch_size=3)
    images = rings(8, 3)
    np.testing.assert_allclose(small.logits(images), predictor.logits(images), atol=1e-5)
    np.testing.assert_allclose(small.ood(images), predictor.ood(images), rtol=1e-4)
    assert small.predict(images[:0]).shape == (0, 3)


def test_answers_do_not_change_under_the_group_nor_with_the_flux_unit(predictor):
    images = rings(4, 4).astype(float)
    turned = np.rot90(images, axes=(2, 3))
    np.testing.assert_allclose(predictor.predict(turned), predictor.predict(images), atol=1e-5)
    np.testing.assert_allclose(predictor.ood(turned), predictor.ood(images), rtol=1e-3)
    np.testing.assert_allclose(predictor.predict(images * 1e-17), predictor.predict(images), atol=1e-5)


def test_images_like_the_training_images_score_below_one_and_others_above(predictor):
    assert np.median(predictor.ood(rings(40, 5))) < 1
    assert (predictor.ood(np.random.default_rng(0).uniform(size=(5, 1, SIZE, SIZE))) > 1).all()


def test_it_computes_in_the_network_s_precision(folder):
    double = load(folder)
    double.model.double()
    np.testing.assert_allclose(double.logits(rings(3, 6)), load(folder).logits(rings(3, 6)), atol=1e-4)


def test_wrong_images_are_refused(predictor):
    with pytest.raises(InputError, match=r"images of shape \(N, 1, 32, 32\)"):
        predictor.predict(np.ones((2, 1, 16, 16)))
    with pytest.raises(InputError, match="not constant"):
        predictor.ood(np.ones((2, 1, SIZE, SIZE)))


def test_what_another_task_needs_is_said_in_words_that_are_true_of_every_caller(predictor):
    needed = r"a network that was trained to regress; got '.*', which was trained to classify"
    remedy = "choose a model of that task; lensym models lists the packaged ones"
    with pytest.raises(UsageError, match=f"^{needed}; {remedy}$"):
        predictor.estimate(rings(1, 0))


def test_a_name_of_the_package(folder, monkeypatch, tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "rings").symlink_to(folder)
    monkeypatch.setattr(packaged_module.importlib.resources, "files", lambda package: tmp_path)
    assert packaged_models() == ("rings",)
    assert load("rings").name == "rings"
    with pytest.raises(UsageError, match=r"a known model is needed; got 'ring'; did you mean 'rings'"):
        load("ring")


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(InputError, match="a model folder"):
        load(tmp_path / "nothing")
    with pytest.raises(InputError, match="a model folder"):
        load(tmp_path)


def test_devices(folder):
    assert load(folder, "auto").device.type in {"cpu", "cuda"}
    with pytest.raises(UsageError, match=r"a known device is needed; got 'gpu'"):
        load(folder, "gpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_device_that_is_not_there(folder):
    with pytest.raises(UsageError, match="a CUDA device; got none on this machine; use --device cpu"):
        load(folder, "cuda")


def test_changed_weights_are_refused(folder, tmp_path):
    for name in ("model.safetensors", "config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    content = bytearray((tmp_path / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(IntegrityError, match="the file was changed or cut short"):
        load(tmp_path)


@pytest.mark.parametrize("target", [-1, 3])
def test_an_explanation_of_a_class_that_there_is_not_is_refused(target):
    with pytest.raises(UsageError, match="a class number from 0 to 2"):
        load("lensnet-tiny").explain(np.ones((1, 150, 150)), target)


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, None])
def test_a_batch_has_images(predictor, batch_size, unchecked):
    with unchecked(), pytest.raises(UsageError, match="batch_size must be a whole number above 0; got"):
        Predictor(predictor.model, predictor.config, "none", batch_size=batch_size)
