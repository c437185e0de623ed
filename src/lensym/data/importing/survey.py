"""Everything that must be known of a source before the first image is written: each is read once and judged."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from lensym.data.importing.checks import DTYPES
from lensym.data.importing.draft import Taken, drafts, finish, in_batches
from lensym.data.importing.item import Refused
from lensym.data.importing.plan import Plan
from lensym.data.importing.source import Source
from lensym.errors import InputError

Progress = Callable[[int, int], None]

KEPT = 2**29
"""Bytes of images that stay in memory between survey and writing; further ones are read again."""

_MOST_WAITING = 3
"""Batches whose sums are not made yet."""

_SAME_SCALE = 0.01
"""Relative difference of two pixel scales that are the same."""


@dataclass(frozen=True)
class Survey:
    """The images of a source, those that are good and those that are not."""

    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]


def survey(source: Source, plan: Plan, progress: Progress) -> Survey:
    """Read and judge every image of a plan; a bad one does not stop the others.

    Sums are made in a thread of their own, while the next files are read.
    """
    taken: list[Taken] = []
    refused = list(plan.refused)
    with ThreadPoolExecutor(1) as summer:
        waiting: deque[Future[list[Taken | Refused]]] = deque()
        for batch in in_batches(drafts(source, plan, KEPT)):
            waiting.append(summer.submit(finish, batch))
            if len(waiting) > _MOST_WAITING:
                _collect(waiting.popleft().result(), taken, refused)
                progress(len(taken) + len(refused) - len(plan.refused), len(plan.items))
        for last in waiting:
            _collect(last.result(), taken, refused)
    progress(len(plan.items), len(plan.items))
    return Survey(tuple(taken), tuple(refused))


def _collect(judged: Iterable[Taken | Refused], taken: list[Taken], refused: list[Refused]) -> None:
    for image in judged:
        if isinstance(image, Taken):
            taken.append(image)
        else:
            refused.append(image)


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
