"""A network that sees what a smooth lens leaves of an image."""

import dataclasses

import numpy as np
import pytest

from lensym.apply.assess import evaluate
from lensym.apply.audit import audit_network, images_for
from lensym.apply.files import predict_file
from lensym.apply.predictor import load
from lensym.data.residual import fit_to_folder
from lensym.errors import InputError, IntegrityError, UsageError
from lensym.evaluation.audit import group_audit
from lensym.models.checkpoint import load_model, save_model
from lensym.simulation.recipe import load_recipe
from lensym.simulation.run import simulate_to_folder
from lensym.store import DatasetFolder
from lensym.train.options import TrainOptions
from lensym.train.run import train


@pytest.fixture(scope="module")
def few(small_recipe, tmp_path_factory):
    """12 images a class of the small recipe: 4 in each split."""
    folder = tmp_path_factory.mktemp("data") / "few"
    split = {"train": 1 / 3, "val": 1 / 3, "test": 1 / 3}
    simulate_to_folder(load_recipe(small_recipe), folder, 12, split, seed=5, workers=1)
    return folder


@pytest.fixture(scope="module")
def fitted(few, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "fitted"
    fit_to_folder(few, folder, workers=1)
    return folder


@pytest.fixture(scope="module")
def model(fitted, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "fitted"
    train(fitted, run, TrainOptions(model="lensnet-tiny", epochs=2, batch_size=12, threads=1, seed=3))
    return run / "model"


def test_it_takes_images_and_images_with_the_channel(model, few, fitted):
    predictor = load(model)
    assert (predictor.channels, predictor.image_shapes) == (1, ((1, 32, 32), (2, 32, 32)))
    alone, both = (DatasetFolder.open(folder).split("test").images(slice(0, 5)) for folder in (few, fitted))
    np.testing.assert_array_equal(predictor.logits(alone), predictor.logits(both))
    with pytest.raises(InputError, match=r"\(N, 1, 32, 32\)"):
        predictor.logits(np.ones((1, 3, 32, 32)))


def test_the_answer_to_an_image_is_invariant_with_its_fit(model, few):
    predictor = load(model)
    images = DatasetFolder.open(few).split("test").images(slice(0, 6)).astype(float)
    logits = predictor.logits(images)
    for turned in (np.rot90(images, axes=(2, 3)), images[:, :, ::-1], images.swapaxes(2, 3)):
        np.testing.assert_allclose(predictor.logits(np.ascontiguousarray(turned)), logits, atol=1e-5)


def test_the_second_channel_is_looked_at(model, fitted):
    both = DatasetFolder.open(fitted).split("test").images(slice(0, 5))
    blinded = both * np.array([1, 0], np.float32)[:, None, None]
    assert np.abs(load(model).logits(both) - load(model).logits(blinded)).max() > 1e-3


def test_it_is_evaluated_on_images_with_the_channel(model, fitted, tmp_path):
    results = evaluate(model, fitted, tmp_path / "out")
    assert results["n"] == 12
    assert (tmp_path / "out" / "report.html").exists()


def test_a_model_of_images_alone_refuses_the_channel(trained_run, fitted, tmp_path):
    with pytest.raises(InputError, match=r"\(1, 32, 32\); got \(2, 32, 32\)"):
        evaluate(trained_run / "model", fitted, tmp_path / "out")


def test_the_audit_shows_it_either(model, few, fitted):
    predictor = load(model)
    for data in (few, fitted):
        images = images_for(predictor, data, "test", 0)[:3].astype(float)
        assert max(group_audit(predictor.logits, images, precision="float32").changes.values()) < 1e-5


def test_it_is_audited_without_data_and_layer_by_layer(model, few):
    predictor = load(model)
    probes = images_for(predictor, None, "test", 0)
    assert probes.shape[1:] == (2, 32, 32)
    assert max(group_audit(predictor.logits, probes[:3], precision="float32").changes.values()) < 1e-5
    both = predictor.seen(images_for(predictor, few, "test", 0)[:2])
    assert both.shape == (2, 2, 32, 32)


def test_a_control_with_a_fit_sees_the_channel(model, fitted):
    predictor = load(model)
    images = images_for(predictor, fitted, "test", 0)[:2]
    found = audit_network(predictor, images, control=model)
    assert [row.changes for row in found.group] == [found.group[0].changes] * len(found.group)


def test_training_images_with_the_channel_are_no_test_of_leaks_into_images_alone(model, few, fitted, tmp_path):
    with pytest.raises(InputError, match="a training set of images alone"):
        evaluate(model, few, tmp_path / "out", trained_on=fitted)


def test_a_file_of_zeros_in_the_middle_is_refused(model):
    image = np.zeros((1, 1, 32, 32))
    image[..., 0, 0] = 1.0
    with pytest.raises(InputError, match="light in the middle 24 x 24 px"):
        load(model).predict(image)


@pytest.mark.parametrize("unit", [1, 1e-3])
def test_a_file_in_another_unit_is_doubted(model, few, tmp_path, unit):
    image = unit * DatasetFolder.open(few).split("test").images(slice(0, 1))[0, 0].astype(float)
    np.save(tmp_path / "lens.npy", image)
    answer = predict_file(load(model), tmp_path / "lens.npy", pixel_scale=0.2)
    doubted = any("must be in the unit of the recipe's images" in warning for warning in answer.warnings)
    assert doubted == (unit != 1)
    assert answer.label is None or not doubted


def test_its_explanation_turns_with_the_image(model, few):
    predictor = load(model)
    image = DatasetFolder.open(few).split("test").images(slice(0, 1))[0].astype(float)
    seen, turned = (predictor.explain(x, target=1) for x in (image, np.rot90(image, axes=(1, 2)).copy()))
    np.testing.assert_allclose(turned.evidence, np.rot90(seen.evidence), atol=1e-4)


def test_its_weights_do_not_start_a_training_on_images_alone(model, few, tmp_path):
    with pytest.raises(UsageError, match="channels"):
        train(few, tmp_path / "run", TrainOptions(model="lensnet-tiny", init=str(model), epochs=1))


@pytest.mark.parametrize("wrong", [{"recipe": "model_1"}, {"recipe": 1, "parameters": {}}])
def test_a_config_that_does_not_say_the_recipe_is_refused(model, tmp_path, wrong):
    loaded, config = load_model(model)
    save_model(loaded, dataclasses.replace(config, smooth_fit=wrong), tmp_path / "model", "# card\n")
    with pytest.raises(IntegrityError, match="smooth_fit as a recipe and its parameters"):
        load_model(tmp_path / "model")
