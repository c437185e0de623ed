"""From a trained network to a model folder: answers and shift detector calibrated on validation data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

import lensym
from lensym.data.loader import Batch
from lensym.data.source import TrainingData
from lensym.models.checkpoint import Model, save_model
from lensym.models.classifier import Classifier
from lensym.models.model_config import ModelConfig, group_of
from lensym.models.shift import ShiftDetector
from lensym.train.augment import displaced
from lensym.train.card import model_card
from lensym.train.options import ANOMALY, TrainOptions
from lensym.train.task import Task

SHIFT_IMAGES = 6000
"""Training images from which the shift detector learns."""


def write_model(
    network: Classifier,
    data: TrainingData,
    options: TrainOptions,
    task: Task,
    start: ModelConfig | None,
    history: list[dict[str, Any]],
    folder: Path,
) -> ModelConfig:
    """Calibrate the network's answers to its task on validation images and write its model folder.

    What it is calibrated on is displaced as its training images were; its figures are of the images as they are.
    ``start`` belongs to the weights that training started from, if not from chance; ``history`` has a row an epoch.
    """
    network.eval()
    device = next(network.parameters()).device
    manifest = data.manifest
    torch.manual_seed(options.seed)
    shift = ShiftDetector(network.image_size, network.feature_count, 1 if data.target else len(data.classes))
    sample = jittered(data.train_sample(SHIFT_IMAGES), options.jitter)
    features, _, profiles, answers = outputs(network, shift, sample, device)
    task.learn(network, features)
    shift.fit(features, profiles, task.groups(answers))
    validation = jittered(data.val_dataloader(), options.jitter)
    features, varied, profiles, answers = outputs(network, shift, validation, device)
    shift.calibrate(features, profiles)
    model = Model(network.cpu(), shift)
    if options.task == ANOMALY:
        varied = model.with_density(features, varied, profiles)
    seen = outputs(network, shift, data.val_dataloader(), torch.device("cpu"))[1] if options.jitter else varied
    found = task.finished(varied, answers, seen)
    config = ModelConfig(
        architecture=options.model,
        group=group_of(options.task, options.model),
        classes=data.classes,
        image_size=manifest.image_size,
        channels=manifest.channels,
        pixel_scale=data.pixel_scale,
        temperature=found["temperature"],
        task=options.task,
        answer=found["answer"],
        width=options.width,
        stretch=network.brightness.stretch,
        rms=network.brightness.rms,
        data=_data_facts(data),
        training={
            "lensym_version": lensym.__version__,
            "options": asdict(options) | {"init": Path(options.init).name},
            "start": _provenance(start),
            "history": history,
            "validation": found["validation"],
        },
    )
    return save_model(model, config, folder, model_card(network, config))


def jittered(batches: Iterable[Batch], most: int) -> Iterator[Batch]:
    """Batches with each image displaced by up to ``most`` pixels."""
    return ((displaced(images, most), labels) for images, labels in batches)


@torch.inference_mode()
def outputs(
    network: Classifier, shift: ShiftDetector, batches: Iterable[Batch], device: torch.device
) -> tuple[Float[Tensor, "n f"], Float[Tensor, "n k"], Float[Tensor, "n p"], Tensor]:
    """Features, outputs, radial profiles and answers of all batches, on the CPU; images are not kept."""
    parts = []
    for images, labels in batches:
        features, logits = network.features_and_outputs(images.to(device))
        parts.append((features.float().cpu(), logits.float().cpu(), shift.profile(images), labels))
    features, logits, profiles, labels = (torch.cat(p) for p in zip(*parts, strict=True))
    return features, logits, profiles, labels


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
