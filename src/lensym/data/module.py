"""A data set on disk as batches for training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64, Int64
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, Sampler, Subset

from lensym.data.loader import Batch, Loader, make_loader, whole
from lensym.data.source import TrainingData
from lensym.data.target import Target, learn_target, values_of
from lensym.errors import InputError, require_count
from lensym.store import DatasetFolder, SplitView, manifest_digest

MEMORY_SHARE = 0.4
"""A split that needs less than this part of the free memory is read once and kept."""

_SPLITS = "the splits train and val"
_READ_AT_ONCE = 512
"""Images."""


class SplitImages(Dataset[Batch]):
    """Images (float32) and labels of one split, fetched a whole batch at a time.

    With ``targets`` (N, T) for every image of the split they stand in the place of the labels, and images without
    finite ones are left out; with ``only``, those of other classes.
    """

    def __init__(
        self, view: SplitView, targets: Float64[np.ndarray, "n t"] | None = None, only: str | None = None
    ) -> None:
        self.view = view
        taken = np.ones(len(view), bool) if targets is None else np.isfinite(targets).all(axis=1)
        if only is not None:
            taken &= view.labels == view.classes.index(only)
        self.rows = np.flatnonzero(taken)
        answers = view.labels[self.rows] if targets is None else targets[self.rows].astype(np.float32)
        self.labels = torch.from_numpy(answers)
        self._kept: NDArray[np.generic] | None = None

    @property
    def in_memory(self) -> bool:
        """Whether everything was read."""
        return self._kept is not None

    def keep_in_memory(self) -> SplitImages:
        """Read everything now if it fits; reading at random from a disk slows training several times."""
        if self._kept is None:
            self._kept = kept_in_memory(self.view, self.rows)
        return self

    def rms(self) -> float:
        """Root mean square of all pixels of all images."""
        rows = self.rows
        parts = np.array_split(rows, max(1, len(self) // _READ_AT_ONCE))
        squares = sum(np.square(self.view.images(part), dtype=np.float64).mean((1, 2, 3)).sum() for part in parts)
        return float(np.sqrt(squares / len(self)))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Batch:
        images, labels = self.__getitems__([index])
        return images[0], labels[0]

    def __getitems__(self, indices: Sequence[int]) -> Batch:
        """Images (n, C, H, W) and labels (n,) at ``indices``."""
        rows = np.asarray(indices)
        images = self.view.images(self.rows[rows]) if self._kept is None else self._kept[rows]
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
        return iter(self.order(self.epoch).tolist())

    def order(self, epoch: int) -> Int64[np.ndarray, " n"]:
        """The permutation of an epoch."""
        return np.random.default_rng([self.seed, epoch]).permutation(self.length)


class LensData(TrainingData):
    """Train and validation batches of a data set; the test split is never touched.

    ``workers`` processes read splits that are not kept in memory; they change nothing in the batches. With ``target``,
    a truth column, the images that have it are shown, with it in the place of the class; with ``only`` those of a
    class.

    Raises InputError where there is one class alone, a class has no images in one of the two, or no pixel scale; with a
    target, where the column is not there, is constant, or has no values in one of the two.
    """

    sha256_name = "manifest_sha256"
    numbered_in = "the split train"

    def __init__(
        self, folder: str | Path, batch_size: int, seed: int, workers: int = 0, target: str = "", only: str = ""
    ) -> None:
        super().__init__()
        self.source = {"data": str(folder)}
        self.folder = DatasetFolder.open(folder)
        self.manifest = self.folder.manifest
        if self.manifest.pixel_scale is None:
            raise InputError(
                "a data set with a pixel scale", f"{self.folder.path} without one", "import it with --pixel-scale"
            )
        self.pixel_scale, self.sha256 = self.manifest.pixel_scale, manifest_digest(folder)
        self.batch_size, self.seed, self.workers = require_count("batch_size", batch_size), seed, workers
        self.target: Target | None = None
        if target:
            self.train, self.val = self._with_targets(target)
            seen = np.unique(self.train.view.labels[self.train.rows])
            self.classes = tuple(self.manifest.classes[label] for label in seen)
        elif only:
            self.train, self.val = (self._of_class(only, name) for name in ("train", "val"))
            self.classes = (only,)
        else:
            self._require_classes()
            self.classes = self.manifest.classes
            self.train, self.val = (SplitImages(self.folder.split(name)) for name in ("train", "val"))
        self._sampler = EpochSampler(len(self.train), seed)

    def _require_classes(self) -> None:
        """Refuse one class alone, or one without images in a split."""
        if len(self.manifest.classes) < 2:
            raise InputError(
                "a data set of two classes or more, to tell them apart",
                f"{self.folder.path} with '{self.manifest.classes[0]}' alone",
                "take one of another variant, or with more --classes",
            )
        for split in ("train", "val"):
            for name in self.manifest.classes:
                if not self.manifest.splits.get(split, {}).get(name):
                    raise self._lacking(f"images of every class in {_SPLITS}", f"no '{name}' in {split}")

    def _with_targets(self, column: str) -> tuple[SplitImages, SplitImages]:
        """Images that have a truth column, with its values."""
        for split in ("train", "val"):
            if not sum(self.manifest.splits.get(split, {}).values()):
                raise self._lacking(f"images in {_SPLITS}", f"none in {split}")
        train, val = self.folder.split("train"), self.folder.split("val")
        place = f"the split train of '{self.folder.path}'"
        self.target, values = learn_target(train.truth, column, self.pixel_scale, place)
        others = values_of(val.truth, column, f"the split val of '{self.folder.path}'")
        if not np.isfinite(others).any():
            raise self._lacking(f"values of '{column}' in {_SPLITS}", "none in val")
        encoded = self.target.encoded
        return SplitImages(train, encoded(values)), SplitImages(val, encoded(others))

    def _of_class(self, name: str, split: str) -> SplitImages:
        """Images of one class in a split."""
        if not self.manifest.splits.get(split, {}).get(name):
            raise self._lacking(f"images of '{name}' in {_SPLITS}, which alone are shown", f"none in {split}")
        return SplitImages(self.folder.split(split), only=name)

    def _lacking(self, needed: str, got: str) -> InputError:
        remedy = "simulate more, with --split train=.8,val=.1,test=.1"
        return InputError(needed, f"{got} of {self.folder.path}", remedy)

    def setup(self, stage: str) -> None:
        """Read the splits into memory where they fit."""
        self.train.keep_in_memory()
        self.val.keep_in_memory()

    def train_dataloader(self) -> DataLoader[Batch]:
        """Shuffled batches of one size (the rest of an epoch is left out)."""
        return self._loader(self.train, batch_size=self._train_size, sampler=self._sampler, drop_last=True)

    def val_dataloader(self) -> DataLoader[Batch]:
        """All validation images in order."""
        return self._loader(self.val, batch_size=self.batch_size)

    def begin_at(self, epoch: int) -> None:
        """As for all data."""
        self._sampler.set_epoch(epoch)

    def train_rows(self, epoch: int, batch: int) -> Int64[np.ndarray, " n"]:
        """Numbers in the split ``train`` of the images of a batch."""
        order = self._sampler.order(epoch)[batch * self._train_size : (batch + 1) * self._train_size]
        rows: Int64[np.ndarray, " n"] = self.train.rows[order]
        return rows

    @property
    def _train_size(self) -> int:
        return min(self.batch_size, len(self.train))

    def train_sample(self, count: int) -> DataLoader[Batch]:
        """At most ``count`` training images, evenly spaced, so that every class is there."""
        rows = np.linspace(0, len(self.train) - 1, min(len(self.train), count)).astype(int).tolist()
        return DataLoader(Subset(self.train, rows), self.batch_size, collate_fn=whole)

    def rms(self) -> float:
        """Root mean square of all pixels of the split ``train``."""
        return self.train.rms()

    def _loader(self, images: SplitImages, **options: Any) -> Loader:
        return make_loader(images, self.seed, 0 if images.in_memory else self.workers, collate_fn=whole, **options)


def kept_in_memory(view: SplitView, rows: Int64[np.ndarray, " n"]) -> NDArray[np.generic] | None:
    """The images at ``rows`` as they are stored, where the memory is enough for them, or else None."""
    needed = len(rows) * int(np.prod(view.image_shape)) * view.dtype.itemsize
    return view.images(rows) if needed < MEMORY_SHARE * free_memory() else None


def free_memory() -> float:
    """Bytes that may be used without swapping; where the system does not say, a cautious 2 GB."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable"):
                return float(line.split()[1]) * 1024
    except OSError:
        pass
    return 2e9
