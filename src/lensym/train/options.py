"""Options of a training run: plain data without torch, so that ``lensym train --help`` stays fast."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

from lensym.errors import UsageError, require_count, unknown_name

IMAGES, VAL_IMAGES = 90_000, 6000
"""Simulated images of a training from a recipe where nothing else is asked for, of all classes together."""


CLASSIFY, REGRESS, ANOMALY, ADAPT = "classify", "regress", "anomaly", "adapt"
QUESTIONS = (CLASSIFY, REGRESS, ANOMALY)
"""What a network answers, by the names of `lensym.models.heads`, which needs torch."""
TASKS = (*QUESTIONS, ADAPT)
METHODS = ("adda", "adamatch", "self_ensembling", "cgdm", "sinkhorn")
"""Of adapting, by the names of `lensym.train.adapt.registry`."""
NETWORK, DETECTOR = "lensnet", "averaged_autoencoder"
"""The network, and that of an anomaly search, where no other is asked for."""
MASS = "log10_axion_mass"
"""What is learned where no other column is asked for."""


def _option(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


_LEAST = {
    "jitter": 0,
    "epochs": 1,
    "batch_size": 2,
    "threads": 0,
    "workers": 0,
    "seed": 0,
    "images": 1,
    "val_images": 1,
}


@dataclass(frozen=True)
class TrainOptions:
    """How to train; each field is an option of ``lensym train``."""

    model: str = _option("", f"one of lensym models; else {NETWORK}, or an autoencoder")
    width: float = _option(1.0, "factor on the features of every layer")
    init: str = _option("", "weights to start from: a packaged name or a folder")
    new_head: bool = _option(False, "take of --init the encoder alone")
    epochs: int = _option(6, "passes over the training images; of a recipe's, equal parts, each shown once")
    batch_size: int = _option(64, "images a step")
    learning_rate: float = _option(4e-3, "highest rate of the schedule")
    weight_decay: float = _option(1e-2, "weight decay of AdamW")
    augment: bool = _option(True, "random turns and flips of each batch")
    jitter: int = _option(0, "largest random move in x and y, in pixels")
    stretch: str = _option("asinh", "of the pixels: asinh, log or none")
    normalise: str = _option("image", "unit: rms of each image, or of train")
    seed: int = _option(0, "seed of the weights, the order and the augmentation, and of a recipe's images")
    device: str = _option("auto", "auto, cpu or cuda")
    threads: int = _option(0, "CPU threads; 0 takes torch's default")
    workers: int | None = _option(
        None, "processes that simulate, or read images which do not fit into memory; 0: this one; null chooses"
    )
    images: int | None = _option(None, f"images of a recipe to train on; null: {IMAGES}")
    val_images: int | None = _option(None, f"images of a recipe to validate with; null: {VAL_IMAGES}")

    task: str = _option(CLASSIFY, ", ".join(TASKS))
    target: str = _option("", f"truth column to regress on; else {MASS}")
    adapt_to: str = _option("", f"data set for --task {ADAPT}, whose labels are not read")
    method: str = _option("", f"of --task {ADAPT}: {', '.join(METHODS)}")

    @property
    def question(self) -> str:
        """What the finished network answers."""
        return CLASSIFY if self.task == ADAPT else self.task

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise UsageError(f"--task {', '.join(TASKS)}", f"'{self.task}'", "choose one of them")
        self._check_adaptation()
        if self.new_head and not self.init:
            raise UsageError("--new-head with --init, whose encoder it takes", "no --init", "leave it out")
        if self.target and self.task != REGRESS:
            raise UsageError(f"--target with --task {REGRESS}", f"--task {self.task}", "leave one of them out")
        self._check_counts()
        if self.seed >= 2**32:
            raise UsageError("--seed below 2^32", str(self.seed), "mend the option")
        if not 0 < self.width < math.inf:
            raise UsageError("--width above 0", str(self.width), "mend the option")
        if not 0 < self.learning_rate < 1:
            raise UsageError("--learning-rate between 0 and 1", str(self.learning_rate), "mend the option")
        if not 0 <= self.weight_decay < math.inf:
            raise UsageError("--weight-decay of 0 or more", str(self.weight_decay), "mend the option")
        for key, known in (("stretch", ("asinh", "log", "none")), ("normalise", ("image", "train"))):
            if getattr(self, key) not in known:
                raise UsageError(f"--{key} {' or '.join(known)}", f"'{getattr(self, key)}'", "choose one of them")
        if self.device not in {"auto", "cpu", "cuda"}:
            raise UsageError("--device auto, cpu or cuda", f"'{self.device}'", "choose one of them")

    def _check_counts(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name in _LEAST and not (value is None and f.default is None):
                count = require_count(f"--{f.name.replace('_', '-')}", value, _LEAST[f.name])
                object.__setattr__(self, f.name, count)

    def _check_adaptation(self) -> None:
        for name, value in (("--adapt-to", self.adapt_to), ("--method", self.method)):
            if value and self.task != ADAPT:
                raise UsageError(f"{name} with --task {ADAPT}", f"--task {self.task}", "leave one of them out")
            if self.task == ADAPT and not value:
                raise UsageError(f"--task {ADAPT} with {name}", "none", "give it")
        if self.method and self.method not in METHODS:
            raise unknown_name("--method", self.method, METHODS)


@dataclass(frozen=True)
class FinetuneOptions:
    """How to go on with trained weights; each field is an option of ``lensym finetune`` and one of `TrainOptions`."""

    epochs: int = _option(20, "passes over the training images")
    batch_size: int = _option(32, "images a step")
    learning_rate: float = _option(1e-3, "highest rate of the schedule")
    weight_decay: float = _option(1e-2, "weight decay of AdamW")
    augment: bool = _option(True, "random turns and flips of each batch")
    jitter: int = _option(0, "largest random move in x and y, in pixels")
    seed: int = _option(0, "seed of a new head, the order and the augmentation")
    device: str = _option("auto", "auto, cpu or cuda")
    threads: int = _option(0, "CPU threads; 0 takes torch's default")
    task: str = _option("", f"what to learn: {', '.join(QUESTIONS)}; else what the model answers")
    target: str = _option("", f"truth column to regress on; else the model's own, or {MASS}")

    def __post_init__(self) -> None:
        if self.task not in ("", *QUESTIONS):
            raise UsageError(f"--task {', '.join(QUESTIONS)}", f"'{self.task}'", "choose one of them")
