"""Regression: a number or an axis with its variance, by the Gaussian negative log-likelihood."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from lensym.data.target import Target
from lensym.evaluation.regression import (
    LEVEL,
    LOG_VARIANCE,
    Answer,
    errors,
    estimates_of,
    fit_answer,
)
from lensym.train.task import Task


class Regression(Task):
    """How large a truth column is, or how an axis lies."""

    scores = ("val_mae", "val_rmse")
    best, highest = "val_loss", False

    def __init__(self, target: Target) -> None:
        self.target = target
        t = target
        self.answer = Answer(t.column, t.axis, t.mean, t.scale, t.short_from)

    def loss(self, outputs: Float[Tensor, "n k"], answers: Float[Tensor, "n t"]) -> Tensor:
        """Negative log-likelihood of targets (N, T) under mean (N, T) and one log variance, less a constant."""
        log_variance = outputs[:, -1:].clamp(-LOG_VARIANCE, LOG_VARIANCE)
        squared = (outputs[:, :-1] - answers).square() * torch.exp(-log_variance)
        return (squared + log_variance).sum(1).mean() / 2

    def figures(self, outputs: Tensor, answers: Tensor) -> dict[str, float]:
        """Loss, and in the column's unit the mean and the root mean square error."""
        error = self._errors(outputs, answers)
        return {
            "val_loss": float(self.loss(outputs, answers)),
            "val_mae": float(np.abs(error).mean()),
            "val_rmse": float(np.sqrt(np.mean(error**2))),
        }

    def turned(self, answers: Float[Tensor, "n t"], element: int) -> Tensor:
        """An axis turns with the image: a quarter turn changes both signs, a flip that of sin 2 phi."""
        if not self.target.axis:
            return answers
        sign = -1.0 if element % 2 else 1.0
        return answers * answers.new_tensor([sign, -sign if element >= 4 else sign])

    def said(self, figures: dict[str, float]) -> str:
        """Both errors."""
        unit = " degrees" if self.target.axis else ""
        return f"mean error {figures['val_mae']:.4g}{unit}  root mean square {figures['val_rmse']:.4g}{unit}"

    def finished(self, outputs: Tensor, answers: Tensor, seen: Tensor) -> dict[str, Any]:
        """The calibrated answer, and the errors of the images as they are."""
        answer = fit_answer(_numpy(outputs), self._truth(answers), self.answer)
        said = estimates_of(_numpy(seen), answer)
        size = np.abs(errors(said.value, self._truth(answers), self.target.axis))
        figures = {"n": len(size), "mae": float(size.mean()), "width": float(2 * said.half_width[LEVEL].mean())}
        return {"temperature": 1.0, "answer": asdict(answer), "validation": figures}

    def _errors(self, outputs: Tensor, answers: Tensor) -> Float64[np.ndarray, " n"]:
        value = estimates_of(_numpy(outputs), self.answer).value
        return errors(value, self._truth(answers), self.target.axis)

    def _truth(self, answers: Float[Tensor, "n t"]) -> Float64[np.ndarray, " n"]:
        """Targets (N, T) in the column's unit."""
        encoded = _numpy(answers)
        if self.target.axis:
            return np.asarray(np.rad2deg(np.arctan2(encoded[:, 1], encoded[:, 0])) / 2 % 180)
        return np.asarray(self.target.mean + self.target.scale * encoded[:, 0])


def _numpy(outputs: Tensor) -> Float64[np.ndarray, "n k"]:
    return outputs.double().numpy()
