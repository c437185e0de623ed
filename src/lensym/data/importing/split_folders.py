"""Folders beside those of splits."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from lensym.data.importing.item import Item
from lensym.data.importing.names import LENS_ALIASES
from lensym.data.importing.plan import SPLIT_WORDS, class_label, split_of
from lensym.errors import InputError

Splits = Mapping[PurePosixPath, set[str]]
"""The folders of splits in each folder."""


def require_splits(items: Iterable[Item]) -> None:
    """Refuse images of no split in a folder beside those of splits: in training they might be a leak.

    Folders of classes may stand there, and a folder beside its own test set, ``Model_I`` beside ``Model_I_test``: their
    images are for training.

    Raises
    ------
    InputError
        With the folder's name.
    """
    places = {(PurePosixPath(item.file).parent, item.class_name, item.split) for item in items}
    splits = _splits(folder for folder, _, _ in places)
    strange = {found for folder, name, split in places if split is None for found in _strange(folder, name, splits)}
    if strange:
        first = min(strange)
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        raise InputError(
            f"folders that are called after splits ({', '.join(SPLIT_WORDS)})",
            f"'{first}'{more} beside {', '.join(map(repr, sorted(splits[first.parent])))}",
            "rename it after the split that its images are for, or leave it out",
        )


def _splits(folders: Iterable[PurePosixPath]) -> Splits:
    found = defaultdict(set)
    for folder in folders:
        for place in (folder, *folder.parents):
            if split_of([place.name]):
                found[place.parent].add(place.name)
    return found


def _strange(folder: PurePosixPath, class_name: str, splits: Splits) -> Iterator[PurePosixPath]:
    """Folders on the way to images of a class that stand beside splits."""
    for place in (folder, *folder.parents):
        names = splits.get(place.parent, set()) if place.name else set()
        if names and not _is_class(place.name, class_name) and place.name.lower() not in map(_whole, names):
            yield place


def _is_class(folder: str, class_name: str) -> bool:
    return class_name in (class_label(folder), LENS_ALIASES.get(folder.lower()))


def _whole(split: str) -> str:
    """Name of a folder that has its split beside it.

    >>> _whole("Model_I_test"), _whole("test")
    ('model_i', '')
    """
    return re.sub("[^a-z]*[a-z]+$", "", split.lower())
