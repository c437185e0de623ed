"""Models that somebody changed, by accident or on purpose: every verb that loads one refuses it with the reason."""

import hashlib
import json
import re
import shutil

import pytest
import safetensors.torch
import torch


def sign(folder, **values):
    """Change config.json and sign it anew."""
    path = folder / "config.json"
    content = json.loads(path.read_text()) | values
    content.pop("config_sha256")
    signature = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    write(path, content | {"config_sha256": signature})


def write(path, content):
    """In the form that lensym gives it."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def weights(folder, change):
    """Change the tensors and sign them anew."""
    path = folder / "model.safetensors"
    tensors = safetensors.torch.load_file(path)
    change(tensors)
    path.write_bytes(safetensors.torch.save(tensors))
    sign(folder, weights_sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def unsigned(folder, **values):
    path = folder / "config.json"
    write(path, json.loads(path.read_text()) | values)


def flip_a_bit(folder):
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[len(content) // 2] ^= 4
    (folder / "model.safetensors").write_bytes(content)


DAMAGES = {
    "a bit": (flip_a_bit, "with sha256 .* as config.json says; got .*; the file was changed or cut short"),
    "class order": (
        lambda f: unsigned(f, classes=["cdm", "no_sub", "axion"]),
        "as it was written .*; a value was chang",
    ),
    "classes": (lambda f: sign(f, classes=["cdm", "axion"]), "these weights belong to another network"),
    "group": (lambda f: sign(f, group="C4"), "'lensnet' is a network of group D4; got group C4"),
    "architecture": (lambda f: sign(f, architecture="cnn", group="C1"), "these weights belong to another network"),
    "a shape": (
        lambda f: weights(f, lambda t: t.update({"network.head.bias": torch.zeros(5)})),
        r"got torch.float32 \(5,\)",
    ),
    "NaN": (
        lambda f: weights(f, lambda t: t["network.head.bias"].fill_(float("nan"))),
        "finite numbers; got NaN or inf",
    ),
    "a tensor more": (
        lambda f: weights(f, lambda t: t.update({"extra": torch.zeros(1)})),
        "got 'extra' on one side only",
    ),
}


@pytest.fixture(scope="module", params=DAMAGES)
def damaged(request, trained_run, tmp_path_factory):
    damage, message = DAMAGES[request.param]
    folder = shutil.copytree(trained_run / "model", tmp_path_factory.mktemp("damaged") / "model")
    damage(folder)
    return folder, message


@pytest.mark.parametrize(
    "command",
    [
        "predict {file} --hdu SCI --model {model}",
        "info {model}",
        "evaluate {model} {data} --out {out}",
        "audit {model} {data}",
        "train {data} {out} --init {model}",
    ],
)
def test_a_changed_model_is_refused_by_every_verb(lensym, damaged, telescope_file, data_set, tmp_path, command):
    folder, message = damaged
    places = {"{file}": telescope_file, "{model}": folder, "{data}": data_set, "{out}": tmp_path / "out"}
    result = lensym(*(places.get(part, part) for part in command.split()))
    assert result.code == 1
    assert re.search(message, result.error), result.error


@pytest.mark.parametrize("name", ["net.pt", "net.pth", "net.ckpt", "net.bin"])
@pytest.mark.parametrize("command", ["predict {file} --model {model}", "info {folder} --model {model} --preview {png}"])
def test_a_pickle_is_refused_with_the_command_that_converts_it(lensym, telescope_file, tmp_path, command, name):
    path = tmp_path / name
    path.write_bytes(b"never read")
    places = {"{file}": telescope_file, "{model}": path, "{folder}": telescope_file, "{png}": tmp_path / "a.png"}
    result = lensym(*(places.get(part, part) for part in command.split()))
    assert result.code == 1
    assert f"if you trust it: python -m lensym.models.convert {path} OUT --like MODEL" in result.error
