"""What differs between tasks: loss, figures on validation images, and how answers turn; the step is the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from torch import Tensor

from lensym.models.classifier import Classifier


class Task(ABC):
    """One question asked of images.

    Attributes
    ----------
    scores
        Keys of :meth:`figures` that a run's log has beside the losses.
    best
        The figure that chooses the epoch.
    highest
        Whether the largest ``best`` is chosen, or else the smallest.
    """

    scores: ClassVar[tuple[str, ...]]
    best: ClassVar[str]
    highest: ClassVar[bool]

    @abstractmethod
    def loss(self, outputs: Tensor, answers: Tensor) -> Tensor:
        """Mean loss of a batch: outputs of the network, and labels (N,) or targets (N, T)."""

    @abstractmethod
    def figures(self, outputs: Tensor, answers: Tensor) -> dict[str, float]:
        """``val_loss`` and the scores of all validation images."""

    def unlabelled_figures(self, outputs: Tensor) -> dict[str, float]:
        """Scores of validation images without answers, where a training has such."""
        return {}

    def turned(self, answers: Tensor, element: int) -> Tensor:
        """What the answers become when the images are turned by an element of D4, see `augment.random_d4`."""
        return answers

    @abstractmethod
    def said(self, figures: dict[str, float]) -> str:
        """The scores of an epoch in words."""

    @abstractmethod
    def finished(self, outputs: Tensor, answers: Tensor, seen: Tensor) -> dict[str, Any]:
        """What a model's config gets from validation images: ``temperature``, ``answer`` and figures as ``validation``.

        ``outputs`` are of images varied as the training images were, ``seen`` of the images as they are.
        """

    def learn(self, network: Classifier, images: Iterable[Tensor]) -> None:  # noqa: B027
        """Fit what is not learned by steps, on batches (N, C, H, W) of training images."""

    def groups(self, answers: Tensor) -> Tensor:
        """The class (N,) of each image, for the shift detector; one for all where there are none."""
        return answers.new_zeros(len(answers)).long()
