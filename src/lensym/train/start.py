"""The network that a training starts from: random weights, those of a model, or those of its encoder alone."""

from __future__ import annotations

from lensym.data.source import TrainingData
from lensym.errors import UsageError
from lensym.models.checkpoint import load_model
from lensym.models.classifier import Classifier
from lensym.models.detectors import Detector, create_detector
from lensym.models.heads import ANOMALY, create_regressor
from lensym.models.model_config import ModelConfig
from lensym.models.normalise import Brightness
from lensym.models.packaged import model_folder
from lensym.models.registry import create
from lensym.train.options import TrainOptions

_HEAD = "head."
"""Names of a head's tensors begin so."""


def first_network(options: TrainOptions, data: TrainingData) -> tuple[Classifier, ModelConfig | None]:
    """The network to train, with random weights or those of ``options.init``, and the latter's config.

    Raises
    ------
    UsageError
        If the weights to start from are of another network, images or, unless the head is new, another question.
    """
    if not options.init:
        brightness = Brightness(options.stretch, data.rms() if options.normalise == "train" else None)
        return random_network(options, data, brightness), None
    model, config = load_model(model_folder(options.init))
    _require_fit(options, data, config)
    network = model.network
    if options.new_head:
        network = _with_new_head(network, random_network(options, data, config.brightness), options)
    if isinstance(network, Detector):
        network.forget()
    # weights are loaded in evaluation mode, where lensnet averages and normalisation is frozen
    return network.train(), config


def random_network(options: TrainOptions, data: TrainingData, brightness: Brightness) -> Classifier:
    """A network for the data and the task, with random weights."""
    size, channels = data.manifest.image_size, data.manifest.channels
    if options.task == ANOMALY:
        return create_detector(options.model, size, channels, options.width, brightness)
    if data.target is not None:
        return create_regressor(options.model, size, channels, data.target.axis, options.width, brightness)
    return create(options.model, size, channels, len(data.classes), options.width, brightness)


def asks_the_same(config: ModelConfig, options: TrainOptions, data: TrainingData) -> bool:
    """Whether a model answers the question of a training: the same task, column and classes."""
    column = None if config.answer is None else config.answer.get("column")
    same_classes = options.target != "" or data.classes == config.classes
    return (config.task, column) == (options.question, options.target or None) and same_classes


def _require_fit(options: TrainOptions, data: TrainingData, config: ModelConfig) -> None:
    manifest = data.manifest
    column = None if config.answer is None else config.answer.get("column")
    of_the_head = [
        ("the task of --task", options.question, config.task),
        ("the column of --target", options.target or None, column),
        ("the data set's classes", data.classes, config.classes),
    ]
    of_the_encoder = [
        ("the architecture of --model", options.model, config.architecture),
        ("the width of --width", options.width, config.width),
        ("the stretch of --stretch", options.stretch, config.stretch),
        ("the unit of --normalise", options.normalise, "image" if config.rms is None else "train"),
        ("the data set's image size", manifest.image_size, config.image_size),
        ("the data set's channels", manifest.channels, config.channels),
        ("the data set's pixel scale", data.pixel_scale, config.pixel_scale),
    ]
    remedies = {}
    if config.smooth_fit is not None and manifest.channels == config.bands:
        remedies["the data set's channels"] = "add what a smooth lens leaves: lensym residual DATA OUT"
    for what, wanted, found in (*(() if options.new_head else of_the_head), *of_the_encoder):
        if wanted != found:
            remedy = remedies.get(what, "choose others")
            raise UsageError(f"weights to start from with {what}: {wanted}", f"{found} in '{options.init}'", remedy)


def _with_new_head(trained: Classifier, network: Classifier, options: TrainOptions) -> Classifier:
    """A network with the trained one's encoder."""
    encoder = {name: tensor for name, tensor in trained.state_dict().items() if not name.startswith(_HEAD)}
    own = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith(_HEAD)}
    if encoder.keys() != own.keys() or any(own[name].shape != tensor.shape for name, tensor in encoder.items()):
        raise UsageError(
            "a network whose head alone knows the classes, for a new head",
            f"'{options.model}', whose encoder does too",
            "choose weights of another network, or of the same classes",
        )
    network.load_state_dict(encoder, strict=False)
    return network
