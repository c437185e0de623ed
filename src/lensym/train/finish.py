"""From a trained network to a model folder: answers and shift detector calibrated on validation data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import lensym
from lensym.data.loader import Batch
from lensym.data.source import TrainingData
from lensym.models.checkpoint import Model, save_model
from lensym.models.classifier import Classifier
from lensym.models.model_config import ModelConfig, group_of
from lensym.models.shift import ShiftDetector
from lensym.simulation.origin import origin
from lensym.train.card import model_card
from lensym.train.options import ANOMALY, TrainOptions
from lensym.train.outputs import SHIFT_IMAGES, Outputs, jittered, outputs, without_answers
from lensym.train.task import Task


@dataclass(frozen=True)
class Adapted:
    """What a training with images without labels leaves beside the network: facts, and batches of such images."""

    facts: Mapping[str, Any]
    sample: Iterable[Tensor]
    val: Iterable[Tensor]


def write_model(
    network: Classifier,
    data: TrainingData,
    options: TrainOptions,
    task: Task,
    start: ModelConfig | None,
    history: list[dict[str, Any]],
    folder: Path,
    adapted: Adapted | None = None,
) -> ModelConfig:
    """Calibrate the network's answers to its task on validation images and write its model folder.

    What it is calibrated on is displaced as its training images were; its figures are of the images as they are.
    ``start`` belongs to the weights that training started from, if not from chance; ``history`` has a row an epoch. The
    shift detector of an ``adapted`` network knows the images without labels too.
    """
    network.eval()
    device = next(network.parameters()).device
    manifest = data.manifest
    torch.manual_seed(options.seed)
    shift = ShiftDetector(network.image_size, network.feature_count, 1 if data.target else len(data.classes))

    def sample() -> Iterable[Batch]:
        return jittered(data.train_sample(SHIFT_IMAGES), options.jitter)

    learned = outputs(network, shift, sample(), device)
    task.learn(network, (images for images, _ in sample()))
    if adapted:
        learned = learned.joined(_unlabelled(adapted.sample, network, shift))
    shift.fit(learned.features, learned.profiles, task.groups(learned.answers))
    validation = outputs(network, shift, jittered(data.val_dataloader(), options.jitter), device)
    limits = validation.joined(_unlabelled(adapted.val, network, shift)) if adapted else validation
    shift.calibrate(limits.features, limits.profiles)
    model = Model(network.cpu(), shift)
    varied = validation.outputs
    if options.task == ANOMALY:
        varied = model.with_density(validation.features, varied, validation.profiles)
    seen = outputs(network, shift, data.val_dataloader(), torch.device("cpu")).outputs if options.jitter else varied
    found = task.finished(varied, validation.answers, seen)
    config = ModelConfig(
        architecture=options.model,
        group=group_of(options.question, options.model),
        classes=data.classes,
        image_size=manifest.image_size,
        channels=manifest.channels,
        pixel_scale=data.pixel_scale,
        temperature=found["temperature"],
        task=options.question,
        answer=found["answer"],
        width=options.width,
        stretch=network.brightness.stretch,
        rms=network.brightness.rms,
        smooth_fit={"recipe": manifest.recipe, "parameters": manifest.parameters} if manifest.smooth_fit else None,
        data=_data_facts(data),
        training={
            "lensym_version": lensym.__version__,
            "options": asdict(options) | {name: Path(getattr(options, name)).name for name in ("init", "adapt_to")},
            "start": _provenance(start),
            "history": history,
            "validation": found["validation"],
            **({"adapted": dict(adapted.facts)} if adapted else {}),
        },
    )
    return save_model(model, config, folder, model_card(network, config))


def _unlabelled(batches: Iterable[Tensor], network: Classifier, shift: ShiftDetector) -> Outputs:
    """What the network gives for images without labels, each with the class that it is answered with."""
    found = outputs(network, shift, without_answers(batches), next(network.parameters()).device)
    return found._replace(answers=found.outputs.argmax(1))


def _data_facts(data: TrainingData) -> dict[str, Any]:
    manifest = data.manifest
    return {
        **origin(manifest),
        "splits": {split: dict(counts) for split, counts in manifest.splits.items()},
        data.sha256_name: data.sha256,
        **({"smooth_fit": manifest.smooth_fit} if manifest.smooth_fit else {}),
    }


def _provenance(start: ModelConfig | None) -> dict[str, Any] | None:
    """Hash, data and training of the weights that training started from."""
    if start is None:
        return None
    return {"weights_sha256": start.weights_sha256, "data": dict(start.data), "training": dict(start.training)}
