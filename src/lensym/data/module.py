"""A data set on disk as batches for training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from lensym.errors import InputError
from lensym.store import DatasetFolder, SplitView

MEMORY_SHARE = 0.4
"""A split that needs less than this part of the free memory is read once and kept."""

Batch = tuple[Tensor, Tensor]


class SplitImages(Dataset[Batch]):
    """Images (float32) and labels of one split, fetched a whole batch at a time."""

    def __init__(self, view: SplitView) -> None:
        self.view = view
        self.labels = torch.from_numpy(view.labels)
        self._kept: NDArray[np.generic] | None = None

    def keep_in_memory(self) -> SplitImages:
        """Read everything now if it fits; reading at random from a disk slows training several times."""
        needed = len(self.view) * int(np.prod(self.view.image_shape)) * self.view.dtype.itemsize
        if self._kept is None and needed < MEMORY_SHARE * _free_memory():
            self._kept = self.view.images(slice(None))
        return self

    def __len__(self) -> int:
        return len(self.view)

    def __getitem__(self, index: int) -> Batch:
        images, labels = self.__getitems__([index])
        return images[0], labels[0]

    def __getitems__(self, indices: Sequence[int]) -> Batch:
        """Images (n, C, H, W) and labels (n,) at ``indices``."""
        rows = np.asarray(indices)
        images = self.view.images(rows) if self._kept is None else self._kept[rows]
        return torch.from_numpy(images.astype(np.float32)), self.labels[torch.from_numpy(rows)]


class EpochSampler(Sampler[int]):
    """A permutation that is a pure function of the seed and the epoch (Lightning calls :meth:`set_epoch`)."""

    def __init__(self, length: int, seed: int) -> None:
        self.length, self.seed, self.epoch = length, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch's permutation."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[int]:
        return iter(np.random.default_rng([self.seed, self.epoch]).permutation(self.length).tolist())


class LensData(L.LightningDataModule):
    """Train and validation batches of a data set; the test split is never touched.

    Raises InputError where there is one class alone, a class has no images in one of the two, or no pixel scale.
    """

    def __init__(self, folder: str | Path, batch_size: int, seed: int) -> None:
        super().__init__()
        self.folder = DatasetFolder.open(folder)
        self.manifest = self.folder.manifest
        if self.manifest.pixel_scale is None:
            raise InputError(
                "a data set with a pixel scale", f"{self.folder.path} without one", "import it with --pixel-scale"
            )
        if len(self.manifest.classes) < 2:
            raise InputError(
                "a data set of two classes or more, to tell them apart",
                f"{self.folder.path} with '{self.manifest.classes[0]}' alone",
                "take one of another variant, or with more --classes",
            )
        self.pixel_scale = self.manifest.pixel_scale
        self.batch_size, self.seed = batch_size, seed
        for split in ("train", "val"):
            counts = self.manifest.splits.get(split, {})
            for name in self.manifest.classes:
                if not counts.get(name):
                    raise InputError(
                        "images of every class in the splits train and val",
                        f"no '{name}' in {split} of {self.folder.path}",
                        "simulate more, with --split train=.8,val=.1,test=.1",
                    )
        self.train = SplitImages(self.folder.split("train"))
        self.val = SplitImages(self.folder.split("val"))

    def setup(self, stage: str) -> None:
        """Read the splits into memory where they fit."""
        self.train.keep_in_memory()
        self.val.keep_in_memory()

    def train_dataloader(self) -> DataLoader[Batch]:
        """Shuffled batches of one size (the rest of an epoch is left out)."""
        sampler = EpochSampler(len(self.train), self.seed)
        size = min(self.batch_size, len(self.train))
        return DataLoader(self.train, size, sampler=sampler, collate_fn=whole, drop_last=True)

    def val_dataloader(self) -> DataLoader[Batch]:
        """All validation images in order."""
        return DataLoader(self.val, self.batch_size, collate_fn=whole)


def whole(batch: Any) -> Any:
    """A batch is fetched whole by ``__getitems__``; there is nothing left to put together."""
    return batch


def _free_memory() -> float:
    """Bytes that may be used without swapping; where the system does not say, a cautious 2 GB."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable"):
                return float(line.split()[1]) * 1024
    except OSError:
        pass
    return 2e9
