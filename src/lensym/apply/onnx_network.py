"""A network of any origin in an ONNX file, with what its layers give inside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from lensym.errors import InputError, UsageError
from lensym.symmetry.features import FeatureMaps
from lensym.symmetry.probe import shuffle_pixels

OPEN_SIZE = 64
"""Pixels a side of the images for a network that takes any."""


class OnnxNetwork:
    """A network that takes images (N, C, H, W) and gives logits (N, K), run by onnxruntime on the processor.

    An ONNX file describes a graph of known operations: to load one runs no code of its author's.

    Parameters
    ----------
    path
        The file.
    shuffle
        Seed by which to put the pixels of each filter in random order; None leaves them in place.
    """

    group, precision = "C1", "float32"

    def __init__(self, path: str | Path, shuffle: int | None = None) -> None:
        onnx, runtime = _packages()
        self.path = Path(path)
        model = _read(onnx, self.path)
        if shuffle is not None:
            _shuffle(onnx, model.graph, shuffle)
        self._input, shape = _image_input(model.graph, self.path)
        self.channels = shape[1] or 1
        self.image_size = shape[2] or shape[3] or OPEN_SIZE
        self._batch = shape[0]
        answer = model.graph.output[0]
        self._answer = answer.name
        self.answers = len(answer.type.tensor_type.shape.dim) == 2
        """Whether its first output is logits (N, K)."""
        self._kinds = _maps(onnx, model, self._input)
        known = {value.name for value in model.graph.output}
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in self._kinds if name not in known)
        options = runtime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = torch.get_num_threads(), 3
        self._session = _session(runtime, model, options, self.path)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Shape (C, H, W) of an image."""
        return self.channels, self.image_size, self.image_size

    @property
    def image_shapes(self) -> tuple[tuple[int, int, int], ...]:
        """All shapes of images that it takes."""
        return (self.image_shape,)

    def logits(self, images: NDArray[Any]) -> Float[np.ndarray, "n k"]:
        """The first output for images (N, C, H, W)."""
        return np.concatenate([part[0] for part in self._run([self._answer], images)]).astype(np.float64)

    def features(self, images: Tensor) -> dict[str, FeatureMaps]:
        """The maps that each operation gives, in the order of the file."""
        parts = list(self._run(list(self._kinds), images.cpu().numpy()))
        found = {
            name: (kind, np.concatenate([part[k] for part in parts]))
            for k, (name, kind) in enumerate(self._kinds.items())
        }
        return {
            name: FeatureMaps(kind, torch.from_numpy(maps))
            for name, (kind, maps) in found.items()
            if maps.ndim == 4 and len(maps) == len(images)
        }

    def _run(self, names: list[str], images: NDArray[Any]) -> Iterator[list[NDArray[Any]]]:
        """Outputs of some images at a time: as many as the file is for, the last ones repeated to make them up."""
        batch = self._batch or len(images)
        for start in range(0, len(images), batch):
            part = images[start : start + batch].astype(np.float32)
            whole = np.concatenate([part, *[part[-1:]] * (batch - len(part))])
            yield [output[: len(part)] for output in self._session.run(names, {self._input: whole})]


def _packages() -> tuple[Any, Any]:
    try:
        import onnx
        import onnxruntime
    except ImportError as error:
        raise UsageError(
            "the packages onnx and onnxruntime to run an ONNX file", str(error), "pip install 'lensym[onnx]'"
        ) from error
    return onnx, onnxruntime


def _read(onnx: Any, path: Path) -> Any:
    if not path.is_file():
        raise InputError("an ONNX file", f"'{path}', which is not there", "check the path")
    from google.protobuf.message import DecodeError

    try:
        return onnx.shape_inference.infer_shapes(onnx.load(str(path)))
    except (DecodeError, onnx.checker.ValidationError, onnx.shape_inference.InferenceError, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError("a whole ONNX file", f"'{path}': {' '.join(str(error).split())}", "export the network again")


def _session(runtime: Any, model: Any, options: Any, path: Path) -> Any:
    from onnxruntime.capi import onnxruntime_pybind11_state as failures

    try:
        return runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except (failures.Fail, failures.InvalidGraph, failures.NotImplemented, failures.InvalidArgument) as error:
        raise _unreadable(path, error) from error


def _image_input(graph: Any, path: Path) -> tuple[str, list[int]]:
    """Name and shape of the one input (N, C, H, W); an axis that may have any length is 0."""
    weights = {weight.name for weight in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    shapes = [[axis.dim_value for axis in value.type.tensor_type.shape.dim] for value in inputs]
    if len(inputs) != 1 or len(shapes[0]) != 4 or shapes[0][2] != shapes[0][3]:
        found = ", ".join(f"{value.name} {tuple(shape)}" for value, shape in zip(inputs, shapes, strict=True))
        raise InputError("a network of one input, square images (N, C, H, W)", f"{found} in '{path}'", "export another")
    return inputs[0].name, shapes[0]


def _maps(onnx: Any, model: Any, image: str) -> dict[str, str]:
    """Names and operations of all that may be a map and depends on the image, in order."""
    graph, reached = model.graph, {image}
    ranks = {value.name: value.type.tensor_type for value in (*graph.value_info, *graph.output)}
    found = {}
    for node in graph.node:
        if reached & set(node.input):
            reached |= set(node.output)
            kind = ranks.get(node.output[0])
            if kind is not None and kind.elem_type == onnx.TensorProto.FLOAT and len(kind.shape.dim) == 4:
                found[node.output[0]] = node.op_type
    return found


def _shuffle(onnx: Any, graph: Any, seed: int) -> None:
    """Put the pixels of each filter of the convolutions in random order."""
    random = torch.Generator().manual_seed(seed)
    filters = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    for weight in graph.initializer:
        if weight.name in filters:
            values = torch.from_numpy(onnx.numpy_helper.to_array(weight).copy())
            changed = shuffle_pixels(values, random).numpy()
            weight.CopyFrom(onnx.numpy_helper.from_array(changed, weight.name))
