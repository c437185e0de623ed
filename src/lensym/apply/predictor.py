"""A trained network ready for use: images in, probabilities out, and whether to trust them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float64, Shaped
from numpy.typing import ArrayLike
from torch import Tensor

from lensym.apply.checks import as_array, require_images
from lensym.apply.said import anomaly_answer, answer_of, column_names, output_count, probabilities_of
from lensym.data.residual import model_for
from lensym.errors import UsageError, require_count
from lensym.evaluation.anomaly import combined
from lensym.evaluation.audit import grid_subgroup
from lensym.evaluation.explain import WINDOWS, Explanation, explain
from lensym.evaluation.regression import Estimates, estimates_of
from lensym.models.checkpoint import Model, load_model
from lensym.models.classifier import parameter_dtype
from lensym.models.device import resolve_device
from lensym.models.heads import ANOMALY, CLASSIFY, REGRESS
from lensym.models.model_config import ModelConfig
from lensym.models.packaged import model_folder
from lensym.models.registry import entry
from lensym.simulation.smooth import SmoothModel, image_and_residual

BATCH = 32
"""Images at a time: of `lensnet`, layers that stay in a processor's cache, a third faster on it than 64 are."""


@dataclass(frozen=True)
class Answers:
    """What a network says of N images: ``logits`` (N, K), not yet divided by the temperature, ``ood`` (N,)."""

    logits: Float64[np.ndarray, "n k"]
    ood: Float64[np.ndarray, " n"]


