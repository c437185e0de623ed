"""Which image goes into which split: none on both sides, and none whose mirror image is on the other."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lensym.data.importing.draft import Taken
from lensym.data.importing.item import Refused
from lensym.simulation.plan import STORED_SPLITS, share_out

LEAK = "an image that no later split has"

_LATER = STORED_SPLITS[::-1]
"""Splits from the last: what one of them has, an earlier one must not have."""


@dataclass(frozen=True)
class Divided:
    """Images with a split each, and those that would have been in two."""

    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]


def divide(taken: Sequence[Taken], fractions: Mapping[str, float], seed: int, asked: bool) -> Divided:
    """Give every image its split.

    The layout's own splits stay as they are, unless a division is asked for: then their training images are shared out
    between it and the splits that the layout lacks. Without splits all images are shared out.

    Parameters
    ----------
    fractions
        Of the images in each split.
    asked
        Whether the fractions were asked for, and are not the default.
    """
    own = {image.item.split for image in taken if image.item.split}
    if own:
        taken = [image if image.item.split else _into("train", image) for image in taken]
    kept, refused = _without_leaks(taken)
    if own and not asked:
        return Divided(tuple(kept), tuple(refused))
    lacking = {name: share for name, share in fractions.items() if name == "train" or name not in own}
    total = sum(lacking.values())
    if not total:
        return Divided(tuple(kept), tuple(refused))
    shared = _share({name: share / total for name, share in lacking.items()}, kept, seed)
    return Divided(tuple(shared), tuple(refused))


def _without_leaks(taken: Sequence[Taken]) -> tuple[list[Taken], list[Refused]]:
    """Leave out of each split what a later one has, so that the published test set stays whole."""
    holder = {image.digest: image for split in reversed(_LATER) for image in taken if image.item.split == split}
    kept, refused = [], []
    for image in taken:
        other = holder.get(image.digest, image).item
        if other.split == image.item.split:
            kept.append(image)
        else:
            refused.append(Refused(image.item, LEAK, f"'{other}' of {other.split} is the same, or turned or mirrored"))
    return kept, refused


def _share(fractions: Mapping[str, float], taken: Iterable[Taken], seed: int) -> Iterator[Taken]:
    """Share out the images that are in no split but perhaps ``train``, class by class."""
    taken = list(taken)
    split_of: dict[str, str] = {}
    free = defaultdict(list)
    for image in taken:
        if image.item.split in (None, "train"):
            free[image.item.class_name].append(image.digest)
    for digests in free.values():
        _share_class(digests, fractions, seed, split_of)
    for image in taken:
        yield _into(split_of[image.digest], image) if image.digest in split_of else image


def _share_class(digests: Sequence[str], fractions: Mapping[str, float], seed: int, split_of: dict[str, str]) -> None:
    """Note a split for each digest; all images of one digest go together."""
    left = share_out(len(digests), fractions)
    copies: dict[str, int] = defaultdict(int)
    for digest in digests:
        copies[digest] += 1
    for digest in sorted(copies, key=lambda digest: (digest not in split_of, _rank(digest, seed))):
        split = split_of.setdefault(digest, _roomiest(left))
        left[split] -= copies[digest]


def _roomiest(left: Mapping[str, int]) -> str:
    """The split that is furthest from full."""
    return max(left, key=lambda name: left[name])


def _rank(digest: str, seed: int) -> str:
    """A random place that depends on seed and image alone."""
    return hashlib.sha256(f"{seed} {digest}".encode()).hexdigest()


def _into(split: str, image: Taken) -> Taken:
    return replace(image, item=replace(image.item, split=split))
