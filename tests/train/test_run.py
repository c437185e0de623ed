"""A run: what its folder holds, how it ends too early and goes on, what it refuses."""

import csv
import json
import os
import shutil
import signal

import numpy as np
import pytest
import torch
import yaml

from lensym.data.module import LensData
from lensym.errors import InputError, IntegrityError, OutputError, TrainingError, UsageError
from lensym.evaluation.metrics import macro_auc
from lensym.models.checkpoint import load_model
from lensym.store import DatasetFolder, manifest_digest
from lensym.train import classify
from lensym.train.options import TrainOptions
from lensym.train.run import train
from lensym.train.start import first_network

# what is random in it, in the network too, is a function of seed and step
PLAIN = TrainOptions(model="cnn", epochs=3, batch_size=20, threads=1)
STEPS = 3  # an epoch: 60 training images in batches of 20


def rows_of(run):
    with (run / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def weights_of(run):
    return load_model(run / "model")[0].state_dict()


def same(first, second):
    return all(torch.equal(tensor, second[name]) for name, tensor in first.items())


@pytest.fixture(scope="module")
def plain_run(data_set, tmp_path_factory):
    run = tmp_path_factory.mktemp("plain") / "run"
    train(data_set, run, PLAIN)
    return run


@pytest.fixture
def stopped(monkeypatch):
    """Let the next run fail, in the way given, at its ``step``-th step."""
    original = torch.nn.functional.cross_entropy

    def arrange(step, failure):
        calls = iter(range(1, 1000))

        def cross_entropy(logits, labels):
            if torch.is_grad_enabled() and next(calls) == step:
                return failure(logits)
            return original(logits, labels)

        monkeypatch.setattr(classify.F, "cross_entropy", cross_entropy)

    yield arrange
    monkeypatch.undo()


def not_a_number(logits):
    return logits.sum() * float("nan")


def interrupt(logits):
    raise KeyboardInterrupt


def test_the_folder_holds_options_curves_checkpoints_and_the_model(trained_run, data_set):
    names = {path.relative_to(trained_run).as_posix() for path in trained_run.rglob("*") if path.is_file()}
    assert names == {
        "config.yaml",
        "metrics.csv",
        "progress.png",
        "checkpoints/best.ckpt",
        "checkpoints/inputs.json",
        "checkpoints/last.ckpt",
        "model/config.json",
        "model/model.safetensors",
        "model/README.md",
    }
    config = yaml.safe_load((trained_run / "config.yaml").read_text())
    assert config["data"] == str(data_set)
    assert (config["model"], config["epochs"], config["batch_size"], config["seed"]) == ("lensnet", 2, 20, 3)
    assert (trained_run / "progress.png").read_bytes().startswith(b"\x89PNG")


def test_the_curves_have_a_row_an_epoch(trained_run):
    rows = rows_of(trained_run)
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert list(rows[0]) == ["epoch", "train_loss", "val_loss", "val_auc", "val_accuracy", "seconds"]
    assert all(0 <= float(row["val_auc"]) <= 1 and float(row["train_loss"]) > 0 for row in rows)


def test_the_model_says_what_it_was_trained_on(trained_run, data_set):
    _, config = load_model(trained_run / "model")
    assert (config.architecture, config.group, config.image_size, config.pixel_scale) == ("lensnet", "D4", 32, 0.2)
    assert config.data["manifest_sha256"] == manifest_digest(data_set)
    assert config.data["splits"]["train"] == {"no_sub": 20, "cdm": 20, "axion": 20}
    assert config.training["validation"]["n"] == 30
    assert np.sum(config.training["validation"]["reliability"]["images"], axis=1).tolist() == [30] * 3
    assert [row["epoch"] for row in config.training["history"]] == [0, 1]
    card = (trained_run / "model" / "README.md").read_text()
    assert "lensym train DATA RUN --model lensnet --width 1.0 --epochs 2 --batch-size 20" in card
    assert config.data["manifest_sha256"] in card


def test_the_shift_detector_is_calibrated_on_the_validation_images(trained_run, data_set):
    model, _ = load_model(trained_run / "model")
    images = torch.from_numpy(DatasetFolder.open(data_set).split("val").images(slice(None)).astype(np.float32))
    with torch.inference_mode():
        score = model.shift.score(model.network.features(images), images)
    assert (score > 1).sum() == 1  # of 30: the largest is beyond the interpolated 99 % quantile
    assert score.max() < 1.2


def test_with_jitter_the_figures_are_of_images_as_they_are_and_the_detector_is_of_displaced_ones(data_set, tmp_path):
    options = TrainOptions(model="cnn", epochs=1, batch_size=20, threads=1, jitter=4)
    config = train(data_set, tmp_path / "run", options)
    model, _ = load_model(tmp_path / "run" / "model")
    val = DatasetFolder.open(data_set).split("val")
    images = torch.from_numpy(val.images(slice(None)).astype(np.float32))
    with torch.inference_mode():
        features = model.network.eval().features(images)
        logits = model.network.head(features)
        scores = model.shift.score(features, images)
    probabilities = (logits.double() / config.temperature).softmax(1).numpy()
    assert config.training["validation"]["macro_auc"] == macro_auc(probabilities, val.labels)
    assert (scores.sort().values[-1] - 1).abs() > 1e-3  # it would be 1 at this quantile, had it been set by these


def test_the_epoch_with_the_best_validation_auc_gives_the_weights(plain_run):
    best = max(rows_of(plain_run), key=lambda row: float(row["val_auc"]))
    state = torch.load(plain_run / "checkpoints" / "best.ckpt", weights_only=True)
    assert state["epoch"] == int(best["epoch"])
    weights = weights_of(plain_run)
    assert all(torch.equal(tensor, weights[name]) for name, tensor in state["state_dict"].items())


def test_the_same_options_give_the_same_weights(plain_run, data_set, tmp_path):
    train(data_set, tmp_path / "again", PLAIN)
    assert same(weights_of(tmp_path / "again"), weights_of(plain_run))


@pytest.mark.parametrize("step", [1, 2 * STEPS + 2])
def test_a_run_that_is_not_finite_stops_and_goes_on_to_the_same_weights(stopped, step, plain_run, data_set, tmp_path):
    run = tmp_path / "run"
    stopped(step, not_a_number)
    epoch, batch = divmod(step - 1, STEPS)
    rows = np.sort(LensData(data_set, PLAIN.batch_size, PLAIN.seed).train_rows(epoch, batch))
    named = ", ".join(map(str, rows[:10]))
    place = rf"nan in epoch {epoch}, batch {batch} \(images {named} and 10 more of the split train\)"
    with pytest.raises(TrainingError, match=rf"a finite loss; got {place}; lower --learning-rate in a new RUN"):
        train(data_set, run, PLAIN)
    assert not (run / "model").exists()
    stopped(0, interrupt)  # never
    train(data_set, run, PLAIN, resume=True)
    assert [row["epoch"] for row in rows_of(run)] == ["0", "1", "2"]
    assert same(weights_of(run), weights_of(plain_run))


def test_what_is_random_inside_a_network_is_the_same_after_a_resume(stopped, data_set, tmp_path):
    options = TrainOptions(**{**vars(PLAIN), "model": "lensnet", "epochs": 2})
    train(data_set, tmp_path / "whole", options)
    stopped(STEPS + 1, not_a_number)
    with pytest.raises(TrainingError):
        train(data_set, tmp_path / "run", options)
    stopped(0, not_a_number)  # never
    train(data_set, tmp_path / "run", options, resume=True)
    assert same(weights_of(tmp_path / "run"), weights_of(tmp_path / "whole"))


def test_an_interrupt_leaves_a_run_as_it_came(stopped, data_set, tmp_path):
    handler = signal.getsignal(signal.SIGINT)
    stopped(2, interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(data_set, tmp_path / "run", PLAIN)
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_finished_run_gives_the_same_model_again_wherever_it_was_moved(plain_run, data_set, tmp_path):
    run = shutil.copytree(plain_run, tmp_path / "run")
    shutil.rmtree(run / "model")
    train(data_set, run, PLAIN, resume=True)
    assert same(weights_of(run), weights_of(plain_run))
    assert rows_of(run) == rows_of(plain_run)


def test_other_options_are_refused_when_a_run_is_resumed(plain_run, data_set):
    other = TrainOptions(**{**vars(PLAIN), "epochs": 4})
    before = (plain_run / "config.yaml").read_bytes()
    with pytest.raises(UsageError, match=r"the run was begun with \(--epochs 3\); got 4; leave it out"):
        train(data_set, plain_run, other, resume=True)
    assert (plain_run / "config.yaml").read_bytes() == before


def test_a_run_goes_on_with_its_own_options_and_any_number_of_threads(plain_run, data_set, tmp_path):
    run = shutil.copytree(plain_run, tmp_path / "run")
    shutil.rmtree(run / "model")
    assert train(data_set, run, TrainOptions(threads=2), resume=True).training["options"]["epochs"] == 3
    before, after = weights_of(plain_run), weights_of(run)
    assert all(torch.equal(before[name], after[name]) for name in before if name.startswith("network."))


def test_other_data_under_the_same_name_are_refused_when_a_run_is_resumed(plain_run, tmp_path):
    run = shutil.copytree(plain_run, tmp_path / "run")
    inputs = run / "checkpoints" / "inputs.json"
    inputs.write_text(json.dumps(json.loads(inputs.read_text()) | {"data": "0" * 64}))
    data = yaml.safe_load((run / "config.yaml").read_text())["data"]
    with pytest.raises(UsageError, match=r"the data that the run was begun with \(sha256 000000000000\); got sha256"):
        train(data, run, resume=True)


def test_a_folder_with_files_in_it_is_refused(plain_run, data_set, tmp_path):
    with pytest.raises(OutputError, match=r"an empty folder for the run; got .* with files in it; .* or --resume"):
        train(data_set, plain_run, PLAIN)
    (tmp_path / "note").touch()
    with pytest.raises(InputError, match=r"a run folder to resume; got .* without its config.yaml; choose the RUN"):
        train(data_set, tmp_path, PLAIN, resume=True)
    with pytest.raises(OutputError, match=r"a folder for the run; got the file .*note"):
        train(data_set, tmp_path / "note", PLAIN)


def test_an_unknown_network_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(UsageError, match="did you mean 'lensnet'"):
        train("no data", tmp_path / "run", TrainOptions(model="lensnat"))
    assert not (tmp_path / "run").exists()


def test_a_changed_shard_is_refused_before_the_run_begins(data_set, tmp_path):
    copy = shutil.copytree(data_set, tmp_path / "data")
    shard = next(copy.glob("*.h5"))
    content = bytearray(shard.read_bytes())
    content[-100] ^= 1
    shard.write_bytes(content)
    with pytest.raises(IntegrityError, match=shard.name):
        train(copy, tmp_path / "run", PLAIN)
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_missing_gpu_is_refused(data_set, tmp_path):
    with pytest.raises(UsageError, match="a CUDA device; got none on this machine; use --device cpu"):
        train(data_set, tmp_path / "run", TrainOptions(device="cuda"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_run_where_nothing_may_be_written_is_refused(data_set, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="must be writable"):
        train(data_set, tmp_path / "run", PLAIN)


def test_a_run_may_start_from_given_weights(plain_run, data_set, tmp_path):
    options = TrainOptions(**{**vars(PLAIN), "epochs": 1, "init": str(plain_run / "model")})
    train(data_set, tmp_path / "run", options)
    _, config = load_model(tmp_path / "run" / "model")
    assert config.training["start"]["weights_sha256"] == load_model(plain_run / "model")[1].weights_sha256
    card = (tmp_path / "run" / "model" / "README.md").read_text()
    assert "`lensym train DATA RUN --model cnn --width 1.0 --epochs 3" in card
    first = json.loads((plain_run / "model" / "config.json").read_text())
    assert config.data == first["data"]


def test_given_weights_go_on_learning_as_fresh_ones_do(plain_run, data_set):
    options = TrainOptions(**{**vars(PLAIN), "init": str(plain_run / "model")})
    network, _ = first_network(options, LensData(data_set, options.batch_size, options.seed))
    assert all(module.training for module in network.modules())


def test_weights_of_another_network_are_no_start(plain_run, data_set, tmp_path):
    options = TrainOptions(model="lensnet", init=str(plain_run / "model"))
    with pytest.raises(UsageError, match="weights to start from with the architecture of --model: lensnet; got cnn in"):
        train(data_set, tmp_path / "run", options)


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (
            None,
            None,
            "a data set's folder, or a recipe; got None of type NoneType; give a path, or what load_recipe gives",
        ),
        ("data", {"epochs": 2}, r"options as TrainOptions; got {'epochs': 2} of type dict; give for instance Train"),
    ],
)
def test_what_is_neither_data_nor_options_is_refused(data, options, message, tmp_path, unchecked):
    with unchecked(), pytest.raises(UsageError, match=message):
        train(data, tmp_path / "run", options)
    assert not (tmp_path / "run").exists()
