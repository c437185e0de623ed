"""config.json of a model folder: all that is needed to use a model and to refuse a misuse."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lensym.errors import InputError, IntegrityError
from lensym.models.heads import ANOMALY, CLASSIFY, TASKS
from lensym.models.normalise import STRETCHES, USUAL, Brightness
from lensym.models.registry import entry

FORMAT = 1
CONFIG = "config.json"
_PICKLE_ENDINGS = {".pt", ".pth", ".ckpt", ".pkl", ".bin"}


@dataclass(frozen=True)
class ModelConfig:
    """What config.json holds.

    Parameters
    ----------
    architecture, group
        Name in the registry, and the group under which the logits do not change.
    classes
        In the order of the logits.
    image_size, channels, pixel_scale
        Images are (channels, image_size, image_size) with pixels of ``pixel_scale`` arcsec.
    temperature
        Logits are divided by it; fitted on validation images.
    data
        Where the training images came from: recipe, variant, counts, seed, sha256 of the manifest or, where they were
        not stored, of the recipe's parameters.
    training
        How the network was trained: the options, and figures on validation images.
    weights_sha256
        Of model.safetensors.
    config_sha256
        Of everything else here, so that a changed class order or temperature is noticed.
    width
        Factor on the number of features of every layer.
    stretch, rms
        The network's `lensym.models.normalise.Brightness`.
    task
        What the network answers, one of `lensym.models.heads.TASKS`. ``classes`` are those of the training images.
    answer
        What answers are made with, of a regression a `lensym.evaluation.regression.Answer`, of a
        detector a `lensym.evaluation.anomaly.Answer`; None for a classifier.
    smooth_fit
        Where the second channel is what a smooth lens leaves of the first, the ``recipe`` whose lenses are fitted, with
        its ``parameters``; None for images as they are.

    The file leaves out a width of 1, the stretch asinh, an rms of None, the task classify, no answer and no fit.
    """

    architecture: str
    group: str
    classes: tuple[str, ...]
    image_size: int
    channels: int
    pixel_scale: float
    temperature: float
    data: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    weights_sha256: str = ""
    config_sha256: str = ""
    format: int = FORMAT
    width: float = 1.0
    stretch: str = USUAL.stretch
    rms: float | None = USUAL.rms
    task: str = CLASSIFY
    answer: Mapping[str, Any] | None = None
    smooth_fit: Mapping[str, Any] | None = None

    @property
    def bands(self) -> int:
        """Channels of an image as a telescope takes it."""
        return self.channels if self.smooth_fit is None else 1

    @property
    def channel_words(self) -> tuple[str, ...]:
        """What each channel is."""
        if self.smooth_fit is None:
            return ("flux",) * self.channels
        recipe = self.smooth_fit["recipe"]
        return (
            "flux over its root mean square",
            f"what a smooth lens of {recipe} leaves of it, in units of 4 standard deviations of the noise",
        )

    @property
    def axis(self) -> bool:
        """Whether the answer is an axis, which turns with the image."""
        return self.answer is not None and bool(self.answer.get("axis"))

    @property
    def brightness(self) -> Brightness:
        """What unit and stretch the network takes its images in."""
        return Brightness(self.stretch, self.rms)

    def plain(self) -> dict[str, Any]:
        """The keys of config.json and their values."""
        plain = dataclasses.asdict(self)
        return {key: value for key, value in plain.items() if key not in _OPTIONAL or value != _OPTIONAL[key]}

    def digest(self) -> str:
        """Sha256 of all keys but ``config_sha256``, in an order of their own."""
        plain = self.plain()
        del plain["config_sha256"]
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


_LEFT_OUT = {"width", "stretch", "rms", "task", "answer", "smooth_fit"}
_OPTIONAL = {f.name: f.default for f in dataclasses.fields(ModelConfig) if f.name in _LEFT_OUT}
"""Keys that the file leaves out where they have these values."""

_ANOMALY_SCORES = 3
"""Those of a detector, and the density of its codes."""


def read_config(folder: Path) -> ModelConfig:
    """Read and check config.json."""
    if folder.is_file() and folder.suffix in _PICKLE_ENDINGS:
        raise InputError(
            "a model folder with safetensors weights",
            f"{folder}, a pickle, which can run code when it is opened",
            f"if you trust it: python -m lensym.models.convert {folder} OUT --like MODEL",
        )
    path = folder / CONFIG
    content = read_bytes(path)
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"{path} in JSON format", str(error), "get the model folder again") from None
    _check_keys(data, path)
    _check_values(data, path)
    config = ModelConfig(**{**data, "classes": tuple(data["classes"])})
    if config.digest() != config.config_sha256:
        raise IntegrityError(
            f"{path} as it was written (sha256 {config.config_sha256[:16]}...)",
            f"{config.digest()[:16]}...",
            "a value was changed: get the model folder again",
        )
    if content != encoded(data):  # for instance 1E-5 for 1e-5: a changed byte, although not a changed value
        raise IntegrityError(f"{path} in the form in which it was written", "another", "get the model folder again")
    return config


def encoded(plain: Mapping[str, Any]) -> bytes:
    """The bytes of config.json."""
    return (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode()


def _check_keys(data: Any, path: Path) -> None:
    found = data if isinstance(data, dict) else {}
    if found.get("format", FORMAT) != FORMAT:
        raise IntegrityError(f"{path} of format {FORMAT}", f"format {found['format']}", "use a matching lensym version")
    known = {f.name for f in dataclasses.fields(ModelConfig)}
    odd = sorted((found.keys() ^ known) - (known & _OPTIONAL.keys()))
    if odd:
        fault = f"the key '{odd[0]}'" if odd[0] in found else f"none of the name '{odd[0]}'"
        raise IntegrityError(f"{path} with the keys of a model", fault, "get the model folder again")


def _check_values(data: Mapping[str, Any], path: Path) -> None:
    """Refuse values that no model has; a name or size it cannot have is refused where the network is built."""
    for key, good, rule in (
        ("architecture", isinstance(data["architecture"], str), "a name"),
        ("classes", isinstance(data["classes"], list), "a list"),
        ("image_size", isinstance(data["image_size"], int), "a whole number"),
        ("channels", isinstance(data["channels"], int), "a whole number"),
        ("pixel_scale", _above_zero(data["pixel_scale"]), "a number above 0"),
        ("temperature", _above_zero(data["temperature"]), "a number above 0"),
        ("width", _above_zero(data.get("width", 1)), "a number above 0"),
        ("stretch", data.get("stretch", USUAL.stretch) in list(STRETCHES), f"one of {', '.join(STRETCHES)}"),
        ("rms", data.get("rms") is None or _above_zero(data["rms"]), "a number above 0"),
        ("task", data.get("task", CLASSIFY) in list(TASKS), f"one of {', '.join(TASKS)}"),
        ("answer", _answers(data.get("task", CLASSIFY), data.get("answer")), "what the task's answers are made with"),
        ("smooth_fit", _fits(data.get("smooth_fit")), "a recipe and its parameters"),
        ("data", isinstance(data["data"], dict), "a mapping"),
        ("training", isinstance(data["training"], dict), "a mapping"),
        ("weights_sha256", isinstance(data["weights_sha256"], str), "a hash"),
        ("config_sha256", isinstance(data["config_sha256"], str), "a hash"),
    ):
        if not good:
            raise IntegrityError(f"{path}: {key} as {rule}", repr(data.get(key)), "get the model folder again")
    expected = group_of(data.get("task", CLASSIFY), data["architecture"])
    if data["group"] != expected:
        raise IntegrityError(
            f"{path}: '{data['architecture']}' is a network of group {expected}",
            f"group {data['group']}",
            "these weights belong to another network: get the folder again",
        )


def group_of(task: str, architecture: str) -> str:
    """The group that a network's answers stay, or turn, under."""
    if task == ANOMALY:
        from lensym.models.detectors import kind_of

        return kind_of(architecture).group
    return entry(architecture).group


