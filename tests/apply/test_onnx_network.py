"""Networks in ONNX files: what they answer, what is inside, and which files are refused."""

import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lensym.apply.audit import audit_layers, audit_network, images_for, open_network
from lensym.apply.onnx_network import OPEN_SIZE, OnnxNetwork
from lensym.errors import InputError, UsageError
from lensym.symmetry.features import features_of

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'lensym[onnx]'")
onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'lensym[onnx]'")
helper, numpy_helper = onnx.helper, onnx.numpy_helper

SIZE = 12


class Twin(nn.Module):
    """The network of the file in torch."""

    def __init__(self):
        super().__init__()
        self.conv, self.relu, self.head = nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.Linear(6, 2)

    def forward(self, x):
        return self.head(self.relu(self.conv(x)).mean((-2, -1)))


@pytest.fixture(scope="module")
def twin():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Twin().eval()


def write(path, twin, shape=("n", 1, SIZE, SIZE), output=("n", 2), extra=()):
    """The twin as an ONNX file, for images of a shape."""
    weights = {name: value.detach().numpy() for name, value in twin.state_dict().items()}
    nodes = [
        helper.make_node("Conv", ["image", "conv.weight", "conv.bias"], ["conv"], pads=[1] * 4),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("GlobalAveragePool", ["relu"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", "head.weight", "head.bias"], ["logits"], transB=1),
    ]
    real = onnx.TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info("image", real, shape), *extra]
    outputs = [helper.make_tensor_value_info("logits", real, output)]
    initializers = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "twin", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(path))
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory, twin):
    return write(tmp_path_factory.mktemp("onnx") / "twin.onnx", twin)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(size=(5, 1, SIZE, SIZE)).astype(np.float32)


def test_logits_are_those_of_the_network_that_was_exported(path, twin, images):
    network = open_network(path)
    assert (network.name, network.image_shape, network.answers) == ("twin", (1, SIZE, SIZE), True)
    np.testing.assert_allclose(network.logits(images), twin(torch.from_numpy(images)).detach(), atol=1e-5)


def test_the_maps_inside_are_given_by_name_in_order(path, twin, images):
    found = OnnxNetwork(path).features(torch.from_numpy(images))
    assert {name: layer.kind for name, layer in found.items()} == {
        "conv": "Conv",
        "relu": "Relu",
        "pool": "GlobalAveragePool",
    }
    for name, layer in features_of(twin)(torch.from_numpy(images)).items():
        torch.testing.assert_close(found[name].maps, layer.maps, atol=1e-5, rtol=0)


@pytest.mark.parametrize("batch", [1, 2, 8])
def test_a_file_for_a_number_of_images_takes_any(tmp_path, twin, images, batch):
    network = OnnxNetwork(write(tmp_path / "fixed.onnx", twin, (batch, 1, SIZE, SIZE), (batch, 2)))
    np.testing.assert_allclose(network.logits(images), twin(torch.from_numpy(images)).detach(), atol=1e-5)
    assert len(network.features(torch.from_numpy(images))["conv"].maps) == len(images)


def test_filters_are_shuffled_for_the_control_and_the_file_is_not(path, twin, images):
    before = path.read_bytes()
    maps = OnnxNetwork(path, shuffle=0).features(torch.from_numpy(images))["conv"].maps
    assert (maps - twin.conv(torch.from_numpy(images))).abs().max() > 0.1
    assert path.read_bytes() == before
    changed = nn.Conv2d(1, 6, 3, padding=1)
    changed.load_state_dict(twin.conv.state_dict())
    order = torch.rand(6, 1, 9, generator=torch.Generator().manual_seed(0)).argsort(-1)
    changed.weight.data = twin.conv.weight.data.flatten(2).gather(-1, order).view(6, 1, 3, 3)
    torch.testing.assert_close(maps, changed(torch.from_numpy(images)), atol=1e-5, rtol=0)


def test_the_whole_audit(path):
    network = open_network(path)
    images = images_for(network, None, "test", 0)
    assert images.shape == (36, 1, SIZE, SIZE)
    audited = audit_network(network, images).group[0]
    assert (audited.network, audited.group, audited.invariant) == ("twin", "D4", False)
    layers = audit_layers(network, images)
    assert [row.layer for row in layers.rows] == ["conv", "relu"]
    assert all(row.chance < row.turns < 0.999 for row in layers.rows)


def test_an_invariant_network_is_seen_to_be_so(tmp_path, twin):
    ring = Twin()
    ring.load_state_dict(twin.state_dict())
    ring.conv.weight.data = sum(F.pad(twin.conv.weight.data[..., 1:2, 1:2] * w, (p,) * 4) for w, p in ((1, 1),))
    network = OnnxNetwork(write(tmp_path / "round.onnx", ring))
    images = images_for(network, None, "test", 0)
    assert audit_network(network, images).group[0].invariant
    assert all(row.turns > 0.9999 for row in audit_layers(network, images).rows)


def test_a_network_for_images_of_any_size(tmp_path, twin):
    network = OnnxNetwork(write(tmp_path / "open.onnx", twin, ("n", 1, "h", "w")))
    assert network.image_shape == (1, OPEN_SIZE, OPEN_SIZE)
    assert network.logits(images_for(network, None, "test", 0)).shape == (36, 2)


@pytest.mark.parametrize("damage", ["cut", "text", "wrong operation"])
def test_a_file_that_is_none_is_refused(tmp_path, path, damage):
    bad = tmp_path / "bad.onnx"
    whole = path.read_bytes()
    content = {"cut": whole[: len(whole) // 2], "text": b"a lens", "wrong operation": whole.replace(b"Relu", b"Rely")}
    bad.write_bytes(content[damage])
    with pytest.raises(InputError, match=r"a whole ONNX file; got '.*bad\.onnx'"):
        OnnxNetwork(bad)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="which is not there"):
        OnnxNetwork(tmp_path / "none.onnx")


@pytest.mark.parametrize("shape", [("n", SIZE), ("n", 1, SIZE, SIZE + 1), ("n", 1, 4, 4, 4)])
def test_a_network_of_other_inputs_is_refused(tmp_path, twin, shape):
    with pytest.raises(InputError, match=r"(one input, square images|a whole ONNX file)"):
        OnnxNetwork(write(tmp_path / "other.onnx", twin, shape))


def test_two_inputs_are_refused(tmp_path, twin):
    second = helper.make_tensor_value_info("redshift", onnx.TensorProto.FLOAT, ["n"])
    with pytest.raises(InputError, match=r"one input, .*; got image .*, redshift"):
        OnnxNetwork(write(tmp_path / "two.onnx", twin, extra=[second]))


def test_without_the_packages_it_is_said_what_to_install(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UsageError, match=r"pip install 'lensym\[onnx\]'"):
        OnnxNetwork(path)
