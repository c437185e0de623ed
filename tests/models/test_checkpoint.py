"""A model folder, its config and weights: written and read back bit by bit, and refused where anything does not fit."""

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch

from lensym.conventions import CLASSES
from lensym.errors import InputError, IntegrityError, LensymError, UsageError
from lensym.models import registry
from lensym.models.checkpoint import build_model, fill, load_model, save_model
from lensym.models.model_config import ModelConfig, read_config
from lensym.models.registry import create, entry

SIZE = 24


def a_model(rings):
    """A network and its detector that have seen some images."""
    model = build_model("lensnet", SIZE, 1, 3)
    images, labels = rings(30, SIZE), torch.arange(30) % 3
    with torch.no_grad():
        model.network.train()(images)
        features = model.eval().network.features(images)
        profiles = model.shift.profile(images)
        model.shift.fit(features, profiles, labels)
        model.shift.calibrate(features, profiles)
    return model


@pytest.fixture(scope="module")
def written(tmp_path_factory, rings):
    folder = tmp_path_factory.mktemp("written") / "model"
    torch.manual_seed(3)
    model = a_model(rings)
    facts = {"data": {"recipe": "model_1"}, "training": {"options": {"epochs": 2}}}
    config = save_model(model, ModelConfig("lensnet", "D4", CLASSES, SIZE, 1, 0.05, 1.25, **facts), folder, "# card\n")
    return folder, model, config


@pytest.fixture
def folder(written, tmp_path) -> Path:
    """A copy to damage."""
    return shutil.copytree(written[0], tmp_path / "model")


def change_config(folder, **values):
    """Change config.json and sign it anew, as one would who means harm or knows no better."""
    path = folder / "config.json"
    content = {k: v for k, v in (json.loads(path.read_text()) | values).items() if v is not ...}
    del content["config_sha256"]
    signature = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps(content | {"config_sha256": signature}, indent=2) + "\n")


def change_weights(folder, change):
    """Write changed tensors with a hash that fits, as a careless converter would."""
    path = folder / "model.safetensors"
    tensors = safetensors.torch.load_file(path)
    change(tensors)
    content = safetensors.torch.save(tensors)
    replace_weights(folder, content)


def replace_weights(folder, content):
    (folder / "model.safetensors").write_bytes(content)
    change_config(folder, weights_sha256=hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("values", [{"classes": ["axion", "cdm", "no_sub"]}, {"temperature": 5.0}])
def test_a_value_changed_by_hand_is_refused(folder, values):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    with pytest.raises(IntegrityError, match=r"config.json as it was written .*; a value was changed"):
        load_model(folder)


def test_a_model_comes_back_bit_by_bit(written, rings):
    folder, model, config = written
    loaded, loaded_config = load_model(folder)
    assert not loaded.training
    assert loaded_config == config
    assert loaded_config.classes == CLASSES
    own = model.state_dict()
    assert loaded.state_dict().keys() == own.keys()
    assert all(torch.equal(tensor, own[name]) for name, tensor in loaded.state_dict().items())
    images = rings(4, SIZE, seed=1)
    assert torch.equal(loaded(images), model(images))
    features = loaded.network.features(images)
    assert torch.equal(loaded.shift.score(features, images), model.shift.score(features, images))
    assert (folder / "README.md").read_text() == "# card\n"


def test_the_same_model_is_the_same_bytes(written, tmp_path):
    folder, model, config = written
    save_model(model, config, tmp_path / "again", "# card\n")
    for path in folder.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_a_flipped_bit_of_any_byte_of_the_config_is_noticed(folder):
    path = folder / "config.json"
    content = path.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(LensymError):
            read_config(folder)


def test_another_form_of_the_same_values_is_refused(folder):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text())))
    with pytest.raises(IntegrityError, match=r"config\.json in the form in which it was written"):
        load_model(folder)


@pytest.mark.parametrize("place", [3, 1000, -1])
def test_a_changed_byte_in_the_weights_is_refused(folder, place):
    path = folder / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        IntegrityError, match=r"model.safetensors with sha256 \w+... as config.json says; got \w+...; the"
    ):
        load_model(folder)


@pytest.mark.parametrize("keep", [0, 7, 5000])
def test_truncated_weights_are_refused(folder, keep):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(IntegrityError, match="the file was changed or cut short: get it again"):
        load_model(folder)


def test_bytes_that_are_no_safetensors_are_refused_although_their_hash_fits(folder):
    replace_weights(folder, b"no tensors at all")
    with pytest.raises(IntegrityError, match="in safetensors format"):
        load_model(folder)


def test_weights_of_another_group_are_refused(folder):
    change_config(folder, group="C4")
    with pytest.raises(IntegrityError, match="'lensnet' is a network of group D4; got group C4; these weights"):
        load_model(folder)


def test_weights_of_another_network_are_refused(folder):
    change_config(folder, architecture="cnn", group="C1")
    with pytest.raises(IntegrityError, match="these weights belong to another network: get the folder again"):
        load_model(folder)


def test_weights_of_another_group_are_refused_although_their_shapes_fit(folder, monkeypatch):
    twin = dataclasses.replace(entry("lensnet"), name="twin", group="C4")
    monkeypatch.setitem(registry._ENTRIES, "twin", twin)
    change_config(folder, architecture="twin", group="C4")
    with pytest.raises(IntegrityError, match=r"network twin of group C4, .*; got weights of lensnet of group D4"):
        load_model(folder)


