"""Trained weights taken to other images, classes and questions."""

import pytest
import torch
import yaml

from lensym.cli import main
from lensym.errors import TrainingError, UsageError
from lensym.models.checkpoint import load_model
from lensym.simulation.recipe import load_recipe
from lensym.simulation.run import simulate_to_folder
from lensym.train.classify import Classification
from lensym.train.finetune import finetune
from lensym.train.options import FinetuneOptions, TrainOptions
from lensym.train.run import train

SHORT = FinetuneOptions(epochs=1, batch_size=10, threads=1)
STILL = FinetuneOptions(epochs=1, batch_size=10, threads=1, learning_rate=1e-9, weight_decay=0.0)


@pytest.fixture(scope="module")
def model(trained_run):
    return trained_run / "model"


@pytest.fixture(scope="module")
def two_classes(small_recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two") / "data"
    split = {"train": 0.5, "val": 0.5}
    simulate_to_folder(load_recipe(small_recipe), folder, 20, split, seed=8, workers=1, classes=("no_sub", "axion"))
    return folder


def tensors(folder, part):
    found = load_model(folder)[0].network.state_dict().items()
    return {name: tensor for name, tensor in found if name.startswith("head.") == (part == "head")}


def near(first, second):
    learned = [name for name in first if "running" not in name and "num_batches" not in name]
    return all(torch.allclose(first[name], second[name], atol=1e-4) for name in learned)


def test_the_same_question_keeps_the_head(model, data_set, tmp_path):
    config = finetune(model, data_set, tmp_path / "run", STILL)
    assert not config.training["options"]["new_head"]
    assert config.training["start"]["weights_sha256"] == load_model(model)[1].weights_sha256
    assert near(tensors(tmp_path / "run" / "model", "head"), tensors(model, "head"))
    assert "--init" in (tmp_path / "run" / "model" / "README.md").read_text()


def test_other_classes_have_a_new_head_on_the_same_encoder(model, two_classes, tmp_path):
    config = finetune(model, two_classes, tmp_path / "run", STILL)
    assert config.classes == ("no_sub", "axion")
    assert config.training["options"]["new_head"]
    assert near(tensors(tmp_path / "run" / "model", "encoder"), tensors(model, "encoder"))
    fresh = TrainOptions(epochs=1, batch_size=10, threads=1, learning_rate=1e-9)
    train(two_classes, tmp_path / "fresh", fresh)
    assert not near(tensors(tmp_path / "fresh" / "model", "encoder"), tensors(model, "encoder"))


def test_another_question_in_one_command(model, data_set, tmp_path, capsys):
    command = ["finetune", str(model), str(data_set), str(tmp_path / "run"), "--task", "regress", "--epochs", "1"]
    assert main([*command, "--batch-size", "10", "--target", "vortex_angle"]) == 0
    _, config = load_model(tmp_path / "run" / "model")
    assert (config.task, config.answer["column"]) == ("regress", "vortex_angle")
    output = capsys.readouterr().out
    assert "head: a new one" in output
    assert f"next: lensym evaluate {tmp_path / 'run'}/model {data_set}" in output


def test_the_model_s_own_question_is_asked_where_no_other_is(data_set, tmp_path):
    for task, column in (("regress", "vortex_angle"), ("anomaly", None)):
        asked = {"task": task, "target": column or ""}
        model = "lensnet" if task == "regress" else "autoencoder"
        train(data_set, tmp_path / task, TrainOptions(model=model, epochs=1, batch_size=10, threads=1, **asked))
        config = finetune(tmp_path / task / "model", data_set, tmp_path / f"{task} on", STILL)
        assert (config.task, config.architecture) == (task, model)
        assert (config.answer or {}).get("column") == column
        assert not config.training["options"]["new_head"]
        finetune(tmp_path / task / "model", data_set, tmp_path / f"{task} on", STILL, resume=True)


def test_weights_that_see_what_a_fit_leaves_say_how_to_add_it(tmp_path):
    simulate_to_folder(load_recipe("model_1"), tmp_path / "data", 4, {"train": 0.5, "val": 0.5}, seed=1, workers=1)
    with pytest.raises(UsageError, match=r"the data set's channels: 1; got 2 .* lensym residual DATA OUT"):
        finetune("lensnet-residual", tmp_path / "data", tmp_path / "run", SHORT)


def test_a_stopped_run_goes_on_to_the_same_weights(model, data_set, tmp_path):
    options = FinetuneOptions(epochs=2, batch_size=20, threads=1)
    finetune(model, data_set, tmp_path / "whole", options)
    steps, original = iter(range(100)), Classification.loss

    def fails(self, outputs, answers):
        return original(self, outputs, answers) * (float("nan") if next(steps) == 4 else 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Classification, "loss", fails)
        with pytest.raises(TrainingError, match="epoch 1, batch 1"):
            finetune(model, data_set, tmp_path / "run", options)
    finetune(model, data_set, tmp_path / "run", FinetuneOptions(threads=1), resume=True)
    runs = [(tmp_path / name / "model" / "model.safetensors").read_bytes() for name in ("run", "whole")]
    assert runs[0] == runs[1]


def test_images_of_another_size_or_scale_are_refused(model, small_recipe, tmp_path):
    plain = yaml.safe_load(small_recipe.read_text())
    for key, value, message in (
        ("size", 40, "the data set's image size: 40; got 32 in"),
        ("pixel_scale", 0.1, "the data set's pixel scale: 0.1; got 0.2 in"),
    ):
        other = plain | {"image": plain["image"] | {key: value}}
        (tmp_path / f"{key}.yaml").write_text(yaml.safe_dump(other))
        folder = tmp_path / key
        split = {"train": 0.5, "val": 0.5}
        simulate_to_folder(load_recipe(tmp_path / f"{key}.yaml"), folder, 4, split, seed=1, workers=1)
        with pytest.raises(UsageError, match=message):
            finetune(model, folder, tmp_path / "run", SHORT)


def test_a_new_head_needs_weights_and_an_encoder_without_classes(data_set, two_classes, tmp_path):
    with pytest.raises(UsageError, match="--new-head with --init"):
        TrainOptions(new_head=True)
    options = TrainOptions(model="angular_ensemble", width=0.25, epochs=1, batch_size=20, threads=1)
    train(data_set, tmp_path / "ensemble", options)
    with pytest.raises(UsageError, match="a network whose head alone knows the classes, for a new head"):
        finetune(tmp_path / "ensemble" / "model", two_classes, tmp_path / "run", SHORT)
