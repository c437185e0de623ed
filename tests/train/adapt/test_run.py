"""Adapting from end to end: no label of the images to adapt to is read, a stop changes nothing, symmetry stays."""

import json

import numpy as np
import pytest
import torch

from lensym.apply.predictor import load
from lensym.cli import main
from lensym.data.adapt import UnlabelledImages
from lensym.errors import TrainingError, UsageError
from lensym.models.checkpoint import load_model
from lensym.simulation.recipe import load_recipe
from lensym.store import DatasetFolder, SplitView
from lensym.train.adapt.base import Adaptation
from lensym.train.adapt.registry import ADAPTATIONS
from lensym.train.checkpoints import read_checkpoint
from lensym.train.options import METHODS, FinetuneOptions, TrainOptions
from lensym.train.run import train

CLASSES = ("no_sub", "cdm", "axion")


def weights(run):
    """Of the network and of the shift detector."""
    return (run / "model" / "model.safetensors").read_bytes()


def test_the_options_know_every_method():
    assert tuple(ADAPTATIONS) == METHODS


@pytest.fixture(scope="module")
def whole(data_set, other_telescope, tmp_path_factory):
    """A run of each method, made when it is first asked for."""
    runs, folder = {}, tmp_path_factory.mktemp("whole")

    def run(options):
        if options.method not in runs:
            runs[options.method] = folder / options.method
            train(data_set, runs[options.method], options)
        return runs[options.method]

    return run


@pytest.mark.parametrize("method", METHODS)
def test_no_label_of_the_images_to_adapt_to_is_read(method, whole, data_set, relabelled, short, tmp_path, monkeypatch):
    labels, truth = SplitView.labels, SplitView.truth
    for name, original in (("labels", labels), ("truth", truth)):

        def guarded(view, original=original):
            assert view.folder == data_set
            return original.func(view)

        monkeypatch.setattr(SplitView, name, property(guarded))
    run = whole(short(method))
    monkeypatch.undo()
    classes = CLASSES if method == "adda" else ("unknown",)
    scramble = np.random.default_rng(0).permutation if method == "adda" else np.zeros_like
    train(data_set, tmp_path / "run", short(method, adapt_to=str(relabelled("other", classes, scramble))))
    assert weights(tmp_path / "run") == weights(run)


def test_other_images_change_the_weights(whole, data_set, short, tmp_path):
    train(data_set, tmp_path / "run", short("sinkhorn", adapt_to=str(data_set)))
    assert weights(tmp_path / "run") != weights(whole(short("sinkhorn")))


@pytest.mark.parametrize(("method", "step"), [("adda", 2), *((method, 5) for method in METHODS)])
def test_a_stopped_run_goes_on_to_the_same_weights(method, step, whole, data_set, short, tmp_path):
    steps, original = iter(range(100)), Adaptation.loss

    def fails(self, network, batch, number):
        return original(self, network, batch, number) * (float("nan") if next(steps) == step else 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Adaptation, "loss", fails)
        with pytest.raises(TrainingError, match=f"epoch {step // 3}, batch 2"):
            train(data_set, tmp_path / "run", short(method))
    train(data_set, tmp_path / "run", TrainOptions(threads=1), resume=True)
    assert weights(tmp_path / "run") == weights(whole(short(method)))


@pytest.mark.parametrize("method", METHODS)
def test_an_exact_network_stays_exact_and_a_plain_one_does_not_become_so(method, whole, data_set, short, tmp_path):
    images = torch.from_numpy(DatasetFolder.open(data_set).split("val").images(slice(0, 6)).astype(np.float32))
    train(data_set, tmp_path / "exact", short(method, model="lensnet-tiny"))
    for run, exact in ((tmp_path / "exact", True), (whole(short(method)), False)):
        network = load_model(run / "model")[0].network
        with torch.no_grad():
            logits = network(images)
            turned = [network(other.rot90(k, (2, 3))) for other in (images, images.flip(3)) for k in range(4)]
        change = max(float((other - logits).abs().max()) for other in turned) / max(1, float(logits.abs().max()))
        assert (change <= 1e-5) == exact


def test_the_model_is_a_classifier_that_says_how_it_was_adapted(whole, short, data_set):
    run = whole(short("adda"))
    _, config = load_model(run / "model")
    assert (config.task, config.answer) == ("classify", None)
    adapted = config.training["adapted"]
    assert adapted["method"] == "adda"
    assert adapted["splits"] == {"train": 75, "val": 75}
    for when in ("before", "after"):
        assert 0.5 < adapted["shift"][when]["auc"] <= 1
        assert 0 <= adapted["shift"][when]["unlike"] <= 1
    card = (run / "model" / "README.md").read_text()
    assert ", adapted to model_1" in card
    assert "without their labels, by adda" in card
    assert "| validation, images with labels | n 30" in card
    assert "--task adapt --adapt-to other --method adda" in card
    answers = load(run / "model").predict(DatasetFolder.open(data_set).split("test").images(slice(0, 4)))
    assert answers.shape == (4, 3)


