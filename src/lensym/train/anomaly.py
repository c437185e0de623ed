"""Anomaly: what images without substructure look like, learned from them alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from torch import Tensor

from lensym.evaluation.anomaly import fit_answer
from lensym.models.classifier import Classifier
from lensym.models.detectors import Detector
from lensym.train.task import Task


class Anomaly(Task):
    """How strange an image is; the network's outputs while training are losses, otherwise scores."""

    scores = ()
    best, highest = "val_loss", False

    def loss(self, outputs: Tensor, answers: Tensor) -> Tensor:
        """Mean of the losses (N, 1)."""
        return outputs.mean()

    def figures(self, outputs: Tensor, answers: Tensor) -> dict[str, float]:
        """The mean of the first score, how badly images come back."""
        return {"val_loss": float(outputs[:, 0].double().mean())}

    def said(self, figures: dict[str, float]) -> str:
        """Nothing beside the loss."""
        return "of images without substructure"

    def finished(self, outputs: Tensor, answers: Tensor, seen: Tensor) -> dict[str, Any]:
        """Mean and spread of each score on validation images, and the threshold of their mean."""
        answer = fit_answer(outputs.double().numpy())
        figures = {"n": len(outputs), "threshold": answer.threshold}
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(answer).items()}
        return {"temperature": 1.0, "answer": plain, "validation": figures}

    def learn(self, network: Classifier, images: Iterable[Tensor]) -> None:
        """Find how badly training images come back, or for a one-class machine the support of their codes."""
        assert isinstance(network, Detector)
        network.calibrate(images)
