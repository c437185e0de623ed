"""Two data sets side by side: one with labels to learn from, and one without, whose images shall be answered too."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Subset

from lensym.data.fresh_data import Positions
from lensym.data.loader import Batch, make_loader, whole
from lensym.data.module import EpochSampler, LensData, kept_in_memory
from lensym.data.source import TrainingData
from lensym.errors import InputError
from lensym.store import DatasetFolder, Manifest, SplitView, manifest_digest

LEAST = 10
"""Images of the data set without labels, in each of the two splits."""

PairedBatch = tuple[Tensor, Tensor, Tensor]
"""Images with labels (n, C, H, W), their labels (n,), and images without (n, C, H, W)."""

_READ_AT_ONCE = 512
_OWN_STREAM = 1 << 32
"""Keeps the order of the images without labels apart from that of the others."""


class UnlabelledImages(Dataset[Tensor]):
    """Images (float32) of one split, fetched a whole batch at a time; their labels are neither read nor handed out.

    They come in an order that is made from their pixels: on disk they stand class by class, and that order would
    depend on labels.
    """

    def __init__(self, view: SplitView) -> None:
        self._view = view
        self.rows = np.argsort(_digests(view), kind="stable")
        self._kept: np.ndarray | None = None

    @property
    def in_memory(self) -> bool:
        """Whether everything was read."""
        return self._kept is not None

    def keep_in_memory(self) -> None:
        """Read everything now if it fits."""
        if self._kept is None:
            self._kept = kept_in_memory(self._view, self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Tensor:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> Float[Tensor, "n c h w"]:
        """Images at ``indices``."""
        places = np.asarray(indices)
        images = self._view.images(self.rows[places]) if self._kept is None else self._kept[places]
        return torch.from_numpy(images.astype(np.float32))


def _digests(view: SplitView) -> Int64[np.ndarray, " n"]:
    """A hash of each image's pixels."""
    digests = []
    for start in range(0, len(view), _READ_AT_ONCE):
        images = view.images(slice(start, start + _READ_AT_ONCE)).astype(np.float32)
        digests += [hashlib.blake2b(image.tobytes(), digest_size=8).digest() for image in images]
    return np.frombuffer(b"".join(digests), "<i8")


