import pickle
import re

import pytest
import torch

from lensym.conventions import CLASSES
from lensym.models.checkpoint import build_model, load_model, save_model
from lensym.models.convert import main
from lensym.models.model_config import ModelConfig

SIZE = 24


@pytest.fixture
def like(tmp_path):
    config = ModelConfig("lensnet", "D4", CLASSES, SIZE, 1, 0.05, 1.25, data={"recipe": "model_1"}, width=0.25)
    save_model(build_model("lensnet", SIZE, 1, 3, 0.25), config, tmp_path / "like", "# card\n")
    return tmp_path / "like"


def other_weights():
    torch.manual_seed(1)
    return build_model("lensnet", SIZE, 1, 3, 0.25).state_dict()


class RunsCode:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("wrapped", [False, True])
def test_trusted_tensors_become_a_model_folder(like, tmp_path, capsys, wrapped):
    state = other_weights()
    torch.save({"state_dict": state, "epoch": 3} if wrapped else state, tmp_path / "net.pt")
    assert main([str(tmp_path / "net.pt"), str(tmp_path / "out"), "--like", str(like)]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/out: lensnet of group D4\n"
    model, config = load_model(tmp_path / "out")
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())
    assert (config.classes, config.pixel_scale, config.width, config.data) == (CLASSES, 0.05, 0.25, {})


def spoiled(change):
    state = other_weights()
    change(state)
    return state


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda path: RunsCode(path), "nothing but tensors; got"),
        (lambda path: {"network.head.bias": RunsCode(path)}, "nothing but tensors; got"),
        (lambda path: [torch.zeros(2)], "tensors by their names; got"),
        (lambda path: {"a": 1.0}, "tensors by their names; got"),
        (lambda path: {"a": torch.zeros(2)}, "with the tensors of this network; got"),
        (lambda path: spoiled(lambda s: s["network.head.bias"].fill_(float("nan"))), "finite numbers; got NaN"),
        (lambda path: spoiled(lambda s: s.update({"network.head.bias": torch.zeros(4)})), r"of torch.float32 \(3,\)"),
    ],
)
def test_anything_else_is_refused_in_one_line_and_nothing_runs(like, tmp_path, capsys, content, message):
    ran, file = tmp_path / "ran", tmp_path / "net.pt"
    torch.save(content(ran), file)
    assert main([str(file), str(tmp_path / "out"), "--like", str(like)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("lensym: error: ")
    assert error.count("\n") == 1
    assert re.search(message, error), error
    assert not ran.exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [None, b"", b"no zip", pickle.dumps([1]), b"PK\x05\x06" + bytes(18)])
def test_no_file_of_torch_is_refused(like, tmp_path, capsys, content):
    if content is not None:
        (tmp_path / "net.pt").write_bytes(content)
    assert main([str(tmp_path / "net.pt"), str(tmp_path / "out"), "--like", str(like)]) == 1
    assert capsys.readouterr().err.startswith("lensym: error: ")


def test_a_full_folder_and_an_unknown_model_are_refused(like, tmp_path, capsys):
    torch.save(other_weights(), tmp_path / "net.pt")
    assert main([str(tmp_path / "net.pt"), str(like), "--like", str(like)]) == 1
    assert "with files in it; choose another name" in capsys.readouterr().err
    assert main([str(tmp_path / "net.pt"), str(tmp_path / "out"), "--like", "lensnett"]) == 2
