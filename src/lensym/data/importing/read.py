"""The image of a file as it is, nothing rounded: arrays of numbers stay of their own kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from lensym.data.importing.item import Item, Loaded, Read
from lensym.data.readers import file_format, read_image
from lensym.data.readers.frame import axes_first
from lensym.data.readers.npy import parse_sample, read_sample
from lensym.data.readers.npy_header import MAGIC
from lensym.data.readers.object_array import Element
from lensym.data.readers.png import is_png, read_png
from lensym.data.readers.sample import Sample

LARGEST_AXION_MASS = 1e-10
"""In eV; a number beside an image that is larger is a label or something else."""


@contextmanager
def one_image(file: str, path: Path, content: bytes | None) -> Iterator[Read]:
    """A file of one image."""
    yield partial(read_one, path, content)


def read_one(path: Path, content: bytes | None, item: Item) -> Loaded:
    """The image of a file of one, in any format that ``predict`` reads, or PNG.

    Raises
    ------
    InputError
        If the file is damaged, or it is not clear which of its arrays is the image.
    """
    if content is not None and content.startswith(MAGIC):
        return _loaded(parse_sample(content, path), path, item)
    if is_png(path):
        return Loaded(axes_first(read_png(path), f"'{path}'"), item.truth)
    if file_format(path) == "npy":
        return _loaded(read_sample(path), path, item)
    frame = read_image(path)
    return Loaded(frame.pixels, item.truth, pixel_scale=frame.pixel_scale)


def _loaded(sample: Sample, path: Path, item: Item) -> Loaded:
    mass, beside = _mass_and_rest(sample.beside)
    return Loaded(axes_first(sample.pixels, f"'{path}'"), {**mass, **item.truth}, beside)


def _mass_and_rest(beside: Sequence[Element]) -> tuple[dict[str, float], str]:
    """The axion's mass among what an object array has beside its image, and the rest as text."""
    masses = [value for value in beside if _is_axion_mass(value)]
    rest = " ".join(str(value) for value in beside if not _is_axion_mass(value))
    return ({"axion_mass": float(masses[0])} if len(masses) == 1 else {}), rest


def _is_axion_mass(value: Element) -> bool:
    return isinstance(value, float | np.floating) and 0 < float(value) < LARGEST_AXION_MASS