def test_both_sets_of_images_are_like_those_that_the_model_knows(whole, short, data_set, other_telescope):
    model, _ = load_model(whole(short("adda")) / "model")
    for folder in (data_set, other_telescope):
        images = torch.from_numpy(DatasetFolder.open(folder).split("val").images(slice(None)).astype(np.float32))
        with torch.no_grad():
            scores = model.shift.score(model.network.features(images), images)
        assert float((scores > 1).double().mean()) < 0.1


def test_the_epoch_is_chosen_among_those_of_adapting_by_information(data_set, short, tmp_path):
    config = train(data_set, tmp_path / "run", short("sinkhorn", epochs=5))
    rows = config.training["history"]
    best = read_checkpoint(tmp_path / "run" / "checkpoints" / "best.ckpt")["epoch"]
    assert best == max(range(2, 5), key=lambda k: rows[k]["val_information"])


def test_labels_alone_are_learned_in_the_first_half(data_set, short, tmp_path, monkeypatch):
    asked, adapting, begun = [], ADAPTATIONS["adda"].adapting, []

    def noted(self, *arguments):
        asked.append(arguments[-1])
        begun.append(bool(self.begun))
        return adapting(self, *arguments)

    monkeypatch.setattr(ADAPTATIONS["adda"], "adapting", noted)
    train(data_set, tmp_path / "run", short("adda", epochs=3))
    assert asked == [k / 5 for k in range(5)]  # of nine steps, the first four are with labels alone
    assert all(begun)


def test_a_run_goes_on_with_its_own_method_and_data_alone(whole, data_set, short, relabelled):
    run = whole(short("adda"))
    with pytest.raises(UsageError, match=r"the run was begun with \(--method adda\); got cgdm"):
        train(data_set, run, short("cgdm"), resume=True)
    with pytest.raises(UsageError, match=r"the run was begun with \(--adapt-to .*other\); got .*small"):
        train(data_set, run, short("adda", adapt_to=str(data_set)), resume=True)


def test_other_images_under_the_same_name_are_refused(whole, data_set, short, tmp_path):
    inputs = whole(short("adda")) / "checkpoints" / "inputs.json"
    former = inputs.read_text()
    inputs.write_text(json.dumps(json.loads(former) | {"data to adapt to": "0" * 64}))
    try:
        with pytest.raises(UsageError, match="the data to adapt to that the run was begun with"):
            train(data_set, inputs.parents[1], TrainOptions(threads=1), resume=True)
    finally:
        inputs.write_text(former)


def test_a_pixel_that_is_not_finite_is_named_on_its_side(data_set, short, tmp_path, monkeypatch):
    original = UnlabelledImages.__getitems__

    def poisoned(self, indices):
        images = original(self, indices)
        if 7 in self.rows[indices] and self._view.name == "train":
            images[list(self.rows[indices]).index(7), 0, 3, 3] = float("nan")
        return images

    monkeypatch.setattr(UnlabelledImages, "__getitems__", poisoned)
    with pytest.raises(TrainingError, match=r"\(images 7 of the split train of --adapt-to, pixels not all finite\)"):
        train(data_set, tmp_path / "run", short("sinkhorn", epochs=4))


def test_a_command_adapts(data_set, other_telescope, tmp_path, capsys):
    command = ["train", str(data_set), str(tmp_path / "run"), "--task", "adapt", "--method", "adamatch"]
    command += ["--adapt-to", str(other_telescope), "--model", "cnn", "--width", "0.25", "--epochs", "1"]
    assert main([*command, "--batch-size", "20"]) == 0
    assert "information without labels" in capsys.readouterr().out


def test_weights_of_a_classifier_are_a_start(trained_run, data_set, short, tmp_path):
    options = short("adda", model="lensnet", width=1.0, epochs=1, init=str(trained_run / "model"))
    config = train(data_set, tmp_path / "run", options)
    assert config.training["start"]["weights_sha256"] == load_model(trained_run / "model")[1].weights_sha256


def test_a_recipe_in_the_place_of_the_labelled_images_is_refused(small_recipe, short, tmp_path):
    with pytest.raises(UsageError, match="--task adapt with a data set, DATA RUN; got the recipe model_1"):
        train(load_recipe(small_recipe), tmp_path / "run", short("adda"))
    assert not (tmp_path / "run").exists()


def test_fine_tuning_has_labels():
    with pytest.raises(UsageError, match="--task classify, regress, anomaly; got 'adapt'"):
        FinetuneOptions(task="adapt")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"adapt_to": "x"}, "--adapt-to with --task adapt; got --task classify"),
        ({"method": "adda"}, "--method with --task adapt; got --task classify"),
        ({"task": "adapt", "adapt_to": "x"}, "--task adapt with --method; got none"),
        ({"task": "adapt", "method": "adda"}, "--task adapt with --adapt-to; got none"),
        ({"task": "adapt", "adapt_to": "x", "method": "ada"}, "did you mean 'adda'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        TrainOptions(**options)