def _answers(task: object, answer: object) -> bool:
    """Whether a config has the answer that its task calls for."""
    if task == CLASSIFY:
        return answer is None
    if not isinstance(answer, dict):
        return False
    if task == ANOMALY:
        lists = [answer.get(key) for key in ("mean", "scale")]
        return _finite(answer.get("threshold")) and all(
            isinstance(numbers, list) and len(numbers) == _ANOMALY_SCORES and all(map(_finite, numbers))
            for numbers in lists
        )
    if not isinstance(answer.get("column"), str):
        return False
    quantiles = answer.get("quantiles")
    numbers = [answer.get("mean"), *(quantiles.values() if isinstance(quantiles, dict) else [None])]
    positive = all(_above_zero(answer.get(key)) for key in ("scale", "variance"))
    return positive and isinstance(answer.get("axis"), bool) and all(map(_finite, numbers))


def _fits(smooth_fit: object) -> bool:
    """Whether this is what a config says of a smooth fit."""
    if not isinstance(smooth_fit, dict):
        return smooth_fit is None
    kinds = {key: type(value) for key, value in smooth_fit.items()}
    return kinds == {"recipe": str, "parameters": dict}


def read_bytes(path: Path) -> bytes:
    """The content of a file of a model folder."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"a model folder with {path.name}", f"{path}: {error.strerror}", "see lensym models, or give a RUN/model"
        ) from None


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _above_zero(value: object) -> bool:
    return isinstance(value, int | float) and 0 < value < math.inf
