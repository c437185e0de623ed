"""Regression: what is learned, how it turns, how it goes on, and what is refused."""

import hashlib
import json
import shutil

import numpy as np
import pytest
import torch

from lensym.cli import main
from lensym.data.module import LensData
from lensym.data.target import Target
from lensym.errors import InputError, IntegrityError, TrainingError, UsageError
from lensym.models.checkpoint import load_model
from lensym.simulation.recipe import load_recipe
from lensym.train.augment import random_d4
from lensym.train.options import TrainOptions
from lensym.train.regress import Regression
from lensym.train.run import train

PLAIN = TrainOptions(task="regress", model="cnn", width=0.25, epochs=2, batch_size=8, threads=1, workers=0)


def changed(**options):
    return TrainOptions(**{**vars(PLAIN), **options})


def weights(run):
    return (run / "model" / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def mass_run(data_set, tmp_path_factory):
    run = tmp_path_factory.mktemp("mass") / "run"
    train(data_set, run, PLAIN)
    return run


@pytest.fixture(scope="module")
def angle_run(data_set, tmp_path_factory):
    run = tmp_path_factory.mktemp("angle") / "run"
    train(data_set, run, changed(model="lensnet", target="vortex_angle", epochs=1))
    return run


def test_the_folder_is_that_of_a_classifier_and_says_the_task(mass_run):
    names = {path.relative_to(mass_run).as_posix() for path in mass_run.rglob("*") if path.is_file()}
    assert {"config.yaml", "metrics.csv", "progress.png", "checkpoints/best.ckpt", "model/README.md"} <= names
    _, config = load_model(mass_run / "model")
    assert (config.task, config.classes, config.answer["column"]) == ("regress", ("axion",), "log10_axion_mass")
    assert -24 < config.answer["mean"] < -22
    assert config.answer["calibrated_on"] == config.training["validation"]["n"] == 10
    assert -22.6 < config.answer["short_from"] < -22  # 0.06 arcsec at 1e-22 eV, pixels of 0.2 arcsec
    assert "Estimates `log10_axion_mass`" in (mass_run / "model" / "README.md").read_text()
    header = (mass_run / "metrics.csv").read_text().splitlines()[0]
    assert header == "epoch,train_loss,val_loss,val_mae,val_rmse,seconds"


def test_images_without_the_column_are_left_out(data_set):
    data = LensData(data_set, 8, 0, target="log10_axion_mass")
    truth = data.folder.split("train").truth["log10_axion_mass"]
    assert len(data.train) == 20 == np.isfinite(truth).sum()
    assert set(data.train_rows(0, 0)) <= set(np.flatnonzero(np.isfinite(truth)))
    images, targets = data.train[3]
    row = int(np.flatnonzero(np.isfinite(truth))[3])
    assert targets.item() * data.target.scale + data.target.mean == pytest.approx(truth[row], abs=1e-5)
    assert np.array_equal(images.numpy(), data.folder.split("train").images([row])[0].astype(np.float32))


def test_a_column_of_all_classes_is_learned_from_all(data_set):
    data = LensData(data_set, 8, 0, target="exposure")
    assert data.classes == ("no_sub", "cdm", "axion")
    assert len(data.val) == 30


def test_the_same_options_give_the_same_weights_and_a_stopped_run_goes_on_to_them(mass_run, data_set, tmp_path):
    steps, original = iter(range(100)), Regression.loss

    def fails(self, outputs, answers):
        spoilt = torch.is_grad_enabled() and next(steps) == 2  # of 2 an epoch
        return original(self, outputs, answers) * (float("nan") if spoilt else 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Regression, "loss", fails)
        with pytest.raises(TrainingError, match="a finite loss; got nan in epoch 1, batch 0"):
            train(data_set, tmp_path / "run", PLAIN)
    train(data_set, tmp_path / "run", changed(target=""), resume=True)
    assert weights(tmp_path / "run") == weights(mass_run)


def test_fresh_images_are_of_the_classes_with_the_column_for_any_number_of_workers(small_recipe, tmp_path):
    recipe = load_recipe(small_recipe)
    options = changed(images=32, val_images=12, epochs=2)
    config = train(recipe, tmp_path / "run", options)
    assert (config.classes, config.data["splits"]["val"]) == (("axion",), {"axion": 12})
    train(recipe, tmp_path / "other", changed(images=32, val_images=12, epochs=2, workers=1))
    assert weights(tmp_path / "run") == weights(tmp_path / "other")


@pytest.mark.parametrize("seed", range(8))
def test_an_axis_is_turned_with_its_image(seed):
    """A bar through the centre lies along its second moments."""
    task = Regression(Target("vortex_angle", True))
    y, x = np.indices((33, 33)) - 16.0
    angle = np.deg2rad(20.0)
    across = -x * np.sin(angle) + y * np.cos(angle)
    image = torch.from_numpy(np.exp(-(across**2) / 4) * (np.hypot(x, y) < 14))[None, None]
    torch.manual_seed(seed)
    turned, element = random_d4(image)
    (expected,) = task.turned(torch.tensor([[np.cos(2 * angle), np.sin(2 * angle)]]), element).numpy()
    light = turned[0, 0].numpy()
    moment = np.array([(light * (x**2 - y**2)).sum(), (light * 2 * x * y).sum()])
    assert moment / np.hypot(*moment) == pytest.approx(expected, abs=1e-2)


def test_numbers_are_turned_with_no_image():
    answers = torch.tensor([[0.3]])
    assert torch.equal(Regression(Target("theta_E", False)).turned(answers, 5), answers)


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        ("axion_mas", UsageError, r"a known truth column of the split train of .* is needed; got 'axion_mas'"),
        ("z_lens", InputError, r"several values of 'z_lens' in the split train .*; got the one value 0.5"),
        ("subhalo_mass", InputError, r"one number for each image in .*; got 'subhalo_mass' with float64 of shape"),
        ("lens_x", InputError, r"a truth column that stays when the image is turned, or vortex_angle; got 'lens_x'"),
    ],
)
def test_columns_that_cannot_be_learned_are_refused(target, error, message, data_set, small_recipe, tmp_path):
    with pytest.raises(error, match=message):
        train(data_set, tmp_path / "run", changed(target=target))
    assert not (tmp_path / "run").exists()
    with pytest.raises(error):
        train(load_recipe(small_recipe), tmp_path / "run", changed(target=target, images=32, val_images=12))


