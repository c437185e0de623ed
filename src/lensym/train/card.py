"""The model card: what a network was trained for, on what, how, and what its answers do not mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lensym.models.classifier import Classifier
from lensym.models.cost import gflop, parameters
from lensym.models.heads import ANOMALY, CLASSIFY
from lensym.models.model_config import ModelConfig
from lensym.models.registry import entry


def model_card(network: Classifier, config: ModelConfig) -> str:
    """The model card in Markdown."""
    data, training = config.data, config.training
    sizes = "; ".join(f"{split}: {sum(c.values())}" for split, c in data["splits"].items())
    commands = ", then ".join(f"`{command}`" for command in _commands(data, training))
    shape = f"{config.bands} x {config.image_size} x {config.image_size}"
    fit = "" if config.smooth_fit is None else f"\n| fitted first | channels: {'; '.join(config.channel_words)} |"
    exactness = (
        "exactly, on the pixel grid" if config.task == ANOMALY or entry(config.architecture).exact else "approximately"
    )
    adapted = f", adapted to {training['adapted']['recipe']}" if "adapted" in training else ""
    return f"""# {config.architecture}, trained on {data["recipe"]} ({data["variant"]}){adapted}

{_purpose(config)}
The {_law(config)} under {config.group} ({exactness}).

| | |
|---|---|
| input | {shape} px of {config.pixel_scale} arcsec, lens in the middle |{fit}
| cost | {parameters(network)} parameters, {gflop(network):.4f} GFLOP an image |
| training data | recipe {data["recipe"]}, variant {data["variant"]}, seed {data["seed"]}, images {sizes} |
{_changes_row(data)}{_data_row(data)}{_adapted_row(training)}
| command | {commands} |
{_validation(config)}

Limits: trained on the images above alone. An answer is a statement about images of that kind; for others the
out-of-distribution score, calibrated so that one validation image in a hundred exceeds 1, says so. Figures on
validation images chose the epoch; for a test result run `lensym evaluate`.
"""


def _purpose(config: ModelConfig) -> str:
    if config.answer is None:
        classes = ", ".join(config.classes)
        return f"Classifies an image of a strong gravitational lens by its dark matter substructure: {classes}."
    if config.task == ANOMALY:
        return "Says how strange an image of a strong gravitational lens is beside images without substructure."
    column, classes = config.answer["column"], ", ".join(config.classes)
    return f"Estimates `{column}`, with its uncertainty, from an image of a strong gravitational lens ({classes})."


def _law(config: ModelConfig) -> str:
    if config.axis:
        return "estimated axis turns and mirrors with the image, and its uncertainty is invariant,"
    return "logits are invariant" if config.task == CLASSIFY else "outputs are invariant"


def _validation(config: ModelConfig) -> str:
    """Rows of the card: figures on validation images, and what was fitted on them."""
    found = config.training["validation"]
    if config.answer is None:
        with_labels = ", images with labels" if "adapted" in config.training else ""
        return (
            f"| validation{with_labels} | n {found['n']}, macro AUC {found['macro_auc']:.5f}, "
            f"accuracy {found['accuracy']:.4f} |\n"
            f"| temperature | {config.temperature:.4f}, fitted on validation images |"
        )
    if config.task == ANOMALY:
        return f"| validation | n {found['n']}; one in a hundred scores above {found['threshold']:.4g} |"
    quantiles = ", ".join(f"{level}: {q:.3f}" for level, q in config.answer["quantiles"].items())
    return (
        f"| validation | n {found['n']}, mean absolute error {found['mae']:.4g}, 90 % intervals {found['width']:.4g} "
        f"wide on average |\n| intervals | half-width in standard deviations by level {quantiles}; factor on the "
        f"variance {config.answer['variance']:.4g} |"
    )


def _changes_row(data: Mapping[str, Any]) -> str:
    """The row of the card that says what the recipe has otherwise than the package's."""
    changes = ", ".join(f"`{change}`" for change in data.get("changes", []))
    return f"| changed in the recipe | {changes} |\n" if changes else ""


def _data_row(data: Mapping[str, Any]) -> str:
    """The row of the card that says which bytes or parameters the images were."""
    if _is_fresh(data):
        return f"| recipe's parameters | sha256 {data['parameters_sha256']}; each image was shown once |"
    return f"| data manifest | sha256 {data['manifest_sha256']} |"


def _adapted_row(training: Mapping[str, Any]) -> str:
    """The row of the card that says to what the network was adapted, and what that changed."""
    if "adapted" not in training:
        return ""
    adapted = training["adapted"]
    before, after = (adapted["shift"][when] for when in ("before", "after"))
    images = "; ".join(f"{split}: {count}" for split, count in adapted["splits"].items())
    return (
        f"\n| adapted to | recipe {adapted['recipe']}, variant {adapted['variant']}, seed {adapted['seed']}, images "
        f"{images}, without their labels, by {adapted['method']}; manifest sha256 {adapted['manifest_sha256']} |\n"
        f"| the two told apart | AUC {before['auc']:.3f} before adapting, {after['auc']:.3f} after; unlike the images "
        f"with labels {before['unlike']:.1%} before, {after['unlike']:.1%} after |"
    )


def _is_fresh(data: Mapping[str, Any]) -> bool:
    return "parameters_sha256" in data


_UNSAID = {"task": CLASSIFY, "new_head": False}
"""Options that a command need not name, with the values that it then has."""


def _commands(data: Mapping[str, Any], training: Mapping[str, Any]) -> list[str]:
    """The training commands in their order, those of the weights that were started from first."""
    options = training["options"].items()
    given = {key: value for key, value in options if value not in ("", None) and _UNSAID.get(key, ...) != value}
    flags = " ".join(f"--{key.replace('_', '-')} {str(value).lower()}" for key, value in given.items())
    paths = "RUN --recipe RUN/recipe.yaml" if _is_fresh(data) else "DATA RUN"
    start = training.get("start")
    return [*(_commands(start["data"], start["training"]) if start else []), f"lensym train {paths} {flags}"]
