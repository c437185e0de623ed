"""Training within a budget: so many images or so much processor time, whichever ends first.

The schedule of the learning rate must end with the budget, so the time of a step is measured first, on copies of the
network, and sets the number of steps. Their processor time is recorded and may differ from the budget by as much as
that measurement was off.
"""

from __future__ import annotations

import copy
import logging
import statistics
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from lensym.data.module import Batch, EpochSampler, whole
from lensym.models.classifier import Classifier
from lensym.train.classify import Classification
from lensym.train.learner import Learner
from lensym.train.options import TrainOptions

PARTS = 5
"""Looks at the validation images, evenly spaced over the training: the best of these states is kept."""
SMALLEST_BATCH, FEWEST_STEPS = 4, 32
SHARE = 0.97
"""Part of the time that is planned for."""
VALIDATION_SECONDS, FEWEST_VALIDATED = 20.0, 10
"""Processor time that a look may take, but at least for so many images of a class."""


@dataclass(frozen=True)
class Budget:
    """Images shown, counted as often as they are, and seconds of processor time of all steps together."""

    presentations: int
    seconds: float
    batch: int


@dataclass(frozen=True)
class Plan:
    """What of the budget a network can use."""

    batch: int
    steps: int
    validated: int
    """Validation images of each class."""


class Labelled(Dataset[Batch]):
    """Images (N, C, H, W) and labels (N,) in memory, fetched a whole batch at a time."""

    def __init__(self, images: NDArray[Any], labels: NDArray[np.int64]) -> None:
        self.images, self.labels = images, torch.from_numpy(labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitems__(self, indices: Sequence[int]) -> Batch:
        """Images (n, C, H, W) in float32 and labels (n,) at ``indices``."""
        rows = np.asarray(indices)
        return torch.from_numpy(self.images[rows].astype(np.float32)), self.labels[rows]

    def first(self, count: int) -> Labelled:
        """The first ``count`` images of each class."""
        labels = self.labels.numpy()
        rows = np.concatenate([np.flatnonzero(labels == k)[:count] for k in np.unique(labels)])
        return Labelled(self.images[rows], labels[rows])


class PartSampler(EpochSampler):
    """So many images a part, in permutations one after the other: a pure function of the seed and the part."""

    def __init__(self, length: int, seed: int, count: int) -> None:
        super().__init__(length, seed)
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng([self.seed, self.epoch])
        rounds = [rng.permutation(self.length) for _ in range(0, self.count, self.length)]
        return iter(np.concatenate(rounds)[: self.count].tolist())


class Record(L.Callback):
    """Processor time of the steps, and the weights with the highest macro AUC: the rule of ``lensym train``."""

    def __init__(self) -> None:
        self.seconds, self.images = 0.0, 0
        self.aucs: list[float] = []
        self.best: dict[str, Tensor] = {}
        self._start = 0.0

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Start the clock."""
        self._start = time.process_time()

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Stop the clock."""
        self.seconds += time.process_time() - self._start
        self.images += len(batch[1])

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Keep the weights if they are the best so far."""
        assert isinstance(pl_module, Learner)
        self.aucs.append(pl_module.figures["val_auc"])
        if self.aucs[-1] > max(self.aucs[:-1], default=-1.0):
            self.best = copy.deepcopy(pl_module.network.state_dict())


def make_plan(network: Classifier, train: Labelled, val: Labelled, budget: Budget) -> Plan:
    """Measure, and choose the number of steps; a slow network gets smaller batches, so that there are some steps."""
    batch = SMALLEST_BATCH
    seconds = step_seconds(network, train, batch)
    while batch < budget.batch and 2 * seconds * FEWEST_STEPS <= budget.seconds:
        batch *= 2
        seconds = step_seconds(network, train, batch)
    steps = min(budget.presentations // batch, int(SHARE * budget.seconds / seconds))
    return Plan(batch, max(1, steps), affordable(network, val, VALIDATION_SECONDS, FEWEST_VALIDATED))


def step_seconds(network: Classifier, train: Labelled, batch: int, least: float = 1.0) -> float:
    """Processor time of one training step: the median of some, after a first one."""
    module = copy.deepcopy(network).train()
    optimizer = torch.optim.AdamW(module.parameters())
    images, labels = train.__getitems__(range(batch))
    times: list[float] = []
    while len(times) < 2 or sum(times[1:]) < least:
        start = time.process_time()
        optimizer.zero_grad()
        F.cross_entropy(module(images), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        times.append(time.process_time() - start)
    return statistics.median(times[1:])


def affordable(network: Classifier, images: Labelled, seconds: float, least: int) -> int:
    """How many images of each class to classify: what takes so much processor time, at least ``least``, at most all."""
    frozen = copy.deepcopy(network).eval()
    pixels, _ = images.__getitems__(range(SMALLEST_BATCH))
    start = time.process_time()
    with torch.inference_mode():
        classes = frozen(pixels).shape[1]
    each = (time.process_time() - start) / SMALLEST_BATCH
    return min(int(images.labels.bincount().max()), max(least, int(seconds / each / classes)))


def train_within(
    network: Classifier, options: TrainOptions, train: Labelled, val: Labelled, plan: Plan
) -> tuple[Classifier, Record]:
    """Train by the plan; the network has the best weights then, and is in training mode still."""
    L.seed_everything(options.seed, verbose=False)
    parts = min(PARTS, plan.steps)
    record = Record()
    trainer = _trainer(parts, record)
    sampler = PartSampler(len(train), options.seed, plan.steps // parts * plan.batch)
    batches = DataLoader(train, plan.batch, sampler=sampler, collate_fn=whole)
    looks = DataLoader(val.first(plan.validated), plan.batch, collate_fn=whole)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice of Lightning on workers, and its own use of torch
        trainer.fit(Learner(network, options, Classification()), batches, looks)
    network.load_state_dict(record.best)
    return network, record


def _trainer(parts: int, record: Record) -> L.Trainer:
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    return L.Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=parts,
        callbacks=[record],
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
        num_sanity_val_steps=0,
    )
