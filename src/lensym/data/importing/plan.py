"""What a layout says of a source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lensym.conventions import CLASS_ALIASES, CLASSES
from lensym.data.importing.item import Item, Open, Refused

IMAGE_ENDINGS = (".npy", ".fits", ".fit", ".fits.gz", ".fits.fz", ".h5", ".hdf5", ".png")
"""Endings of files with one image each."""

SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True)
class Claim:
    """How many of a source's files a layout explains, and by what it was known.

    Parameters
    ----------
    left
        Folders of which only a user can say whether they are classes.
    """

    files: int
    why: str
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Every image of a source.

    Parameters
    ----------
    items
        In the order in which they are stored.
    open
        How a file's images are read.
    pixel_scale
        Arcsec per pixel, None where the layout does not say it.
    remarks
        What a user should know of it.
    refused
        Images that need not be read for it.
    """

    items: tuple[Item, ...]
    open: Open
    pixel_scale: float | None = None
    remarks: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()


def known_class(word: str) -> str | None:
    """lensym's name of a class that is called by any name known to be one.

    >>> known_class("Vort"), known_class("plots")
    ('axion', None)
    """
    return CLASS_ALIASES.get(word.strip().lower())


def class_label(word: str) -> str:
    """Name of a class whatever it is called, fit for the name of a file.

    >>> class_label("sphere"), class_label("double ring")
    ('cdm', 'double_ring')
    """
    return known_class(word) or re.sub(r"[^A-Za-z0-9_.-]+", "_", word.strip()).lstrip("_.-") or "unnamed"


def in_order(classes: Iterable[str]) -> tuple[str, ...]:
    """Classes in the order of their labels: lensym's own first, then by name, a non-lens before a lens."""
    first = (*CLASSES, "nonlens", "lens")
    return tuple(sorted(set(classes), key=lambda name: (first.index(name) if name in first else len(first), name)))


def split_of(folders: Iterable[str]) -> str | None:
    """The split that a path's folders name, the innermost one's.

    >>> split_of(["dataset", "val", "vort"]), split_of(["Model_I_test", "axion"]), split_of(["Model_I", "axion"])
    ('val', 'test', None)
    """
    words = [re.split(r"[^a-z]+", folder.lower())[-1] for folder in folders]
    named = [SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS]
    return named[-1] if named else None


def in_no_class(file: str) -> Refused:
    """An image that is refused for its place."""
    return Refused(Item(file, "unknown"), "an image in a folder of a class", f"'{file}', which lies in none")


def is_image(file: str) -> bool:
    """Whether a file's name is that of an image."""
    return file.lower().endswith(IMAGE_ENDINGS)
