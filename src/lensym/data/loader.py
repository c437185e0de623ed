"""Batches, and the loader whose workers make them. Without Lightning, which a worker would take long to import."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from lensym.simulation.pool import starting_workers

Batch = tuple[Tensor, Tensor]
"""Images (n, C, H, W), float32, and labels (n,), or targets (n, T), float32."""


class Loader(DataLoader[Any]):
    """A loader whose workers leave signals to this process and do not run its main module."""

    def __iter__(self) -> Any:
        with starting_workers():
            return super().__iter__()


def make_loader(images: Any, seed: int, workers: int, **options: Any) -> Loader:
    """A loader whose workers live from epoch to epoch; options are those of torch's."""
    return Loader(
        images,
        generator=torch.Generator().manual_seed(seed),  # the global one belongs to the training steps
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,  # a fork would hold the run's lock beyond its end
        persistent_workers=workers > 0,
        **options,
    )


def whole(batch: Any) -> Any:
    """A batch comes whole from its data set; there is nothing left to put together."""
    return batch
