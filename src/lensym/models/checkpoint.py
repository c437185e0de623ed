"""Weights on disk: safetensors and a readable config.json, no pickle.

A model folder holds ``model.safetensors`` (the network and its shift detector), ``config.json`` (all that is needed
to use it and to refuse a misuse) and ``README.md``, the model card.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from lensym.atomic import output_errors, write_atomically
from lensym.errors import IntegrityError, SymmetryError
from lensym.models.classifier import Classifier
from lensym.models.heads import ANOMALY, REGRESS, create_regressor
from lensym.models.model_config import CONFIG, ModelConfig, encoded, read_bytes, read_config
from lensym.models.normalise import USUAL, Brightness
from lensym.models.registry import create
from lensym.models.shift import ShiftDetector
from lensym.symmetry.stamp import MADE_FOR

WEIGHTS, CARD = "model.safetensors", "README.md"
_OTHER_NETWORK = "these weights belong to another network: get the folder again"
_NETWORK = "network"
"""Key under which the weights say whose they are: networks of different groups can have tensors of the same shapes."""


class Model(nn.Module):
    """A network with its shift detector: what a model folder holds."""

    def __init__(self, network: Classifier, shift: ShiftDetector) -> None:
        super().__init__()
        self.network = network
        self.shift = shift

    def forward(self, images: Tensor) -> Tensor:
        """Logits of the network."""
        logits: Tensor = self.network(images)
        return logits

    def with_density(self, features: Tensor, outputs: Tensor, profiles: Tensor) -> Tensor:
        """A detector's scores and the distance of its codes from those of the training images."""
        return torch.cat([outputs, self.shift.distances(features, profiles)[:, :1]], dim=1)


def build_model(
    architecture: str,
    image_size: int,
    channels: int,
    classes: int,
    width: float = 1.0,
    brightness: Brightness = USUAL,
) -> Model:
    """An untrained network with an unfitted shift detector."""
    network = create(architecture, image_size, channels, classes, width, brightness)
    return Model(network, ShiftDetector(image_size, network.feature_count, classes))


def model_of(config: ModelConfig) -> Model:
    """The model that a config describes, untrained."""
    if config.task == REGRESS:
        network = create_regressor(
            config.architecture, config.image_size, config.channels, config.axis, config.width, config.brightness
        )
        return Model(network, ShiftDetector(config.image_size, network.feature_count, 1))
    if config.task == ANOMALY:
        from lensym.models.detectors import create_detector

        detector = create_detector(
            config.architecture, config.image_size, config.channels, config.width, config.brightness
        )
        return Model(detector, ShiftDetector(config.image_size, detector.feature_count, 1))
    classes = len(config.classes)
    return build_model(
        config.architecture, config.image_size, config.channels, classes, config.width, config.brightness
    )


def save_model(model: Model, config: ModelConfig, folder: Path, card: str) -> ModelConfig:
    """Write a model folder, config.json last; returns the config with both hashes."""
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    content = safetensors.torch.save(tensors, {_NETWORK: _identity(config)})
    config = dataclasses.replace(config, weights_sha256=hashlib.sha256(content).hexdigest())
    config = dataclasses.replace(config, config_sha256=config.digest())
    write_atomically(folder / WEIGHTS, content)
    write_atomically(folder / CARD, card.encode())
    write_atomically(folder / CONFIG, encoded(config.plain()))
    return config


def load_model(folder: str | Path) -> tuple[Model, ModelConfig]:
    """Load a model folder, in evaluation mode.

    Raises InputError where there is none, IntegrityError where weights and config do not belong together or a
    number is not finite.
    """
    folder = Path(folder)
    config = read_config(folder)
    content = read_bytes(folder / WEIGHTS)
    found = hashlib.sha256(content).hexdigest()
    if found != config.weights_sha256:
        raise IntegrityError(
            f"{folder / WEIGHTS} with sha256 {config.weights_sha256[:16]}... as config.json says",
            f"{found[:16]}...",
            "the file was changed or cut short: get it again",
        )
    model, tensors = model_of(config), _tensors(content, folder)
    _check_network(content, config, folder)
    fill(model, tensors, folder / WEIGHTS)
    return model.eval(), config


def _identity(config: ModelConfig) -> str:
    return f"{config.architecture} of group {config.group}"


def _check_network(content: bytes, config: ModelConfig, folder: Path) -> None:
    """Refuse tensors written for another network; weights written before they said so are taken at their shapes."""
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    found = header.get("__metadata__", {}).get(_NETWORK, _identity(config))
    if found != _identity(config):
        raise IntegrityError(
            f"{folder / WEIGHTS} of the network {_identity(config)}, as config.json says",
            f"weights of {found}",
            "these weights belong to another network: get the folder again",
        )


def _tensors(content: bytes, folder: Path) -> dict[str, Tensor]:
    """The tensors of safetensors bytes."""
    try:
        return safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise IntegrityError(f"{folder / WEIGHTS} in safetensors format", str(error), "get the file again") from None


def fill(model: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Give a model the tensors that were read from ``path``.

    Raises
    ------
    IntegrityError
        If their names, shapes or types are not the model's, or a number is not finite.
    """
    own, given = (
        {name: tensor for name, tensor in state.items() if name.rpartition(".")[2] != MADE_FOR}
        for state in (model.state_dict(), tensors)
    )
    if given.keys() != own.keys():
        odd = sorted(given.keys() ^ own.keys())[0]
        raise IntegrityError(f"{path} with the tensors of this network", f"'{odd}' on one side only", _OTHER_NETWORK)
    for name, tensor in given.items():
        if tensor.shape != own[name].shape or tensor.dtype != own[name].dtype:
            raise IntegrityError(
                f"{path}: '{name}' of {own[name].dtype} {tuple(own[name].shape)}",
                f"{tensor.dtype} {tuple(tensor.shape)}",
                _OTHER_NETWORK,
            )
        if not torch.isfinite(tensor).all():
            raise IntegrityError(f"{path} with finite numbers", f"NaN or infinity in '{name}'", "get it again")
    try:
        model.load_state_dict(tensors)
    except SymmetryError as error:
        raise IntegrityError(f"{path} with {error.needed}", error.got, _OTHER_NETWORK) from None