def test_weights_written_before_they_said_whose_they_are_are_taken(folder):
    change_weights(folder, lambda tensors: None)
    assert load_model(folder)[1].architecture == "lensnet"


def test_a_width_other_than_1_is_kept_and_1_is_left_out(folder, tmp_path):
    assert "width" not in json.loads((folder / "config.json").read_text())
    narrow = build_model("lensnet", SIZE, 1, 3, width=0.25)
    config = ModelConfig("lensnet", "D4", CLASSES, SIZE, 1, 0.05, 1.0, width=0.25)
    save_model(narrow, config, tmp_path / "narrow", "# card\n")
    loaded, found = load_model(tmp_path / "narrow")
    assert found.width == 0.25
    assert loaded.network.head.in_features == 64
    change_config(tmp_path / "narrow", width=0.5)
    with pytest.raises(IntegrityError, match="these weights belong to another network"):
        load_model(tmp_path / "narrow")


def test_an_unknown_network_is_refused_with_the_nearest(folder):
    change_config(folder, architecture="lensnett")
    with pytest.raises(UsageError, match="did you mean 'lensnet'"):
        load_model(folder)


def widen(tensors):
    tensors["network.head.bias"] = torch.zeros(4)


def double(tensors):
    tensors["network.head.bias"] = tensors["network.head.bias"].double()


def poison(tensors):
    tensors["network.head.weight"][1, 2] = float("nan")


def blow_up(tensors):
    tensors["shift.limits"][0] = float("inf")


def drop(tensors):
    del tensors["shift.limits"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (widen, r"'network.head.bias' of torch.float32 \(3,\); got torch.float32 \(4,\); these weights belong"),
        (double, r"'network.head.bias' of torch.float32 \(3,\); got torch.float64 \(3,\)"),
        (poison, "with finite numbers; got NaN or infinity in 'network.head.weight'; get it again"),
        (blow_up, "with finite numbers; got NaN or infinity in 'shift.limits'"),
        (drop, "with the tensors of this network; got 'shift.limits' on one side only"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(folder, change, message):
    change_weights(folder, change)
    with pytest.raises(IntegrityError, match=message):
        load_model(folder)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"format": 2, "colour": "red"}, "of format 1; got format 2; use a matching lensym version"),
        ({"format": ...}, "with the keys of a model; got none of the name 'format'"),
        ({"colour": "red"}, "with the keys of a model; got the key 'colour'; get the model folder again"),
        ({"temperature": ...}, "with the keys of a model; got none of the name 'temperature'"),
        ({"classes": "cdm"}, "classes as a list; got 'cdm'"),
        ({"temperature": 0.0}, "temperature as a number above 0; got 0.0"),
        ({"temperature": float("nan")}, "temperature as a number above 0; got nan"),
        ({"width": -1}, "width as a number above 0; got -1"),
        ({"pixel_scale": "0.05"}, "pixel_scale as a number above 0; got '0.05'"),
        ({"image_size": "24"}, "image_size as a whole number; got '24'"),
        ({"channels": None}, "channels as a whole number; got None"),
        ({"data": []}, r"data as a mapping; got \[\]"),
        ({"classes": ["no_sub", "cdm"]}, r"'[\w.]+' of torch.float32 \(2.*\); got torch.float32 \(3"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(folder, values, message):
    change_config(folder, **values)
    with pytest.raises(IntegrityError, match=message):
        load_model(folder)


@pytest.mark.parametrize("text", ["", "[1]", "{'a': 1}", "\x00"])
def test_a_config_that_is_no_json_mapping_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(IntegrityError, match=r"config\.json (in JSON format|with the keys of a model); got"):
        load_model(folder)


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_an_incomplete_folder_is_refused(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(
        InputError, match=rf"a model folder with {missing}; got .*{missing}: No such file or directory; see"
    ):
        load_model(folder)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"a model folder with config.json; got .*nowhere.*: No such file"):
        load_model(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["net.pt", "last.ckpt", "net.pkl"])
def test_a_pickle_is_refused_unopened(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"never read")
    with pytest.raises(
        InputError, match=r"safetensors weights; got .*, a pickle, which can run code when it is opened; if"
    ):
        load_model(path)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "image.fits"
    path.touch()
    with pytest.raises(LensymError, match=r"a model folder with config.json; got .*Not a directory"):
        load_model(path)


def test_tensors_of_another_group_are_refused_and_those_that_say_nothing_taken():
    c8, d4 = (create(name, 16, width=0.05) for name in ("e2cnn_c8", "e2cnn_d4"))
    with pytest.raises(IntegrityError, match=r"weights.pt with the state of .*'D4: 1 tri.*; got that of 'C8: 1 tri"):
        fill(d4, dict(c8.state_dict()), Path("weights.pt"))
    state = {name: tensor for name, tensor in c8.state_dict().items() if not name.endswith("made_for")}
    other = create("e2cnn_c8", 16, width=0.05)
    fill(other, state, Path("weights.pt"))
    assert all(torch.equal(a, b) for a, b in zip(other.parameters(), c8.parameters(), strict=True))