class Predictor:
    """A network with everything needed to use it; get one from `load`.

    Parameters
    ----------
    model, config
        Of a model folder.
    name
        Shown beside every result.
    device
        Where it computes.
    batch_size
        Images at a time.
    """

    def __init__(
        self, model: Model, config: ModelConfig, name: str, device: str | torch.device = "cpu", batch_size: int = BATCH
    ) -> None:
        self.model = model.to(device).eval()
        self.config = config
        self.name = name
        self.device = torch.device(device)
        self.batch_size = require_count("batch_size", batch_size)

    @property
    def task(self) -> str:
        """What the network answers: classify, regress or anomaly."""
        return self.config.task

    def require_task(self, wanted: str) -> None:
        """Refuse another task than the network was trained for.

        Raises
        ------
        UsageError
            Naming both.
        """
        if wanted != self.task:
            raise UsageError(
                f"a network that was trained to {wanted}",
                f"'{self.name}', which was trained to {self.task}",
                "choose a model of that task; lensym models lists the packaged ones",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the numbers that make up an answer."""
        return column_names(self.config)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the K classes, in the order of the columns; of a regression, those of the training images."""
        return self.config.classes

    @property
    def group(self) -> str:
        """Group under which the answers do not change."""
        return self.config.group

    @property
    def channels(self) -> int:
        """Channels of an image as a telescope takes it."""
        return self.config.bands

    @property
    def image_size(self) -> int:
        """Pixels a side."""
        return self.config.image_size

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Shape (C, H, W) of an image."""
        return self.image_shapes[0]

    @property
    def image_shapes(self) -> tuple[tuple[int, int, int], ...]:
        """All shapes of images that it takes: as a telescope takes them, and with what a fit leaves of them."""
        counts = dict.fromkeys((self.channels, self.config.channels))
        return tuple((count, self.image_size, self.image_size) for count in counts)

    @property
    def pixel_scale(self) -> float:
        """Arcsec per pixel."""
        return self.config.pixel_scale

    @property
    def precision(self) -> str:
        """float32 or float64, what it computes in."""
        return str(parameter_dtype(self.model)).removeprefix("torch.")

    def predict(self, images: ArrayLike) -> Float64[np.ndarray, "n k"]:
        """Probabilities (N, K) of images (N, C, H, W) as a data set holds them.

        A network whose second channel is what a smooth lens leaves takes images without that channel too, in the unit
        of its recipe, and makes the fits.

        Raises
        ------
        InputError
            If the shape is not the network's, or an image has NaN pixels, no light or no structure.
        UsageError
            If the network was not trained to classify.
        """
        return self.probabilities(self.logits(images))

    def logits(self, images: ArrayLike) -> Float64[np.ndarray, "n k"]:
        """The network's raw answers (N, K), logits without the temperature, or another task's outputs."""
        return self.answer(images).logits

    def ood(self, images: ArrayLike) -> Float64[np.ndarray, " n"]:
        """Out-of-distribution score (N,): above 1 is less typical than 99 % of the validation images."""
        return self.answer(images).ood

    def probabilities(self, logits: Float64[np.ndarray, "n k"]) -> Float64[np.ndarray, "n k"]:
        """Calibrated probabilities of raw logits: softmax of the logits over the temperature."""
        self.require_task(CLASSIFY)
        return probabilities_of(logits, self.config.temperature)

    def estimate(self, images: ArrayLike) -> Estimates:
        """Estimates of the column that a regression learned, of images (N, C, H, W), with their intervals.

        Raises
        ------
        InputError
            As `predict`.
        UsageError
            If the network was not trained for that.
        """
        return self.estimates(self.logits(images))

    def estimates(self, outputs: Float64[np.ndarray, "n k"]) -> Estimates:
        """Estimates of raw answers."""
        self.require_task(REGRESS)
        return estimates_of(outputs, answer_of(self.config))

    def strangeness(self, images: ArrayLike) -> Float64[np.ndarray, " n"]:
        """Combined anomaly scores (N,) of images (N, C, H, W): standard deviations above images without substructure.

        Raises
        ------
        InputError
            As `predict`.
        UsageError
            If the network was not trained for that.
        """
        self.require_task(ANOMALY)
        return combined(self.logits(images), anomaly_answer(self.config))

    def answer(self, images: ArrayLike) -> Answers:
        """Logits and out-of-distribution scores in one pass."""
        array = self.require_images(images)
        logits, ood = np.empty((len(array), output_count(self.config))), np.empty(len(array))
        with torch.inference_mode():
            for rows in _batches(len(array), self.batch_size):
                batch_logits, batch_ood = self._answer_batch(self._tensor(self.seen(array[rows])))
                logits[rows], ood[rows] = batch_logits.cpu().numpy(), batch_ood.cpu().numpy()
        return Answers(logits, ood)

    @property
    def invariant(self) -> bool:
        """Whether turning and mirroring on the pixel grid (D4) leaves the answers as they are, to rounding."""
        return entry(self.config.architecture).exact and grid_subgroup(self.group) == "D4"

    def explain(self, image: ArrayLike, target: int | None = None, windows: int = WINDOWS) -> Explanation:
        """What the answer on one image (C, H, W) hangs on, as two maps that turn and mirror with the image.

        Explained are the calibrated log-odds of class number ``target``, by default of the class that `predict` finds
        the likeliest. `lensym.evaluation.explain.explain` says how, and what ``windows`` is.
        """
        self.require_task(CLASSIFY)
        if target is not None and not 0 <= target < len(self.config.classes):
            numbers = f"a class number from 0 to {len(self.config.classes) - 1}"
            raise UsageError(numbers, str(target), f"they stand for {', '.join(self.config.classes)}")
        array = self.seen(self.require_images(as_array(image)[None]))
        chosen = int(self.logits(array)[0].argmax()) if target is None else target
        return explain(self._calibrated, self._tensor(array)[0], chosen, self.invariant, windows)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the network to a new folder in Hugging Face's layout; see `lensym.apply.pretrained`."""
        from lensym.apply.pretrained import save_pretrained

        save_pretrained(self, folder)

    @staticmethod
    def from_pretrained(name_or_folder: str | Path, device: str = "auto", revision: str | None = None) -> Predictor:
        """A network of the package, a folder or the hub; see `lensym.apply.pretrained`."""
        from lensym.apply.pretrained import from_pretrained

        return from_pretrained(name_or_folder, device, revision)

    def require_images(self, images: ArrayLike) -> Shaped[np.ndarray, "n c h w"]:
        """Images that the network can be asked about, as an array.

        Raises
        ------
        InputError
            As `predict`.
        """
        array = as_array(images)
        known = array.shape[1:] in self.image_shapes
        array = require_images(array, array.shape[1] if known else self.channels, self.image_size)
        if array.shape[1] != self.config.channels:
            for image in array[:, 0].astype(np.float64):
                self._smooth_model.require_image(image)
        return array

    def seen(self, images: Shaped[np.ndarray, "n c h w"]) -> Shaped[np.ndarray, "n d h w"]:
        """What the network sees of images: with what a fit leaves of them, where it needs that and they lack it."""
        if images.shape[1] == self.config.channels:
            return images
        return image_and_residual(self._smooth_model, images)

    @cached_property
    def _smooth_model(self) -> SmoothModel:
        assert self.config.smooth_fit is not None  # or images would have the network's channels
        return model_for(self.config.smooth_fit)

    def _calibrated(self, images: Tensor) -> Tensor:
        logits: Tensor = self.model(images) / self.config.temperature
        return logits

    def _answer_batch(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features, outputs = self.model.network.features_and_outputs(images)
        if self.task == ANOMALY:
            outputs = self.model.with_density(features, outputs, self.model.shift.profile(images))
        return outputs, self.model.shift.score(features, images)

    def _tensor(self, images: np.ndarray) -> Tensor:
        return torch.from_numpy(images.astype(self.precision)).to(self.device)

    def __repr__(self) -> str:
        return (
            f"Predictor('{self.name}', group={self.group}, {', '.join(self.classes)}, "
            f"({self.channels}, {self.image_size}, {self.image_size}) at {self.pixel_scale:g} arcsec/px)"
        )


def load(name_or_folder: str | Path, device: str | torch.device = "cpu") -> Predictor:
    """Return a trained network: one that comes with the package by name, or one's own from its folder.

    Parameters
    ----------
    device
        ``auto``, ``cpu`` or ``cuda``.

    Raises
    ------
    UsageError
        If there is neither a network nor a folder of that name, it is an ONNX file, or there is no such device.
    IntegrityError
        If the weights were changed or belong to another network.
    """
    if Path(name_or_folder).suffix == ".onnx":
        raise UsageError(
            "packaged weights or a model folder, which say how a network's images are made",
            f"'{name_or_folder}', an ONNX file",
            "give its model folder; lensym audit takes ONNX files",
        )
    model, config = load_model(model_folder(name_or_folder))
    return Predictor(model, config, str(name_or_folder), resolve_device(device))


def _batches(count: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, count, size))
