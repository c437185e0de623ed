"""Images simulated while a network trains: none is seen twice, and none touches the disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

import numpy as np
import torch
from jaxtyping import Int64
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from lensym.data.loader import Batch
from lensym.data.target import Target, values_of
from lensym.errors import LensymError, UsageError, require_count
from lensym.simulation.images import simulate_block
from lensym.simulation.plan import choose_classes
from lensym.simulation.recipe import Recipe
from lensym.simulation.scene import check_seed, generator

_SPLIT = "train"
_SHUFFLED = 256
"""Images of each class in a run of images that is shuffled: the classes are balanced over every such run."""


class FreshImages(IterableDataset[Batch]):
    """Batches of images (n, C, H, W), float32, and labels (n,), without end.

    Image ``i`` of a class is that of the split ``train`` of a data set on disk with the same recipe and seed, so none
    is ever one of its ``val`` or ``test``. Which image stands where depends on the seed and the position alone.

    Parameters
    ----------
    recipe
        What to simulate; :func:`lensym.simulation.recipe.load_recipe` gives it.
    batch_size
        Images in a batch.
    seed
        Of the images and their order.
    workers
        Processes that simulate; 0 for this one. They change nothing in the batches.
    position
        Images to leave out: where to go on.
    classes
        Some of the recipe's classes; None for all. A label is a place among them.

    Attributes
    ----------
    position
        Images handed out so far. A loader that fetches ahead is ahead of what was trained on: give a resumed training
        the steps that it took times ``batch_size``.

    Examples
    --------
    >>> from lensym.simulation.recipe import load_recipe
    >>> fresh = FreshImages(load_recipe("model_1"), batch_size=4, seed=1)
    >>> images, labels = next(iter(fresh))
    >>> images.shape, labels.tolist(), fresh.position
    (torch.Size([4, 1, 150, 150]), [1, 1, 2, 1], 4)
    """

    def __init__(
        self,
        recipe: Recipe,
        batch_size: int,
        seed: int = 0,
        workers: int = 0,
        position: int = 0,
        classes: Iterable[str] | None = None,
    ) -> None:
        names = choose_classes(recipe, classes)
        self._batches = FreshBatches(recipe, names, require_count("batch_size", batch_size), check_seed(seed))
        if workers < 0 or position < 0:
            raise UsageError("workers and position of 0 or more", f"{workers} and {position}", "mend them")
        self.workers, self.position = workers, position

    @property
    def classes(self) -> tuple[str, ...]:
        """Names in the order of the labels."""
        return self._batches.classes

    def __iter__(self) -> Iterator[Batch]:
        if get_worker_info() is not None:
            raise UsageError(
                "a loader without workers: FreshImages has its own",
                "one with num_workers above 0, each of which would give the same images",
                "give FreshImages(workers=...)",
            )
        starts = count(self.position, self._batches.size)
        loader = DataLoader(self._batches, batch_size=None, sampler=starts, num_workers=self.workers)
        for batch in loader:
            if isinstance(batch, LensymError):
                raise batch
            self.position += self._batches.size
            yield batch


class FreshBatches(Dataset[Batch | LensymError]):
    """The batch that begins at any position of the sequence of :class:`FreshImages`.

    With a target, which every class has, its values (n, T), float32, stand in the place of the labels.
    """

    def __init__(
        self, recipe: Recipe, classes: tuple[str, ...], size: int, seed: int, target: Target | None = None
    ) -> None:
        self.recipe, self.classes, self.size, self.seed, self.target = recipe, classes, size, seed, target

    def __getitem__(self, position: int) -> Batch | LensymError:
        """A refusal is returned: from a worker, torch would not let it out whole."""
        try:
            return self._simulate(position)
        except LensymError as error:
            return error

    def _simulate(self, position: int) -> Batch:
        run = len(self.classes) * _SHUFFLED
        inside = position % run
        labels = labels_of(position - inside, position + self.size, len(self.classes), self.seed)
        earlier, labels = labels[:inside], labels[inside:]
        images = np.empty((self.size, self.recipe.channels, *2 * (self.recipe.image_size,)), np.float32)
        values = np.empty(self.size)
        for label, name in enumerate(self.classes):
            first = position // run * _SHUFFLED + int((earlier == label).sum())
            places = labels == label
            block = simulate_block(self.recipe, name, _SPLIT, first, int(places.sum()), self.seed)
            images[places] = block.images
            if self.target is not None and places.any():
                values[places] = values_of(block.truth, self.target.column, f"recipe {self.recipe.name}")
        if self.target is not None:
            return torch.from_numpy(images), torch.from_numpy(self.target.encoded(values).astype(np.float32))
        return torch.from_numpy(images), torch.from_numpy(labels)


def labels_of(start: int, stop: int, classes: int, seed: int) -> Int64[np.ndarray, " n"]:
    """Labels from position ``start``, where a run begins, to ``stop``: in every run the classes in random order."""
    run = classes * _SHUFFLED
    streams = [generator(0, _SPLIT, k, seed, stream=2) for k in range(start // run, -(-stop // run))]
    return np.concatenate([np.argsort(stream.random(run)) % classes for stream in streams])[: stop - start]
