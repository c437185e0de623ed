"""What a network gives for whole sets of images, for what is fitted when it has learned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from lensym.data.loader import Batch
from lensym.models.classifier import Classifier
from lensym.models.shift import ShiftDetector
from lensym.train.augment import displaced

SHIFT_IMAGES = 6000
"""Training images from which the shift detector learns."""


class Outputs(NamedTuple):
    """What a network gives for images, and their answers or labels; on the CPU."""

    features: Float[Tensor, "n f"]
    outputs: Float[Tensor, "n k"]
    profiles: Float[Tensor, "n p"]
    answers: Tensor

    def joined(self, other: Outputs) -> Outputs:
        """These, and those of other images behind them."""
        return Outputs(*(torch.cat(pair) for pair in zip(self, other, strict=True)))


def jittered(batches: Iterable[Batch], most: int) -> Iterator[Batch]:
    """Batches with each image displaced by up to ``most`` pixels."""
    return ((displaced(images, most), labels) for images, labels in batches)


def without_answers(batches: Iterable[Tensor]) -> Iterator[Batch]:
    """Batches of images alone, with -1 in the place of each label."""
    return ((images, images.new_full((len(images),), -1).long()) for images in batches)


@torch.inference_mode()
def outputs(network: Classifier, shift: ShiftDetector, batches: Iterable[Batch], device: torch.device) -> Outputs:
    """Features, outputs, radial profiles and answers of all batches; images are not kept."""
    parts = []
    for images, answers in batches:
        features, found = network.features_and_outputs(images.to(device))
        parts.append((features.float().cpu(), found.float().cpu(), shift.profile(images), answers))
    return Outputs(*(torch.cat(part) for part in zip(*parts, strict=True)))
