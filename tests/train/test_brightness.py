"""Stretch and unit of the pixels: from the option to the model folder and back."""

import numpy as np
import pytest
import torch

from lensym.apply.predictor import load
from lensym.errors import UsageError
from lensym.models.checkpoint import load_model
from lensym.models.normalise import STRETCHES, Brightness
from lensym.store import DatasetFolder
from lensym.train.options import TrainOptions
from lensym.train.run import train

OPTIONS = {"model": "cnn", "width": 0.25, "epochs": 1, "batch_size": 20, "threads": 1}


@pytest.fixture(scope="module")
def run(data_set, tmp_path_factory):
    run = tmp_path_factory.mktemp("brightness") / "run"
    train(data_set, run, TrainOptions(**OPTIONS, stretch="log", normalise="train"))
    return run


def test_the_unit_is_that_of_the_training_images_and_is_kept(run, data_set):
    model, config = load_model(run / "model")
    images = DatasetFolder.open(data_set).split("train").images(slice(None)).astype(float)
    assert config.stretch == "log"
    assert config.rms == pytest.approx(np.sqrt(np.square(images).mean()), rel=1e-12)
    assert model.network.brightness == Brightness("log", config.rms)


def test_such_a_network_knows_how_bright_an_image_is(run, trained_run, data_set):
    images = DatasetFolder.open(data_set).split("val").images(slice(0, 6)).astype(float)
    for folder, knows in ((run, True), (trained_run, False)):
        predictor = load(folder / "model")
        change = np.abs(predictor.logits(2 * images) - predictor.logits(images)).max()
        assert bool(change > 1e-3) is knows
        assert bool(change < 1e-5) is not knows


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"stretch": "asinh", "normalise": "train"},
            "weights to start from with the stretch of --stretch: asinh; got log",
        ),
        (
            {"stretch": "log", "normalise": "image"},
            "weights to start from with the unit of --normalise: image; got train",
        ),
    ],
)
def test_weights_of_another_brightness_are_no_start(run, data_set, tmp_path, options, words):
    with pytest.raises(UsageError, match=words):
        train(data_set, tmp_path / "new", TrainOptions(**OPTIONS, **options, init=str(run / "model")))


def test_weights_keep_their_own_unit_when_training_goes_on(run, data_set, tmp_path):
    options = TrainOptions(**OPTIONS, stretch="log", normalise="train", init=str(run / "model"))
    assert train(data_set, tmp_path / "new", options).rms == load_model(run / "model")[1].rms


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"stretch": "sqrt"}, "--stretch asinh or log or none; got 'sqrt'"),
        ({"normalise": "test"}, "--normalise image or train; got 'test'"),
    ],
)
def test_unknown_ones_are_refused(option, words):
    with pytest.raises(UsageError, match=words):
        TrainOptions(**option)


def test_the_usual_one_leaves_no_trace_in_the_config(trained_run):
    text = (trained_run / "model" / "config.json").read_text()
    model, config = load_model(trained_run / "model")
    assert '"rms"' not in text
    assert config.brightness == model.network.brightness == Brightness()
    assert all(torch.isfinite(tensor).all() for tensor in model.state_dict().values())


def test_the_options_know_every_stretch():
    assert [TrainOptions(stretch=name).stretch for name in STRETCHES] == list(STRETCHES)
