"""Answers on many images in parts, which processes of this machine or the workers of a cluster take."""

from __future__ import annotations

import socket
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial

import torch
from threadpoolctl import threadpool_limits

from lensym import __version__
from lensym.apply.catalogue import TOGETHER, Images, Reading, answer_part
from lensym.apply.files import FileFailure, FilePrediction
from lensym.apply.predictor import Predictor, load
from lensym.errors import UsageError
from lensym.simulation.pool import Executor, available_cores, run_tasks

Results = tuple[FilePrediction | FileFailure, ...]

_WORTH_A_PROCESS = 8
"""Parts that take longer to answer than a process takes to start."""


@dataclass(frozen=True)
class Part:
    """Some of the images, the first of them number ``start``."""

    start: int
    images: Images


@dataclass(frozen=True)
class AnsweredPart:
    """The answers on a part."""

    start: int
    results: Results


@dataclass(frozen=True)
class PartAnswerer:
    """Answers on any part, in whatever process.

    Parameters
    ----------
    model, device
        Name or folder of the network, and where it computes.
    weights_sha256, version
        Of the network and the lensym of the process that asks.
    reading
        How the images are read.
    """

    model: str
    device: str
    weights_sha256: str
    reading: Reading
    version: str = __version__

    @classmethod
    def like(cls, predictor: Predictor, reading: Reading) -> PartAnswerer:
        """What answers as ``predictor`` does."""
        return cls(predictor.name, predictor.device.type, predictor.config.weights_sha256, reading)

    def __call__(self, part: Part) -> AnsweredPart:
        """Answer on a part.

        Raises
        ------
        UsageError
            If this is another version of lensym, or finds other weights.
        """
        predictor = _loaded(self.model, self.device)
        self._require_same(predictor.config.weights_sha256)
        with _one_thread():
            return AnsweredPart(part.start, tuple(answer_part(predictor, part.images, self.reading)))

    def _require_same(self, weights_sha256: str) -> None:
        asked, found = ((self.version, self.weights_sha256), (__version__, weights_sha256))
        if asked != found:
            raise UsageError(
                f"lensym {self.version} and the weights {self.weights_sha256[:12]} on every worker",
                f"lensym {__version__} and {weights_sha256[:12]} on '{socket.gethostname()}'",
                "install the same version and put the model on a disk that all machines share",
            )


_loaded = lru_cache(maxsize=1)(load)


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread, for processes share the cores, and threads that wait for each other on busy cores take long."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def parts_of(images: Images, done: Iterable[int] = ()) -> list[Part]:
    """The images in parts of `TOGETHER`, without those whose first image's number is in ``done``."""
    starts = sorted(set(range(0, len(images), TOGETHER)) - set(done))
    return [Part(start, images[start : start + TOGETHER]) for start in starts]


def on_this_machine(images: int, workers: int) -> Executor:
    """Processes of this machine, this one among them: ``workers``, or for 0 one a core, for images enough."""
    worth = images // (TOGETHER * _WORTH_A_PROCESS)
    return partial(run_tasks, workers=workers or min(available_cores(), max(1, worth)), take_part=True)


def in_order(parts: Generator[AnsweredPart, None, None], waiting: Sequence[Part]) -> Iterator[AnsweredPart]:
    """The answers in the order of the parts, each as soon as those before it are there."""
    early: dict[int, AnsweredPart] = {}
    starts = iter([part.start for part in waiting])
    wanted = next(starts, None)
    for part in parts:
        early[part.start] = part
        while wanted in early:
            yield early.pop(wanted)
            wanted = next(starts, None)
