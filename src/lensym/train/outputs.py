"""What a network gives for whole sets of images, for what is fitted when it has learned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from lensym.data.loader import Batch
from lensym.models.classifier import Classifier
from lensym.models.shift import ShiftDetector
from lensym.train.augment import displaced

SHIFT_IMAGES = 6000
"""Training images from which the shift detector learns."""


def jittered(batches: Iterable[Batch], most: int) -> Iterator[Batch]:
    """Batches with each image displaced by up to ``most`` pixels."""
    return ((displaced(images, most), labels) for images, labels in batches)


def without_answers(batches: Iterable[Tensor]) -> Iterator[Batch]:
    """Batches of images alone, with -1 in the place of each label."""
    return ((images, images.new_full((len(images),), -1).long()) for images in batches)


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
