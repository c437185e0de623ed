"""Images as they are judged: read and measured first, then summed, which may be done elsewhere."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lensym.data.importing.checks import narrowest_dtype, require_image, smallest_copy
from lensym.data.importing.item import Item, Loaded, Open, Read, Refused
from lensym.data.importing.plan import Plan
from lensym.data.importing.source import Source
from lensym.errors import InputError, LensymError

_SMALL = 2**24
"""Bytes of a file that is read at once."""
_BATCH = 2**22
"""Bytes to sum in one batch."""


@dataclass(frozen=True)
class Taken:
    """An image that is good: what it is, and the sha256 of its file.

    Parameters
    ----------
    digest
        The same for all eight turned and mirrored copies of an image, and for no other image.
    kept
        The image as ``dtype``; None if it has to be read again.
    """

    item: Item
    shape: tuple[int, ...]
    dtype: str
    digest: str
    file_sha256: str
    truth: Mapping[str, float]
    beside: str
    pixel_scale: float | None
    kept: NDArray[np.generic] | None = field(default=None, repr=False, compare=False)


class FileBytes:
    """A file and its sha256, made when it is asked for; of a large one at once, without its bytes."""

    def __init__(self, path: Path) -> None:
        with path.open("rb", buffering=0) as file:
            self.content = file.read() if os.fstat(file.fileno()).st_size <= _SMALL else None
            if self.content is None:
                self.__dict__["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()

    @cached_property
    def sha256(self) -> str:
        """In hex."""
        return hashlib.sha256(self.content or b"").hexdigest()


@dataclass(frozen=True)
class Draft:
    """An image that is good, before the sums; ``smallest`` is what its digest is of."""

    item: Item
    image: Loaded
    dtype: str
    smallest: bytes
    file: FileBytes
    kept: NDArray[np.generic] | None

    @property
    def weight(self) -> int:
        """Bytes to sum."""
        return len(self.smallest) + len(self.file.content or b"")


def drafts(source: Source, plan: Plan, room: int) -> Iterator[Draft | Refused]:
    """Read and judge every image of a plan; the first ``room`` bytes of images are kept."""
    for file, items in groupby(plan.items, key=lambda item: item.file):
        for judged in _judge_file(source, file, list(items), plan.open):
            if isinstance(judged, Draft) and judged.kept is not None:
                room -= judged.kept.nbytes
            yield judged if room >= 0 or isinstance(judged, Refused) else replace(judged, kept=None)


def _judge_file(source: Source, file: str, items: Sequence[Item], open_file: Open) -> Iterator[Draft | Refused]:
    try:
        with source.local(file) as path:
            yield from _judge_open(file, path, items, open_file)
    except OSError as error:
        yield from (Refused(item, "a readable file", error.strerror or str(error)) for item in items)
    except InputError as error:
        yield from (Refused(item, error.needed, error.got) for item in items)


def _judge_open(file: str, path: Path, items: Sequence[Item], open_file: Open) -> Iterator[Draft | Refused]:
    whole = FileBytes(path)
    try:
        with open_file(file, path, whole.content) as read:
            for item in items:
                yield _judge(path, item, read, whole)
    except LensymError as error:
        yield from (_refused(path, item, error) for item in items)


def _judge(path: Path, item: Item, read: Read, file: FileBytes) -> Draft | Refused:
    try:
        image = read(item)
        dtype = narrowest_dtype(image.pixels, require_image(image.pixels))
    except LensymError as error:
        return _refused(path, item, error)
    narrow = np.ascontiguousarray(image.pixels, dtype)
    return Draft(item, image, dtype, smallest_copy(narrow, dtype), file, narrow)


def _refused(path: Path, item: Item, error: LensymError) -> Refused:
    return Refused(item, error.needed, error.got.replace(str(path), item.file))


def in_batches(judged: Iterable[Draft | Refused]) -> Iterator[list[Draft | Refused]]:
    """Images together whose bytes to sum make it worth to hand them over."""
    batch: list[Draft | Refused] = []
    weight = 0
    for image in judged:
        batch.append(image)
        weight += image.weight if isinstance(image, Draft) else 1
        if weight > _BATCH:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def finish(batch: Iterable[Draft | Refused]) -> list[Taken | Refused]:
    """Make the sums of a batch."""
    return [_taken(image) if isinstance(image, Draft) else image for image in batch]


def _taken(draft: Draft) -> Taken:
    image = draft.image
    digest = hashlib.sha256(draft.smallest).hexdigest()
    sha256 = draft.file.sha256
    shape = image.pixels.shape
    return Taken(
        draft.item, shape, draft.dtype, digest, sha256, image.truth, image.beside, image.pixel_scale, draft.kept
    )
