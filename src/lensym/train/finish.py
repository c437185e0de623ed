"""From a trained network to a model folder: temperature and shift detector from validation data, model card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

import lensym
from lensym.data.loader import Batch
from lensym.data.source import TrainingData
from lensym.evaluation.calibration import fit_temperature
from lensym.evaluation.metrics import accuracy, macro_auc
from lensym.models.checkpoint import Model, ModelConfig, save_model
from lensym.models.classifier import Classifier
from lensym.models.cost import gflop, parameters
from lensym.models.registry import entry
from lensym.models.shift import ShiftDetector
from lensym.train.augment import displaced
from lensym.train.options import TrainOptions

SHIFT_IMAGES = 6000
"""Training images from which the shift detector learns."""


def write_model(
    network: Classifier,
    data: TrainingData,
    options: TrainOptions,
    start: ModelConfig | None,
    history: list[dict[str, Any]],
    folder: Path,
) -> ModelConfig:
    """Calibrate the network on validation images and write its model folder.

    What it is calibrated on is displaced as its training images were; its figures are of the images as they are.
    ``start`` belongs to the weights that training started from, if not from chance; ``history`` has a row an epoch.
    """
    network.eval()
    device = next(network.parameters()).device
    manifest = data.manifest
    shift = ShiftDetector(network.image_size, network.head.in_features, len(manifest.classes))
    torch.manual_seed(options.seed)
    sample = jittered(data.train_sample(SHIFT_IMAGES), options.jitter)
    features, _, profiles, labels = outputs(network, shift, sample, device)
    shift.fit(features, profiles, labels)
    validation = jittered(data.val_dataloader(), options.jitter)
    features, logits, profiles, labels = outputs(network, shift, validation, device)
    shift.calibrate(features, profiles)
    temperature = fit_temperature(logits.double().numpy(), labels.numpy())
    if options.jitter:
        _, logits, _, labels = outputs(network, shift, data.val_dataloader(), device)
    probabilities = (logits.double() / temperature).softmax(1).numpy()
    config = ModelConfig(
        architecture=options.model,
        group=entry(options.model).group,
        classes=manifest.classes,
        image_size=manifest.image_size,
        channels=manifest.channels,
        pixel_scale=data.pixel_scale,
        temperature=temperature,
        width=options.width,
        stretch=network.brightness.stretch,
        rms=network.brightness.rms,
        data=_data_facts(data),
        training={
            "lensym_version": lensym.__version__,
            "options": asdict(options) | {"init": Path(options.init).name},
            "start": _provenance(start),
            "history": history,
            "validation": {
                "n": len(labels),
                "macro_auc": macro_auc(probabilities, labels.numpy()),
                "accuracy": accuracy(probabilities, labels.numpy()),
            },
        },
    )
    return save_model(Model(network.cpu(), shift), config, folder, model_card(network, config))


def jittered(batches: Iterable[Batch], most: int) -> Iterator[Batch]:
    """Batches with each image displaced by up to ``most`` pixels."""
    return ((displaced(images, most), labels) for images, labels in batches)


@torch.inference_mode()
def outputs(
    network: Classifier, shift: ShiftDetector, batches: Iterable[Batch], device: torch.device
) -> tuple[Float[Tensor, "n f"], Float[Tensor, "n k"], Float[Tensor, "n p"], Int[Tensor, " n"]]:
    """Features, logits, radial profiles and labels of all batches, on the CPU; images are not kept."""
    parts = []
    for images, labels in batches:
        features = network.features(images.to(device))
        logits = network.head(features)
        parts.append((features.float().cpu(), logits.float().cpu(), shift.profile(images), labels))
    features, logits, profiles, labels = (torch.cat(p) for p in zip(*parts, strict=True))
    return features, logits, profiles, labels


def model_card(network: Classifier, config: ModelConfig) -> str:
    """The model card in Markdown."""
    data, training = config.data, config.training
    validation = training["validation"]
    sizes = "; ".join(f"{split}: {sum(c.values())}" for split, c in data["splits"].items())
    commands = ", then ".join(f"`{command}`" for command in _commands(data, training))
    shape = f"{config.channels} x {config.image_size} x {config.image_size}"
    exactness = "exactly, on the pixel grid" if entry(config.architecture).exact else "approximately"
    return f"""# {config.architecture}, trained on {data["recipe"]} ({data["variant"]})

Classifies an image of a strong gravitational lens by its dark matter substructure: {", ".join(config.classes)}.
The logits are invariant under {config.group} ({exactness}).

| | |
|---|---|
| input | {shape} px of {config.pixel_scale} arcsec, lens in the middle |
| cost | {parameters(network)} parameters, {gflop(network):.4f} GFLOP an image |
| training data | recipe {data["recipe"]}, variant {data["variant"]}, seed {data["seed"]}, images {sizes} |
{_data_row(data)}
| command | {commands} |
| validation | n {validation["n"]}, macro AUC {validation["macro_auc"]:.5f}, accuracy {validation["accuracy"]:.4f} |
| temperature | {config.temperature:.4f}, fitted on validation images |

Limits: trained on simulations of one smooth lens model without lens-galaxy light. A probability is a statement about
images of that kind; for others the out-of-distribution score, calibrated so that one validation image in a hundred
exceeds 1, says so. Figures on validation images chose the epoch; for a test result run `lensym evaluate`.
"""


def _data_facts(data: TrainingData) -> dict[str, Any]:
    manifest = data.manifest
    return {
        "recipe": manifest.recipe,
        "variant": manifest.variant,
        "seed": manifest.seed,
        "splits": {split: dict(counts) for split, counts in manifest.splits.items()},
        data.sha256_name: data.sha256,
    }


def _provenance(start: ModelConfig | None) -> dict[str, Any] | None:
    """Hash, data and training of the weights that training started from."""
    if start is None:
        return None
    return {"weights_sha256": start.weights_sha256, "data": dict(start.data), "training": dict(start.training)}


def _data_row(data: Mapping[str, Any]) -> str:
    """The row of the card that says which bytes or parameters the images were."""
    if _is_fresh(data):
        return f"| recipe's parameters | sha256 {data['parameters_sha256']}; each image was shown once |"
    return f"| data manifest | sha256 {data['manifest_sha256']} |"


def _is_fresh(data: Mapping[str, Any]) -> bool:
    return "parameters_sha256" in data


def _commands(data: Mapping[str, Any], training: Mapping[str, Any]) -> list[str]:
    """The training commands in their order, those of the weights that were started from first."""
    given = {key: value for key, value in training["options"].items() if value not in ("", None)}
    flags = " ".join(f"--{key.replace('_', '-')} {str(value).lower()}" for key, value in given.items())
    paths = "RUN --recipe RUN/recipe.yaml" if _is_fresh(data) else "DATA RUN"
    start = training.get("start")
    return [*(_commands(start["data"], start["training"]) if start else []), f"lensym train {paths} {flags}"]
