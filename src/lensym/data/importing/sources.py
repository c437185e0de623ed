"""``sources.csv``: where each image of a data set came from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lensym.data.importing.draft import Taken

SOURCES_NAME = "sources.csv"

_COLUMNS = ("split", "class", "number", "file", "array", "index", "sha256", "image", "beside")

Blocks = Mapping[tuple[str, str], Sequence[Taken]]
"""Images of each split and class, in the order in which they are stored."""


def in_blocks(taken: Iterable[Taken], splits: Sequence[str], classes: Sequence[str]) -> Blocks:
    """Images by split and class."""
    blocks: dict[tuple[str, str], list[Taken]] = {(split, name): [] for split in splits for name in classes}
    for image in taken:
        blocks[image.item.split or "", image.item.class_name].append(image)
    return blocks


def sources_csv(blocks: Blocks) -> bytes:
    """A line an image: its place in the data set; file, number in it and sha256 of it; what was beside the image.

    The column ``image`` is a sha256 that turned and mirrored copies of an image share.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_rows(blocks))
    return text.getvalue().encode("utf-8", "surrogateescape")


def _rows(blocks: Blocks) -> Iterator[tuple[object, ...]]:
    for (split, class_name), images in blocks.items():
        for number, image in enumerate(images):
            item = image.item
            index = "" if item.index is None else item.index
            yield split, class_name, number, item.file, item.array, index, image.file_sha256, image.digest, image.beside
