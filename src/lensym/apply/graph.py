"""A trained network as a file that other programs run: ONNX, or torch's own format for a graph.

The graph takes images as a data set holds them, (N, C, H, W) in float32 and any number of them, and gives all that a
prediction consists of. The network's own normalisation is inside; bringing a telescope's file to the network's pixel
scale and size is not. What was written is run again and compared before it is kept.
"""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from lensym.apply.predictor import Predictor
from lensym.atomic import write_atomically
from lensym.errors import OutputError, UsageError
from lensym.models.checkpoint import Model
from lensym.models.heads import CLASSIFY
from lensym.symmetry.folding import fold
from lensym.symmetry.probe import probe_images

OUTPUTS = ("probabilities", "logits", "ood")
"""What the graph gives: probabilities (N, K), logits (N, K) before the temperature, and the score (N,) that is above 1
for an image unlike the training images."""

FORMATS = {"onnx": ".onnx", "torch": ".pt2"}
"""Formats, and the ending of each one's file."""

TOLERANCE = 1e-5
"""Largest difference from lensym's own answers, relative to max(1, largest answer)."""

_OPSET = 18
_CHECKED = (1, 3)
"""Numbers of images with which a graph is compared."""
_BRIGHTNESS = 100.0

Run = Callable[[NDArray[np.float32]], Sequence[NDArray[np.float32]]]


class _Answer(nn.Module):
    """Images to `OUTPUTS`."""

    def __init__(self, model: Model, temperature: float) -> None:
        super().__init__()
        self.model, self.temperature = model, temperature

    def forward(self, images: Float[Tensor, "n c h w"]) -> tuple[Tensor, Tensor, Tensor]:
        features = self.model.network.features(images)
        logits = self.model.network.head(features)
        return (logits / self.temperature).softmax(1), logits, self.model.shift.score(features, images)


def export_graph(predictor: Predictor, path: str | Path, form: str) -> float:
    """Write a network as a graph to ``path``; the largest relative difference of its answers from the predictor's.

    Parameters
    ----------
    form
        ``onnx`` (needs the extra ``onnx``) or ``torch``.

    Raises
    ------
    UsageError
        If there is no such format, its packages are not installed, the file's name has another ending, the network's
        computation depends on the image's values and so is no fixed graph, torch cannot write it for any number of
        images, or onnxruntime lacks one of its operations.
    OutputError
        If the file cannot be written, or does not give the same answers.
    """
    predictor.require_task(CLASSIFY)
    path = Path(path)
    write = _writer(form, path)
    if predictor.model.network.shapes_depend_on_values:
        kind = predictor.config.architecture
        raise UsageError(
            "a network of a fixed graph", f"'{kind}', whose graph depends on the image", "use lensym itself"
        )
    with torch.no_grad(), _quiet():
        try:
            content, run = write(_program(predictor), json.dumps(_facts(predictor)))
        except (torch.onnx.OnnxExporterError, torch._dynamo.exc.UserError) as error:
            got = f"'{predictor.config.architecture}', with which torch fails: {str(error).strip().splitlines()[0]}"
            raise UsageError(f"a network that torch can write as '{form}'", got, "use lensym itself") from error
    difference = max(_difference(predictor, run, count) for count in _CHECKED)
    if not difference <= TOLERANCE:
        got = f"answers that differ by {difference:.1e}"
        raise OutputError(f"a graph of the same answers to {TOLERANCE:g}", got, f"nothing was written to '{path}'")
    write_atomically(path, content)
    return difference


def _writer(form: str, path: Path) -> Callable[[Any, str], tuple[bytes, Run]]:
    writers = {"onnx": _onnx, "torch": _torch}
    if form not in FORMATS:
        raise UsageError(f"a format, one of {', '.join(FORMATS)}, huggingface", f"'{form}'", "choose one of them")
    if path.suffix != FORMATS[form]:
        raise UsageError(f"a file NAME{FORMATS[form]} for the format {form}", f"'{path}'", "choose another name")
    return writers[form]


def _program(predictor: Predictor) -> Any:
    """The graph for any number of images, traced in single precision on the processor."""
    # with plain filters in place of those that steerable layers would make anew for each image
    answer = fold(_Answer(predictor.model, predictor.config.temperature)).to("cpu", torch.float32)
    images = _probe(predictor, 2)
    return torch.export.export(answer, (images,), dynamic_shapes={"images": {0: torch.export.Dim("n", min=1)}})


def _probe(predictor: Predictor, count: int) -> Float[Tensor, "n c s s"]:
    images = probe_images(predictor.config.channels, predictor.image_size, count)
    return (images - images.amin() + 0.1).to(torch.float32) * _BRIGHTNESS


def _facts(predictor: Predictor) -> dict[str, Any]:
    """What a user of the graph must know."""
    config = predictor.config
    return {
        "model": predictor.name,
        "architecture": config.architecture,
        "group": config.group,
        "classes": list(config.classes),
        "pixel_scale": config.pixel_scale,
        "weights_sha256": config.weights_sha256,
        "channels": list(config.channel_words),
    }


def _onnx(program: Any, facts: str) -> tuple[bytes, Run]:
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401  torch writes the graph with it
    except ImportError as error:
        raise UsageError(
            "the packages onnx, onnxscript and onnxruntime", str(error), "pip install 'lensym[onnx]'"
        ) from error
    written = torch.onnx.export(
        program, dynamo=True, input_names=["images"], output_names=list(OUTPUTS), opset_version=_OPSET, verbose=False
    )
    model = written.model_proto  # type: ignore[union-attr]
    onnx.helper.set_model_props(model, {"lensym": facts})
    content: bytes = model.SerializeToString()
    session = _session(onnxruntime, content)
    return content, lambda images: session.run(list(OUTPUTS), {"images": images})


def _session(runtime: Any, content: bytes) -> Any:
    from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as Missing

    try:
        return runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Missing as error:
        got = str(error).strip().split(" : ")[-1]
        raise UsageError("a network of operations that onnxruntime has", got, "give --format torch") from error


def _torch(program: Any, facts: str) -> tuple[bytes, Run]:
    buffer = io.BytesIO()
    torch.export.save(program, buffer, extra_files={"lensym.json": facts})
    buffer.seek(0)
    module = torch.export.load(buffer).module()

    def run(images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        return [output.numpy() for output in module(torch.from_numpy(images))]

    return buffer.getvalue(), run


def _difference(predictor: Predictor, run: Run, count: int) -> float:
    """Of a graph's answers from the predictor's, relative to max(1, largest answer)."""
    images = _probe(predictor, count).numpy()
    answer = predictor.answer(images)
    expected = (predictor.probabilities(answer.logits), answer.logits, answer.ood)
    with torch.no_grad():
        found = run(images)
    return max(
        float(np.abs(a - b).max()) / max(1.0, float(np.abs(b).max())) for a, b in zip(found, expected, strict=True)
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what torch says of its own insides while it traces."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
