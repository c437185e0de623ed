"""Classification: cross-entropy on logits, macro AUC and accuracy on the validation images."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor
from torch.nn import functional as F

from lensym.evaluation.calibration import fit_temperature
from lensym.evaluation.metrics import accuracy, macro_auc
from lensym.evaluation.reliability import Reliability
from lensym.train.task import Task


class Classification(Task):
    """Which class an image is of."""

    scores: ClassVar[tuple[str, ...]] = ("val_auc", "val_accuracy")
    best, highest = "val_auc", True

    def loss(self, outputs: Tensor, answers: Tensor) -> Tensor:
        """Cross-entropy of logits (N, K) for labels (N,)."""
        return F.cross_entropy(outputs, answers)

    def figures(self, outputs: Tensor, answers: Tensor) -> dict[str, float]:
        """Loss, macro AUC and accuracy."""
        return {
            "val_loss": float(F.cross_entropy(outputs, answers)),
            "val_auc": macro_auc(outputs.softmax(1).numpy(), answers.numpy()),
            "val_accuracy": float((outputs.argmax(1) == answers).float().mean()),
        }

    def said(self, figures: dict[str, float]) -> str:
        """Macro AUC and accuracy."""
        return f"macro AUC {figures['val_auc']:.4f}  accuracy {figures['val_accuracy']:.3f}"

    def finished(self, outputs: Tensor, answers: Tensor, seen: Tensor) -> dict[str, Any]:
        """The temperature, and figures of calibrated probabilities, with how often each was right."""
        labels = answers.numpy()
        temperature = fit_temperature(outputs.double().numpy(), labels)
        probabilities = (seen.double() / temperature).softmax(1).numpy()
        figures = {"macro_auc": macro_auc(probabilities, labels), "accuracy": accuracy(probabilities, labels)}
        kept = {"reliability": Reliability.count(probabilities, labels).plain()}
        return {"temperature": temperature, "answer": None, "validation": {"n": len(labels), **figures, **kept}}

    def groups(self, answers: Tensor) -> Tensor:
        """The labels."""
        return answers
