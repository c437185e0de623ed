"""What a training needs of its images, wherever they come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import lightning as L
import numpy as np
from jaxtyping import Int64
from torch.utils.data import DataLoader

from lensym.data.loader import Batch
from lensym.data.target import Target
from lensym.store import Manifest


class TrainingData(L.LightningDataModule, ABC):
    """Batches to train on and to validate with. What is in one depends on the seed, the epoch and its number alone.

    Attributes
    ----------
    manifest
        Facts about the images; those that are not stored have no shards.
    classes
        Those that images are shown of, in the order of the labels.
    target
        What the second part of a batch is, (n, T); None for labels (n,).
    pixel_scale
        Arcsec per pixel.
    sha256
        Of the data set's manifest or the recipe's parameters: the data, in a word.
    sha256_name
        What it is called in a model's ``config.json``.
    source
        What the options call the data.
    numbered_in
        What :meth:`train_rows` counts.
    """

    manifest: Manifest
    classes: tuple[str, ...]
    target: Target | None
    pixel_scale: float
    sha256: str
    sha256_name: str
    source: dict[str, str]
    numbered_in: str

    @property
    def digests(self) -> dict[str, str]:
        """Hash of everything that is read, by its name: a resumed training must find the same."""
        return {"data": self.sha256}

    @property
    def answered(self) -> TrainingData:
        """The images whose answers are known."""
        return self

    @abstractmethod
    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of one size."""

    @abstractmethod
    def val_dataloader(self) -> Any:
        """All validation images in order, or several such loaders."""

    @abstractmethod
    def begin_at(self, epoch: int) -> None:
        """Make the first training batches those of an epoch: Lightning asks for them before it knows where it is."""

    @abstractmethod
    def train_rows(self, epoch: int, batch: int) -> Int64[np.ndarray, " n"]:
        """Numbers of the images of a training batch."""

    def shown(self, epoch: int, batch: int) -> list[tuple[Int64[np.ndarray, " n"], str]]:
        """Of each part of a training batch that has images their numbers, and what these count."""
        return [(self.train_rows(epoch, batch), self.numbered_in)]

    @abstractmethod
    def train_sample(self, count: int) -> Iterable[Batch]:
        """Batches of about ``count`` training images, or of all if there are fewer, each class among them."""

    @abstractmethod
    def rms(self) -> float:
        """Root mean square of the pixels of the training images."""
