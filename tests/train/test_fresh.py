"""A run on images that are simulated meanwhile: its folder, its end, how it goes on, and what it refuses."""

import json
import multiprocessing
import os
import signal
import time

import pytest
import torch
import yaml

from kills import begin, ended
from lensym.apply.provenance import find_warnings
from lensym.cli import main
from lensym.errors import OutputError, TrainingError, UsageError
from lensym.models.checkpoint import load_model
from lensym.simulation.images import simulate_block
from lensym.simulation.origin import changes
from lensym.simulation.recipe import load_recipe
from lensym.store import output_lock, read_manifest
from lensym.train.checkpoints import read_checkpoint
from lensym.train.learner import Learner
from lensym.train.options import IMAGES, VAL_IMAGES, TrainOptions
from lensym.train.run import train

OPTIONS = TrainOptions(
    model="cnn", width=0.25, epochs=3, batch_size=20, threads=1, seed=5, workers=0, images=125, val_images=30
)


@pytest.fixture(scope="module")
def recipe(small_recipe):
    return load_recipe(small_recipe)


@pytest.fixture(scope="module")
def whole(recipe, tmp_path_factory):
    run = tmp_path_factory.mktemp("fresh") / "run"
    train(recipe, run, OPTIONS)
    return run


def changed(**options):
    return TrainOptions(**{**vars(OPTIONS), **options})


def weights(run):
    return (run / "model" / "model.safetensors").read_bytes()


def last_weights(run):
    """Those after the last epoch, whichever was the best."""
    state = read_checkpoint(run / "checkpoints" / "last.ckpt")["state_dict"]
    return {name: tensor.tolist() for name, tensor in state.items()}


def deserted(group, seconds=10.0):
    """Whether no process of a group is left, after some time at most."""
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            os.killpg(group, 0)
            time.sleep(0.1)
    except ProcessLookupError:
        return True
    return False


def test_the_folder_says_what_was_simulated(whole, recipe):
    config = yaml.safe_load((whole / "config.yaml").read_text())
    assert (config["recipe"], config["variant"], config["images"], config["val_images"]) == (
        "model_1",
        "published",
        125,
        30,
    )
    assert load_recipe(whole / "recipe.yaml").digest() == recipe.digest()
    _, found = load_model(whole / "model")
    assert found.data["parameters_sha256"] == recipe.digest()
    assert (found.data["recipe"], found.data["seed"], found.pixel_scale) == ("model_1", 5, 0.2)
    assert sum(found.data["splits"]["train"].values()) == 120  # whole batches of three epochs
    assert found.training["validation"]["n"] == 30
    assert len(found.training["history"]) == 3
    card = (whole / "model" / "README.md").read_text()
    assert "`lensym train RUN --recipe RUN/recipe.yaml --model cnn" in card
    assert f"| changed in the recipe | `{'`, `'.join(changes('model_1', 'published', recipe.to_dict()))}` |" in card
    assert f"sha256 {recipe.digest()}; each image was shown once" in card
    assert "--workers 0 --images 125 --val-images 30`" in card


def test_a_later_test_on_its_own_images_is_flagged(whole, data_set):
    _, config = load_model(whole / "model")
    manifest = read_manifest(data_set)  # of the same recipe and seed
    assert "trained on images of this split" in find_warnings(config, manifest, "train")[0]
    assert find_warnings(config, manifest, "test") == []


def test_a_run_that_stops_goes_on_to_the_same_weights_with_any_number_of_workers(whole, recipe, tmp_path, monkeypatch):
    run = tmp_path / "run"
    original, steps = torch.nn.functional.cross_entropy, iter(range(100))

    def fails(logits, labels):
        return original(logits, labels) * (float("nan") if torch.is_grad_enabled() and next(steps) == 3 else 1)

    with monkeypatch.context() as patch:
        patch.setattr(torch.nn.functional, "cross_entropy", fails)
        with pytest.raises(TrainingError, match=r"batch 1 \(images 60, 61, .* and 10 more of the fresh images\)"):
            train(recipe, run, OPTIONS)
    train(recipe, run, changed(workers=1), resume=True)
    assert weights(run) == weights(whole)
    assert last_weights(run) == last_weights(whole)
    assert multiprocessing.active_children() == []


def test_other_seeds_are_other_weights(whole, recipe, tmp_path):
    train(recipe, tmp_path / "run", changed(seed=6))
    assert weights(tmp_path / "run") != weights(whole)


def test_a_signal_ends_a_run_and_its_workers_and_it_goes_on(whole, small_recipe, tmp_path, monkeypatch):
    run = tmp_path / "run"
    options = {key: value for key, value in vars(OPTIONS).items() if value not in ("", None)} | {"workers": 1}
    flags = [f"--{key.replace('_', '-')}={str(value).lower()}" for key, value in options.items()]
    command = ["train", str(run), "--recipe", str(small_recipe), *flags]
    steps, original = iter(range(100)), Learner.on_before_optimizer_step

    def signalled(self, optimizer):
        if next(steps) == 3:
            os.killpg(0, signal.SIGTERM)  # as a batch system does, to the workers too
        original(self, optimizer)

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "on_before_optimizer_step", signalled)
        group = begin(lambda: main(command), tmp_path / "log")
        assert ended(group) == 75
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    assert log.splitlines()[-1].startswith("lensym: error: stopped by SIGTERM; what is finished is kept")
    assert deserted(group)
    with output_lock(run):
        pass
    assert main([*command, "--resume"]) == 0
    assert last_weights(run) == last_weights(whole)


def test_other_images_are_refused_when_a_run_is_resumed(whole, small_recipe, data_set):
    other = load_recipe(small_recipe, changes=["lens.mass=2.0e+12"])
    with pytest.raises(
        UsageError, match=r"the data that the run was begun with \(sha256 \w{12}\); got sha256 \w{12}; give"
    ):
        train(other, whole, OPTIONS, resume=True)
    with pytest.raises(UsageError, match=r"begun with \(--images 125\); got 126"):
        train(load_recipe(small_recipe), whole, changed(images=126), resume=True)
    with pytest.raises(UsageError, match=r"the data that the run was begun with"):
        train(data_set, whole, changed(images=None, val_images=None), resume=True)


def test_the_lengths_of_a_run_are_known_when_it_is_resumed(whole, recipe):
    plain = changed(images=None, val_images=None)
    assert train(recipe, whole, plain, resume=True).training["options"]["images"] == 125
    assert IMAGES > VAL_IMAGES > 0


def test_a_beginning_that_was_killed_is_no_obstacle(whole, recipe, tmp_path):
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "checkpoints" / "inputs.json").write_text(json.dumps({"data": "another"}))
    (run / "recipe.yaml").write_text("half of")
    train(recipe, run, OPTIONS)
    assert weights(run) == weights(whole)
    with pytest.raises(OutputError, match="an empty folder for the run"):
        train(recipe, run, OPTIONS)


def test_numbers_of_images_are_not_for_data_sets(data_set, tmp_path):
    with pytest.raises(UsageError, match=r"--images and --val-images with --recipe; got a data set, which has its own"):
        train(data_set, tmp_path / "run", changed(val_images=None))


def test_a_network_may_know_how_bright_fresh_images_are(recipe, tmp_path):
    options = changed(epochs=1, images=20, normalise="train")
    images = [simulate_block(recipe, name, "train", 0, 7, 5).images.astype(float) for name in recipe.classes]
    rms = float((sum((part**2).mean() for part in images) / 3) ** 0.5)
    assert train(recipe, tmp_path / "run", options).rms == pytest.approx(rms, rel=1e-12)