def test_a_target_belongs_to_a_regression():
    with pytest.raises(UsageError, match="--target with --task regress; got --task classify"):
        TrainOptions(target="theta_E")
    with pytest.raises(UsageError, match="--task classify, regress, anomaly, adapt; got 'regres'"):
        TrainOptions(task="regres")


def test_an_angle_is_not_for_networks_of_invariant_features_alone(data_set, tmp_path):
    with pytest.raises(UsageError, match=r"features that turn with the image, for an angle; got 'p4cnn', whose"):
        train(data_set, tmp_path / "run", changed(model="p4cnn", target="vortex_angle"))


def test_weights_of_another_task_are_no_start(mass_run, trained_run, data_set, tmp_path):
    with pytest.raises(UsageError, match="weights to start from with the task of --task: classify; got regress in"):
        train(data_set, tmp_path / "run", TrainOptions(model="cnn", init=str(mass_run / "model")))
    with pytest.raises(UsageError, match="weights to start from with the task of --task: regress; got classify in"):
        train(data_set, tmp_path / "run", changed(init=str(trained_run / "model")))
    with pytest.raises(UsageError, match="the column of --target: vortex_angle; got log10_axion_mass in"):
        train(data_set, tmp_path / "run", changed(init=str(mass_run / "model"), target="vortex_angle"))


def test_another_target_is_refused_when_a_run_is_resumed(mass_run, data_set):
    with pytest.raises(UsageError, match=r"begun with \(--target log10_axion_mass\); got vortex_angle"):
        train(data_set, mass_run, changed(target="vortex_angle"), resume=True)


def test_the_commands_understand_the_task_of_a_model(mass_run, angle_run, data_set, tmp_path, capsys):
    for run in (mass_run, angle_run):
        out = tmp_path / run.parent.name
        assert main(["evaluate", str(run / "model"), str(data_set), "--out", str(out)]) == 0
        metrics = json.loads((out / "metrics.json").read_text())
        assert (metrics["task"], metrics["n"]) == ("regress", 10)
        assert metrics["symmetry"]["exact"] == (run is angle_run)  # cnn has no symmetry
        names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
        figures = {f"figures/{name}.png" for name in ("scatter", "residuals", "coverage")}
        assert names == {"metrics.json", "predictions.csv", "report.html", *figures}
        assert "mean absolute error" in (out / "report.html").read_text()
    assert metrics["guess"]["mae"] == pytest.approx(45, abs=20)
    assert metrics["symmetry"]["group"] == "D4"
    output = capsys.readouterr().out
    assert "share inside 90 % intervals" in output


def test_a_file_is_answered_with_an_interval(mass_run, data_set, tmp_path, capsys):
    from lensym.store import DatasetFolder

    image = DatasetFolder.open(data_set).split("test").images([25])[0, 0]
    np.save(tmp_path / "lens.npy", image.astype(np.float64))
    command = ["predict", str(tmp_path / "lens.npy"), "--model", str(mass_run / "model"), "--pixel-scale", "0.2"]
    assert main([*command, "--task", "regress", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["probabilities"] == {}
    assert said["estimate"]["low"] < said["estimate"]["value"] < said["estimate"]["high"]
    assert main(command) == 0
    assert "log10_axion_mass from" in capsys.readouterr().out
    assert main([*command, "--task", "classify"]) == 2
    assert "a network that was trained to classify; got" in capsys.readouterr().err


def test_a_regression_is_asked_for_nothing_else(mass_run, angle_run, data_set, tmp_path, capsys):
    commands = {
        "which was trained to regress": [
            "export",
            str(mass_run / "model"),
            str(tmp_path / "m.pt2"),
            "--format",
            "torch",
        ],
        "a classifier for --control": ["evaluate", str(mass_run / "model"), str(data_set), "--control", "cnn"],
        "which estimates an axis": ["audit", str(angle_run / "model")],
    }
    commands["a classifier for --control"] += ["--out", str(tmp_path / "out")]
    for message, command in commands.items():
        assert main(command) == 2
        assert message in capsys.readouterr().err


def test_a_damaged_answer_is_refused(mass_run, tmp_path):
    folder = shutil.copytree(mass_run / "model", tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config["answer"]["mean"] += 1
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(IntegrityError, match="as it was written"):
        load_model(folder)


@pytest.mark.parametrize(
    "change",
    [None, [], {"column": 3}, {"mean": "text"}, {"quantiles": {"0.9": "wide"}}, {"scale": 0}, {"axis": 2}],
)
def test_a_signed_answer_that_makes_no_sense_is_refused(change, mass_run, tmp_path):
    folder = shutil.copytree(mass_run / "model", tmp_path / "model")
    content = json.loads((folder / "config.json").read_text())
    content["answer"] = content["answer"] | change if isinstance(change, dict) else change
    del content["config_sha256"]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    text = json.dumps(content | {"config_sha256": digest}, indent=2, ensure_ascii=False)
    (folder / "config.json").write_text(text + "\n")
    with pytest.raises(IntegrityError, match="answer as what the task's answers are made with"):
        load_model(folder)
