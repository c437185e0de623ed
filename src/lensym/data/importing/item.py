"""One image as a layout speaks of it, as it was read, and as it was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Num


@dataclass(frozen=True)
class Item:
    """Where an image is and what its layout says of it.

    Parameters
    ----------
    file
        Its name in the source.
    class_name
        Its class, in lensym's words where it has one.
    split
        None where the layout has none.
    array
        Name of the array in a file of several.
    index
        Its number in an array of many; None for an array of one.
    truth
        Numbers that stand elsewhere: in a table, in a file of masses.
    """

    file: str
    class_name: str
    split: str | None = None
    array: str = ""
    index: int | None = None
    truth: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        place = f"{self.file}/{self.array}" if self.array else self.file
        return place if self.index is None else f"{place}[{self.index}]"


@dataclass(frozen=True)
class Loaded:
    """An image (C, H, W) as its file has it, and what the file says beside it.

    Parameters
    ----------
    truth
        Numbers by their names.
    beside
        Words and numbers without a name.
    pixel_scale
        Arcsec per pixel, None where the file does not say it.
    """

    pixels: Num[np.ndarray, "c h w"]
    truth: Mapping[str, float] = field(default_factory=dict)
    beside: str = ""
    pixel_scale: float | None = None


Read = Callable[[Item], Loaded]
"""Reads the image of an item from a file that is open."""

Open = Callable[[str, Path, bytes | None], AbstractContextManager[Read]]
"""Opens a file of the source, by its name there, the path where it is now, and its bytes where those were read."""


@dataclass(frozen=True)
class Refused:
    """An image that was not taken: the invariant that it breaks, and how."""

    item: Item
    reason: str
    example: str
