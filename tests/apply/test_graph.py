import json

import numpy as np
import pytest
import torch

from lensym.apply import graph
from lensym.apply.graph import FORMATS, export_graph
from lensym.apply.predictor import Predictor, load
from lensym.conventions import CLASSES
from lensym.errors import OutputError, UsageError
from lensym.models.checkpoint import build_model
from lensym.models.model_config import ModelConfig
from lensym.simulation.memory import simulate

from .conftest import SCALE, SIZE, rings


def run_onnx(path, images):
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    facts = session.get_modelmeta().custom_metadata_map["lensym"]
    return session.run(None, {"images": images}), json.loads(facts)


def run_torch(path, images):
    extra = {"lensym.json": ""}
    module = torch.export.load(path, extra_files=extra).module()
    with torch.no_grad():
        found = [output.numpy() for output in module(torch.from_numpy(images))]
    return found, json.loads(extra["lensym.json"])


@pytest.mark.parametrize(("form", "run"), [("onnx", run_onnx), ("torch", run_torch)])
def test_another_runtime_gives_the_same_answers_for_any_number_of_images(folder, tmp_path, form, run):
    predictor = load(folder)
    path = tmp_path / f"rings{FORMATS[form]}"
    assert export_graph(predictor, path, form) < 1e-5
    for count in (1, 7):
        images = rings(count, seed=5).astype(np.float32)
        (probabilities, logits, ood), facts = run(path, images)
        answer = predictor.answer(images)
        np.testing.assert_allclose(logits, answer.logits, rtol=0, atol=1e-5 * max(1, np.abs(answer.logits).max()))
        np.testing.assert_allclose(probabilities, predictor.predict(images), atol=1e-5)
        np.testing.assert_allclose(ood, answer.ood, rtol=1e-4)
    assert facts["classes"] == list(CLASSES)
    assert facts["pixel_scale"] == SCALE
    assert facts["group"] == "D4"


@pytest.mark.parametrize(
    "architecture",
    ["cnn", "e2cnn_c8", "equivariant_transformer", "equivarify", "harmonic", "red_nn", "vit_tiny"],
)
def test_families_leave_for_torch(tmp_path, architecture):
    torch.manual_seed(0)
    model = build_model(architecture, 33, 1, 3, width=0.25)
    config = ModelConfig(architecture, "C1", CLASSES, 33, 1, SCALE, temperature=1.3)
    assert export_graph(Predictor(model, config, architecture), tmp_path / "net.pt2", "torch") < 1e-5


def test_the_predictor_stays_as_it_was(tmp_path):
    model = build_model("cnn", 33, 1, 3, width=0.25).double()
    predictor = Predictor(model, ModelConfig("cnn", "C1", CLASSES, 33, 1, SCALE, temperature=1.3), "cnn")
    export_graph(predictor, tmp_path / "net.pt2", "torch")
    assert predictor.precision == "float64"


def test_a_graph_of_other_answers_is_not_kept(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(graph._Answer, "forward", lambda self, images: _wrong(self, images))
    with pytest.raises(OutputError, match="a graph of the same answers to 1e-05; got answers that differ by"):
        export_graph(load(folder), tmp_path / "rings.pt2", "torch")
    assert not list(tmp_path.iterdir())


def _wrong(answer, images):
    features = answer.model.network.features(images)
    logits = answer.model.network.head(features) + 1e-3
    return (logits / answer.temperature).softmax(1), logits, answer.model.shift.score(features, images)


def test_a_network_of_a_fixed_number_of_images_is_refused_by_name(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(graph._Answer, "forward", lambda self, images: _wrong(self, images[: len(images)]))
    predictor = load(folder)
    words = f"a network that torch can write as 'torch'; got '{predictor.config.architecture}', with which torch fails"
    with pytest.raises(UsageError, match=words):
        export_graph(predictor, tmp_path / "rings.pt2", "torch")
    assert not list(tmp_path.iterdir())


def test_a_network_of_operations_that_onnxruntime_lacks_is_refused(folder, tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(graph._Answer, "forward", lambda self, images: _wrong(self, images.double().asinh().float()))
    words = "a network of operations that onnxruntime has; got Could not find .* for Asinh.*; give --format torch"
    with pytest.raises(UsageError, match=words):
        export_graph(load(folder), tmp_path / "rings.onnx", "onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [
        ("rings.onnx", "keras", "a format, one of onnx, torch, huggingface; got 'keras'"),
        ("rings.pt", "torch", r"a file NAME.pt2 for the format torch; got '.*rings.pt'"),
    ],
)
def test_refused_before_any_work(folder, tmp_path, name, form, words):
    with pytest.raises(UsageError, match=words):
        export_graph(load(folder), tmp_path / name, form)
    assert not list(tmp_path.iterdir())


def test_a_network_without_a_fixed_graph_is_refused(tmp_path):
    model = build_model("egnn", SIZE, 1, 3)
    predictor = Predictor(model, ModelConfig("egnn", "O2", CLASSES, SIZE, 1, SCALE, temperature=1.3), "egnn")
    with pytest.raises(UsageError, match="a network of a fixed graph; got 'egnn'"):
        export_graph(predictor, tmp_path / "net.onnx", "onnx")


def test_the_packaged_network_in_another_runtime_on_300_images(tmp_path):
    pytest.importorskip("onnxruntime")
    predictor = load("lensnet")
    images = simulate("model_1", 100, seed=31).images.astype(np.float32)
    export_graph(predictor, tmp_path / "lensnet.onnx", "onnx")
    (probabilities, _, _), _ = run_onnx(tmp_path / "lensnet.onnx", images)
    assert np.abs(probabilities - predictor.predict(images)).max() <= 1e-5
