"""Evaluations of a small network on small data sets."""

import dataclasses
import re

import numpy as np
import pytest

from lensym.apply.assess import evaluate
from lensym.apply.audit import images_of
from lensym.apply.predictor import load
from lensym.apply.provenance import find_warnings
from lensym.errors import InputError, OutputError, UsageError
from lensym.evaluation.report import render_report
from lensym.simulation.recipe import load_recipe
from lensym.simulation.run import simulate_to_folder
from lensym.store import DatasetFolder


@pytest.fixture(scope="module")
def trained(trained_run):
    return load(trained_run / "model")


@pytest.fixture
def make_data(small_recipe, tmp_path):
    """A data set of so many images a class, those of the splits that a share is given of."""

    def make(count, **split):
        folder = tmp_path / "data"
        simulate_to_folder(load_recipe(small_recipe), folder, count, split, seed=1, workers=1)
        return folder

    return make


def test_report_in_the_working_folder_names_weights_data_and_control(trained, data_set, tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.chdir(out)
    results = evaluate(trained, data_set, ".", control=_control(trained, tmp_path / "plain"))
    html = (out / "report.html").read_text()

    assert f"Weights: sha256 {trained.config.weights_sha256[:12]}" in html
    assert f"Data: sha256 {results['data']['manifest_sha256'][:12]}" in html
    assert results["model"]["weights_sha256"] == trained.config.weights_sha256
    assert [entry["invariant"] for entry in results["audit"]["group"]] == [True, False]
    assert "What the network looks at" in html
    assert (out / "figures" / "explained.png").exists()
    assert len(results["explained"]["images"]) == results["explained"]["wanted"]
    assert set(results["shortcuts"]) == {"total flux", "coarse pixels"}
    assert [b["n"] for b in results["by_mass"]["axion"]] == [10]
    assert "plain by" in re.sub(r"\s+", " ", render_report(results, {}))


def _control(trained, path):
    """An untrained plain network for the images of another."""
    import torch

    from lensym.models.checkpoint import build_model, save_model

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build_model("cnn", trained.image_size, trained.channels, len(trained.classes))
    config = dataclasses.replace(trained.config, architecture="cnn", group="C1", training={})
    save_model(model, config, path, "# plain\n")
    return path


def test_two_images_a_class_are_cross_fitted_in_two_folds(trained, make_data):
    results = evaluate(trained, make_data(2, test=1.0))
    assert results["n"] == 6
    assert results["baseline"]["trained_on"] == "2-fold cross-fitting of the tested images"


@pytest.mark.parametrize("count", [1, 4])
def test_a_split_without_enough_images_is_refused_before_any_work(trained, make_data, count):
    data = make_data(count, train=0.75, test=0.25)
    found = DatasetFolder.open(data).manifest.splits["test"]
    assert max(found.values()) < 2
    steps = []
    with pytest.raises(InputError, match=r"2 or more images .* 'test'; got \d of 'no_sub', .*--split.*--count"):
        evaluate(trained, data, report=steps.append)
    assert steps == []


def test_images_of_one_class_are_said_to_be_called_each_class(trained, small_recipe, tmp_path):
    recipe, split = load_recipe(small_recipe), {"test": 1.0}
    for name in ("no_sub", "cdm"):
        simulate_to_folder(recipe, tmp_path / name, 6, split, seed=1, workers=1, classes=[name])
    results = evaluate(trained, tmp_path / "cdm", tmp_path / "out")
    predicted = trained.predict(DatasetFolder.open(tmp_path / "cdm").split("test").images(slice(None))).argmax(1)
    assert list(results["called"].values()) == (np.bincount(predicted, minlength=3) / 6).tolist()
    assert results["counts"] == {"cdm": 6}
    assert results["audit"]["group"][0]["invariant"]
    assert (tmp_path / "out" / "report.html").exists()
    assert evaluate(trained, tmp_path / "no_sub", symmetry=False)["counts"] == {"no_sub": 6}


def test_two_classes_of_three_are_refused(trained, small_recipe, tmp_path):
    simulate_to_folder(load_recipe(small_recipe), tmp_path, 2, {"test": 1.0}, workers=1, classes=["no_sub", "cdm"])
    with pytest.raises(
        InputError, match=r"classes in the model's order, or one of them alone: .*; got \('no_sub', 'cdm'\)"
    ):
        evaluate(trained, tmp_path)


def test_a_seed_is_a_whole_number(trained, data_set, unchecked):
    with unchecked(), pytest.raises(UsageError, match="seed must be a whole number of at least 0; got None"):
        evaluate(trained, data_set, seed=None)


def test_an_audit_of_an_empty_split_is_refused(make_data):
    view = DatasetFolder.open(make_data(2, train=1.0, test=0.0)).split("test")
    assert len(view) == 0
    with pytest.raises(InputError, match="1 or more images of every class in the split 'test'; got 0 of 'no_sub'"):
        images_of(view, seed=0)


def test_a_folder_that_cannot_be_written_is_refused_before_any_work(trained, data_set, tmp_path):
    (tmp_path / "file").touch()
    steps = []
    with pytest.raises(OutputError, match="can be written"):
        evaluate(trained, data_set, tmp_path / "file" / "out", report=steps.append)
    assert steps == []


@pytest.mark.parametrize(
    ("split", "seeds", "words"),
    [
        ("train", (5,), ["The model was trained on"]),
        ("val", (5,), ["The model was chosen by"]),
        ("test", (5, 5), []),
        ("train", (6, 7), []),
        ("train", (6, 5), ["started from were trained on"]),
        ("val", (6, 7, 5), ["started from were chosen by"]),
        ("train", (5, 6, 5, 5), ["The model was trained on", "started from were trained on"]),
    ],
)
def test_images_of_any_former_training_are_called_out(trained, data_set, split, seeds, words):
    manifest = DatasetFolder.open(data_set).manifest
    own = {key: trained.config.data[key] for key in ("recipe", "variant", "changes")}
    training = {}
    for seed in reversed(seeds[1:]):
        training = {"start": {"weights_sha256": "", "data": own | {"seed": seed}, "training": training}}
    config = dataclasses.replace(trained.config, data=own | {"seed": seeds[0]}, training=training)
    found = find_warnings(config, manifest, split)
    assert len(found) == len(words)
    for text, part in zip(found, words, strict=True):
        assert part in text


def test_images_of_a_recipe_with_other_values_are_called_out(trained, data_set):
    manifest = DatasetFolder.open(data_set).manifest
    assert find_warnings(trained.config, manifest, "test") == []
    other = load_recipe("model_1", changes=[*trained.config.data["changes"], "z_source=1.2"])
    (found,) = find_warnings(trained.config, dataclasses.replace(manifest, parameters=other.to_dict()), "test")
    assert "image.pixel_scale=0.2, these images are model_1 (published) with z_source=1.2, image.size=32" in found
