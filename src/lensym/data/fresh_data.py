"""Images simulated while a network trains, as batches for a training of a given length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, Sampler

from lensym.data.fresh import FreshBatches, labels_of
from lensym.data.loader import Batch, make_loader, whole
from lensym.data.module import MEMORY_SHARE, free_memory
from lensym.data.source import TrainingData
from lensym.data.target import Target, learn_target, values_of
from lensym.errors import InputError, LensymError, UsageError, require_count
from lensym.simulation.images import simulate_block, stack_truth
from lensym.simulation.plan import choose_classes
from lensym.simulation.recipe import Recipe
from lensym.simulation.run import manifest_of
from lensym.simulation.scene import check_seed, draw_scene
from lensym.store.folder import stack_tables


class FreshData(TrainingData):
    """Training images that are simulated and seen once, and validation images that are simulated once and kept.

    The training images are the first of :class:`lensym.data.fresh.FreshImages`, an epoch after the other. The
    validation images are those of the split ``val`` of a data set on disk with the same recipe and seed.

    Parameters
    ----------
    recipe
        What to simulate.
    images
        To train on, altogether; what does not fill a batch of each epoch is left out.
    val_images
        To validate with, as many of each class.
    epochs
        Equal parts of the training, each of which ends with a validation.
    workers
        Processes that simulate training images; 0 for this one. They change nothing in the batches.
    target
        Truth column to show in the place of the class; images are then of the classes that have it.
    only
        The one class to show.

    Raises
    ------
    UsageError
        Where there is one class alone, less than a batch an epoch, no validation image of each class, or not the
        memory for them.
    """

    sha256_name = "parameters_sha256"
    numbered_in = "the fresh images"

    def __init__(
        self,
        recipe: Recipe,
        images: int,
        val_images: int,
        epochs: int,
        batch_size: int,
        seed: int,
        workers: int = 0,
        target: str = "",
        only: str = "",
    ) -> None:
        super().__init__()
        self.batch_size = batch_size = require_count("batch_size", batch_size)
        self.classes, self.target = recipe.classes, None
        if target:
            self.classes, self.target = _with_target(recipe, target, check_seed(seed))
        elif only:
            self.classes = choose_classes(recipe, (only,))
        elif len(recipe.classes) < 2:
            raise UsageError(
                "a recipe of two classes or more, to tell them apart",
                f"{recipe.name} ({recipe.variant}) with '{recipe.classes[0]}' alone",
                "take another variant or recipe",
            )
        self.recipe, self.seed, self.workers = recipe, check_seed(seed), workers
        self.steps = images // (epochs * batch_size)
        self._shown = self.steps * epochs * batch_size
        self._val_each = val_images // len(self.classes)
        self._require_images(images, val_images, epochs)
        self.pixel_scale, self.sha256 = recipe.pixel_scale, recipe.digest()
        self.source = {"recipe": recipe.name, "variant": recipe.variant}
        shown = np.bincount(labels_of(0, self._shown, len(self.classes), seed), minlength=len(self.classes))
        self.manifest = manifest_of(
            recipe,
            self.classes,
            {
                "train": dict(zip(self.classes, shown.tolist(), strict=True)),
                "val": dict.fromkeys(self.classes, self._val_each),
            },
            seed,
        )
        self._positions = Positions(self.steps, batch_size)
        self._val: KeptBatches | None = None

    def setup(self, stage: str) -> None:
        """Simulate the validation images."""
        self._val = self._val or self._simulated("val", self._val_each)

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of an epoch, each image of which comes once."""
        batches = FreshBatches(self.recipe, self.classes, self.batch_size, self.seed, self.target)
        return make_loader(batches, self.seed, self.workers, batch_size=None, sampler=self._positions, collate_fn=whole)

    def val_dataloader(self) -> DataLoader[Any]:
        """All validation images in order."""
        assert self._val is not None
        return DataLoader(self._val, batch_size=None, collate_fn=whole)

    def on_before_batch_transfer(self, batch: Batch | LensymError, dataloader_idx: int) -> Batch:
        """Raise what stopped a worker: from there, torch would not let it out whole."""
        if isinstance(batch, LensymError):
            raise batch
        return batch

    def begin_at(self, epoch: int) -> None:
        """As for all data."""
        self._positions.set_epoch(epoch)

    def train_rows(self, epoch: int, batch: int) -> Int64[np.ndarray, " n"]:
        """Places of the images of a batch in the sequence of :class:`lensym.data.fresh.FreshImages`."""
        return self._positions.first(epoch) + batch * self.batch_size + np.arange(self.batch_size)

    def train_sample(self, count: int) -> DataLoader[Any]:
        """The first training images of each class, together about ``count`` of those shown."""
        return DataLoader(self._sample(count), batch_size=None, collate_fn=whole)

    def rms(self) -> float:
        """Root mean square of the pixels of the first 6 000 training images."""
        images = self._sample(_RMS_IMAGES).images
        return float(np.sqrt(np.mean([np.square(image, dtype=np.float64).mean() for image in images])))

    def _sample(self, count: int) -> KeptBatches:
        return self._simulated("train", -(-min(count, self._shown) // len(self.classes)))

    def _simulated(self, split: str, each: int) -> KeptBatches:
        """The first ``each`` images of every class in a split."""
        blocks = [simulate_block(self.recipe, name, split, 0, each, self.seed) for name in self.classes]
        images = np.concatenate([block.images for block in blocks])
        if self.target is None:
            return KeptBatches(images, np.repeat(np.arange(len(blocks)), each), self.batch_size)
        values = np.concatenate([values_of(block.truth, self.target.column, self.recipe.name) for block in blocks])
        return KeptBatches(images, self.target.encoded(values).astype(np.float32), self.batch_size)

    def _require_images(self, images: int, val_images: int, epochs: int) -> None:
        """Refuse numbers of images that no training can have."""
        if not self.steps:
            least = f"{epochs * self.batch_size}, a batch of {self.batch_size} for each epoch"
            raise UsageError(f"--images of at least {least}", str(images), "mend the options")
        if not self._val_each:
            raise UsageError("--val-images for each class of the recipe", str(val_images), "give more")
        recipe = self.recipe
        size = val_images * recipe.channels * recipe.image_size**2 * np.dtype(recipe.dtype).itemsize
        if size > MEMORY_SHARE * free_memory():
            raise UsageError("--val-images that fit into the memory", f"{val_images} ({size:.1e} bytes)", "give less")


_RMS_IMAGES = 6000


_LEARNED = 512
"""Scenes of each class that a target's mean and spread are learned from."""


def _with_target(recipe: Recipe, column: str, seed: int) -> tuple[tuple[str, ...], Target]:
    """The classes of a recipe that have a truth column, and the target; learned from scenes that are drawn only."""
    tables = {
        name: stack_truth([draw_scene(recipe, name, "train", i, seed).truth for i in range(_LEARNED)])
        for name in recipe.classes
    }
    place = f"recipe {recipe.name} ({recipe.variant})"
    truth = stack_tables(list(tables.values()), [_LEARNED] * len(tables))
    target, values = learn_target(truth, column, recipe.pixel_scale, place)
    known = np.isfinite(values).reshape(len(tables), _LEARNED).all(axis=1)
    classes = tuple(name for name, has in zip(tables, known, strict=True) if has)
    if not classes:
        raise InputError(f"a class of {place} whose every image has '{column}'", "none", "choose another target")
    return classes, target


class Positions(Sampler[int]):
    """Where the batches of an epoch begin (Lightning calls :meth:`set_epoch`)."""

    def __init__(self, steps: int, size: int) -> None:
        self.steps, self.size, self.epoch = steps, size, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch."""
        self.epoch = epoch

    def first(self, epoch: int) -> int:
        """Where an epoch begins."""
        return epoch * self.steps * self.size

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[int]:
        first = self.first(self.epoch)
        return iter(range(first, first + self.steps * self.size, self.size))


class KeptBatches(Dataset[Batch]):
    """Images (N, C, H, W) in the type in which they would be stored, a batch at a time."""

    def __init__(self, images: NDArray[Any], labels: NDArray[Any], size: int) -> None:
        self.images, self.labels, self.size = images, labels, size

    def __len__(self) -> int:
        return -(-len(self.labels) // self.size)

    def __getitem__(self, number: int) -> Batch:
        rows = slice(number * self.size, (number + 1) * self.size)
        return torch.from_numpy(self.images[rows].astype(np.float32)), torch.from_numpy(self.labels[rows])