class AdaptData(TrainingData):
    """Pairs of batches to train on, and the validation images of both sets; test splits are not touched.

    An epoch is a pass over the images with labels, in the batches of `LensData`. Those without come pass after pass of
    their own, one running into the next.

    Raises
    ------
    InputError
        Where the two have other image sizes, channels, pixel scales or classes, or the one without labels has fewer
        than `LEAST` images in a split; and as `LensData`.
    """

    sha256_name = LensData.sha256_name
    numbered_in = LensData.numbered_in

    def __init__(self, folder: str | Path, adapt_to: str | Path, batch_size: int, seed: int, workers: int = 0) -> None:
        super().__init__()
        self.labelled = LensData(folder, batch_size, seed, workers)
        self.adapt_to = DatasetFolder.open(adapt_to)
        _require_alike(self.labelled.folder, self.adapt_to)
        for split in ("train", "val"):
            _require_images(self.adapt_to, split)
        known = self.labelled
        self.manifest, self.classes, self.target = known.manifest, known.classes, None
        self.pixel_scale, self.sha256, self.source = known.pixel_scale, known.sha256, known.source
        self.adapt_to_sha256 = manifest_digest(adapt_to)
        self.unlabelled, self.unlabelled_val = (
            UnlabelledImages(self.adapt_to.split(split)) for split in ("train", "val")
        )
        self._pairs = Pairs(self.labelled, self.unlabelled)
        self.steps = len(self._pairs)
        self._positions = Positions(self.steps, 1)

    @property
    def digests(self) -> dict[str, str]:
        """As for all data, and that of the data set without labels."""
        return super().digests | {"data to adapt to": self.adapt_to_sha256}

    @property
    def answered(self) -> LensData:
        """The images with labels."""
        return self.labelled

    def setup(self, stage: str) -> None:
        """Read the splits into memory where they fit."""
        self.labelled.setup(stage)
        self.unlabelled.keep_in_memory()
        self.unlabelled_val.keep_in_memory()

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches (images, labels, images without labels) of one size."""
        workers = 0 if self.labelled.train.in_memory or self.unlabelled.in_memory else self.labelled.workers
        return make_loader(
            self._pairs, self.labelled.seed, workers, batch_size=None, sampler=self._positions, collate_fn=whole
        )

    def val_dataloader(self) -> list[DataLoader[Any]]:
        """Validation images with labels, and those without."""
        return [self.labelled.val_dataloader(), self.batches(self.unlabelled_val)]

    def begin_at(self, epoch: int) -> None:
        """As for all data."""
        self._positions.set_epoch(epoch)

    def train_rows(self, epoch: int, batch: int) -> Int64[np.ndarray, " n"]:
        """Numbers in the split ``train`` of the images with labels of a batch."""
        return self.labelled.train_rows(epoch, batch)

    def shown(self, epoch: int, batch: int) -> list[tuple[Int64[np.ndarray, " n"], str]]:
        """As for all data, and the same for the images without labels."""
        places = self._pairs.unlabelled_places(epoch * self.steps + batch)
        return [*super().shown(epoch, batch), (self.unlabelled.rows[places], f"{self.numbered_in} of --adapt-to")]

    def train_sample(self, count: int) -> Iterable[Batch]:
        """Training images with labels, as `LensData`."""
        return self.labelled.train_sample(count)

    def unlabelled_sample(self, count: int) -> DataLoader[Any]:
        """At most ``count`` training images without labels; their order is random already."""
        return self.batches(Subset(self.unlabelled, range(min(count, len(self.unlabelled)))))

    def batches(self, images: Dataset[Tensor]) -> DataLoader[Any]:
        """Images without labels, in their order."""
        return DataLoader(images, self.labelled.batch_size, collate_fn=whole)

    def rms(self) -> float:
        """Root mean square of the pixels of the training images with labels."""
        return self.labelled.rms()


class Pairs(Dataset[PairedBatch]):
    """The batches of a training by their numbers, epoch after epoch."""

    def __init__(self, labelled: LensData, unlabelled: UnlabelledImages) -> None:
        self.labelled, self.unlabelled = labelled.train, unlabelled
        self.size = min(labelled.batch_size, len(self.labelled))
        self._order = EpochSampler(len(self.labelled), labelled.seed)
        self._other = EpochSampler(len(unlabelled), labelled.seed + _OWN_STREAM)

    def __len__(self) -> int:
        return len(self.labelled) // self.size

    def __getitem__(self, number: int) -> PairedBatch:
        epoch, batch = divmod(number, len(self))
        rows = self._order.order(epoch)[batch * self.size : (batch + 1) * self.size]
        images, labels = self.labelled.__getitems__(rows.tolist())
        return images, labels, self.unlabelled.__getitems__(self.unlabelled_places(number).tolist())

    def unlabelled_places(self, number: int) -> Int64[np.ndarray, " n"]:
        """Where the images without labels of a batch are in their order."""
        passes, places = np.divmod(number * self.size + np.arange(self.size), len(self.unlabelled))
        orders = {k: self._other.order(int(k)) for k in np.unique(passes)}
        return np.array([orders[k][place] for k, place in zip(passes, places, strict=True)], np.int64)


def _require_alike(labelled: DatasetFolder, adapt_to: DatasetFolder) -> None:
    """Refuse two data sets whose images are of another kind, or that say that their classes differ."""
    needed, found = (_in_words(folder.manifest) for folder in (labelled, adapt_to))
    if needed != found:
        raise InputError(
            f"a data set to adapt to with images like those of '{labelled.path}', {needed}",
            f"{found} in '{adapt_to.path}'",
            "resample the images or choose another --adapt-to",
        )
    classes, others = labelled.manifest.classes, adapt_to.manifest.classes
    if len(others) > 1 and set(classes) != set(others):
        raise InputError(
            f"a data set to adapt to with the classes of '{labelled.path}', {', '.join(classes)}, or with one for all",
            f"{', '.join(others)} in '{adapt_to.path}'",
            "choose another --adapt-to",
        )


def _in_words(manifest: Manifest) -> str:
    scale = "pixels of unknown size" if manifest.pixel_scale is None else f"pixels of {manifest.pixel_scale:g} arcsec"
    channels = f"{manifest.channels} channel{'s' * (manifest.channels > 1)}"
    return f"{channels} of {manifest.image_size} x {manifest.image_size} {scale}"


def _require_images(folder: DatasetFolder, split: str) -> None:
    found = sum(folder.manifest.splits.get(split, {}).values())
    if found < LEAST:
        raise InputError(
            f"a data set to adapt to with {LEAST} or more images in each of the splits train and val",
            f"{found} in {split} of '{folder.path}'",
            "make it with --split train=.8,val=.1,test=.1",
        )
