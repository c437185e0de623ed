"""Lens finding: folders of lenses and of what is none, for training and test."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lensym.data.importing.item import Item
from lensym.data.importing.names import LENS_ALIASES
from lensym.data.importing.plan import SPLIT_WORDS, Claim, Plan, in_no_class, is_image
from lensym.data.importing.read import one_image
from lensym.data.importing.source import Source

_FOLDER = re.compile(rf"({'|'.join(SPLIT_WORDS)})[ _-]({'|'.join(LENS_ALIASES)})", re.IGNORECASE)


@dataclass(frozen=True)
class LensFinding:
    """Folders called after split and class, with a file an image."""

    name: str = "lens_finding"
    summary: str = "{train,test}_{lenses,nonlenses}, a file an image"

    def recognise(self, source: Source) -> Claim | None:
        """By the folders' names."""
        items = list(_items(source))
        folders = sorted({PurePosixPath(item.file).parent.name for item in items})
        return Claim(len(items), f"folders {', '.join(folders)}") if items else None

    def plan(self, source: Source, labels: Sequence[str]) -> Plan:
        """The images in these folders; others are refused."""
        items = tuple(_items(source))
        others = set(filter(is_image, source.files)).difference(item.file for item in items)
        return Plan(items, one_image, refused=tuple(map(in_no_class, sorted(others))))


def _items(source: Source) -> Iterator[Item]:
    for file in filter(is_image, source.files):
        if found := _FOLDER.fullmatch(file.rpartition("/")[0].rpartition("/")[2]):
            split, class_name = found[1].lower(), found[2].lower()
            yield Item(file, LENS_ALIASES[class_name], SPLIT_WORDS[split])
