"""Everything that must be known of a source before the first image is written: each is read once and judged."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from lensym.data.importing.checks import DTYPES, canonical_digest, narrowest_dtype, require_image
from lensym.data.importing.item import Item, Loaded, Open, Read, Refused
from lensym.data.importing.plan import Plan
from lensym.data.importing.source import Source
from lensym.errors import InputError, LensymError

Progress = Callable[[int, int], None]

_SAME_SCALE = 0.01
"""Relative difference of two pixel scales that are the same."""


@dataclass(frozen=True)
class Taken:
    """An image that is good: what it is, and the sha256 of its file.

    Parameters
    ----------
    digest
        The same for all eight turned and mirrored copies of an image, and for no other image.
    """

    item: Item
    shape: tuple[int, ...]
    dtype: str
    digest: str
    file_sha256: str
    truth: Mapping[str, float]
    beside: str
    pixel_scale: float | None


@dataclass(frozen=True)
class Survey:
    """The images of a source, those that are good and those that are not."""

    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]


def survey(source: Source, plan: Plan, progress: Progress) -> Survey:
    """Read and judge every image of a plan; a bad one does not stop the others."""
    taken: list[Taken] = []
    refused = list(plan.refused)
    for file, items in groupby(plan.items, key=lambda item: item.file):
        for judged in _judge_file(source, file, list(items), plan.open):
            (taken if isinstance(judged, Taken) else refused).append(judged)  # type: ignore[arg-type]
        progress(len(taken) + len(refused) - len(plan.refused), len(plan.items))
    return Survey(tuple(taken), tuple(refused))


def _judge_file(source: Source, file: str, items: Sequence[Item], open_file: Open) -> Iterator[Taken | Refused]:
    try:
        with source.local(file) as path:
            yield from _judge_open(file, path, items, open_file)
    except OSError as error:
        yield from (Refused(item, "a readable file", error.strerror or str(error)) for item in items)
    except InputError as error:
        yield from (Refused(item, error.needed, error.got) for item in items)


def _judge_open(file: str, path: Path, items: Sequence[Item], open_file: Open) -> Iterator[Taken | Refused]:
    sha256 = _sha256(path)
    try:
        with open_file(file, path) as read:
            for item in items:
                yield _judge(path, item, read, sha256)
    except LensymError as error:
        yield from (_refused(path, item, error) for item in items)


def _judge(path: Path, item: Item, read: Read, sha256: str) -> Taken | Refused:
    try:
        image = read(item)
        require_image(image.pixels)
        return _taken(item, image, sha256)
    except LensymError as error:
        return _refused(path, item, error)


def _refused(path: Path, item: Item, error: LensymError) -> Refused:
    return Refused(item, error.needed, error.got.replace(str(path), item.file))


def _taken(item: Item, image: Loaded, sha256: str) -> Taken:
    dtype = narrowest_dtype(image.pixels)
    digest = canonical_digest(image.pixels, dtype)
    return Taken(item, image.pixels.shape, dtype, digest, sha256, image.truth, image.beside, image.pixel_scale)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def one_shape(taken: Iterable[Taken]) -> tuple[int, ...]:
    """The shape (C, H, W) that all images have.

    Raises
    ------
    InputError
        With the number of images of each shape, if there are several or none.
    """
    counts = Counter(image.shape for image in taken)
    if len(counts) == 1:
        return next(iter(counts))
    if not counts:
        raise InputError("an image that can be taken", "none", "see why each was refused")
    words = ", ".join(f"{n} of {' x '.join(map(str, shape))}" for shape, n in counts.most_common())
    raise InputError("images of one size and number of channels", words, "import each size by itself")


def one_dtype(taken: Iterable[Taken]) -> str:
    """The narrowest dtype that holds every image exactly."""
    return max({image.dtype for image in taken}, key=DTYPES.index)


def one_pixel_scale(taken: Iterable[Taken]) -> float | None:
    """The pixel scale that the files give; None where they give none.

    Raises
    ------
    InputError
        If they do not agree, or some give none.
    """
    scales = {image.pixel_scale for image in taken}
    if scales == {None}:
        return None
    said = [scale for scale in scales if scale is not None]
    if None in scales or max(said) > min(said) * (1 + _SAME_SCALE):
        some = ", and some files give none" if None in scales else ""
        got = f"{min(said):g} to {max(said):g} arcsec{some}"
        raise InputError("files of one pixel scale", got, "say it with --pixel-scale, or import each by itself")
    return min(said)
