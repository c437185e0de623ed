"""Arrays of many images: one a class, or with labels; masses of axions beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lensym.data.importing.arrays import CONTAINER_ENDINGS, ENDINGS, opened_arrays
from lensym.data.importing.beside import Beside, beside
from lensym.data.importing.found import Found, look
from lensym.data.importing.item import Item
from lensym.data.importing.names import KINDS, class_in, named, words_of
from lensym.data.importing.plan import Claim, Plan, class_label, known_class
from lensym.data.importing.raw import shapes_of_raw
from lensym.data.importing.source import Source
from lensym.data.importing.stack_reader import StackReader
from lensym.data.readers.frame import is_image_shape
from lensym.errors import InputError, LensymError

_PLAIN_NAMES = frozenset().union(*KINDS.values())
_MOST_CONTAINERS = 100
"""Files that are opened to see whether their arrays are called after classes."""


@dataclass(frozen=True)
class Stacks:
    """Arrays of images that are called after their class, by their own name, their file's or their folder's."""

    name: str = "stacks"
    summary: str = "an array of images a class in .npy, .npz or HDF5; int16 without a header beside float32 masses"

    def recognise(self, source: Source) -> Claim | None:
        """By the files' names, or by those of the arrays in them."""
        files = [file for file in source.files if file.lower().endswith(ENDINGS)]
        claimed = [file for file in files if _is_called_so(file)]
        others = [file for file in files if file.endswith(CONTAINER_ENDINGS) and not _is_called_so(file)]
        if len(others) <= _MOST_CONTAINERS:
            claimed += [file for file in others if _holds_classes(source, file)]
        if not claimed:
            return None
        return Claim(len(claimed), f"files of arrays ({', '.join(sorted(claimed)[:4])}{', ...' * (len(claimed) > 4)})")

    def plan(self, source: Source, labels: Sequence[str]) -> Plan:
        """Every image of every array, each with the label and the mass that stand beside it."""
        files = [file for file in source.files if file.lower().endswith(ENDINGS)]
        found = [array for file in files for array in look(source, file)]
        columns = [array for array in found if array.values is not None]
        images = [array for array in found if array.values is None]
        tables = [beside(array, columns, labels) for array in images]
        pairs = list(zip(images, tables, strict=True))
        raw = shapes_of_raw((array.file, array.shape[0], table.count) for array, table in pairs if array.raw)
        items = [item for array, table in pairs for item in _items(array, table, raw.get(array.file))]
        single = frozenset(array.file for array in images if array.unreadable)
        return Plan(tuple(items), StackReader(raw, single))


def _is_called_so(file: str) -> bool:
    folder, _, name = file.rpartition("/")
    stem = name.rpartition(".")[0] or name
    if stem.lower() in _PLAIN_NAMES:
        return True
    return not known_class(folder.rpartition("/")[2]) and class_in(words_of(stem)) is not None


def _holds_classes(source: Source, file: str) -> bool:
    try:
        with source.local(file) as path, opened_arrays(path) as arrays:
            names = [named(f"x/{name}") for name, array in arrays.items() if len(array.shape) > 2]
            labelled = any(named(name).kind == "label" for name in arrays)
    except (LensymError, OSError):
        return False
    return any(name.class_name or labelled for name in names)


def _items(array: Found, table: Beside, raw: tuple[int, ...] | None) -> Iterator[Item]:
    shape = raw or array.shape
    if array.unreadable or len(shape) < 3:
        yield Item(array.file, _class_of(array), array.name.split, array.array, None, table.row(0))
        return
    _require_stack(array, shape)
    for index in range(shape[0]):
        class_name = table.classes[index] if table.classes else _class_of(array)
        yield Item(array.file, class_name, array.name.split, array.array, index, table.row(index))


def _class_of(array: Found) -> str:
    """By its name; one that no class is known by is a class of its own, but not ``images`` or ``data``."""
    if array.name.class_name:
        return array.name.class_name
    path = PurePosixPath(array.full)
    if array.name.kind:
        raise InputError(
            "a class for every array of images",
            f"'{path}' beside no labels",
            "call it after its class, cdm.npy, or put labels.npy beside it",
        )
    return class_label(path.stem)


def _require_stack(array: Found, shape: tuple[int, ...]) -> None:
    if len(shape) == 3 and shape[0] != 1 and is_image_shape(shape):
        raise InputError(
            "an array of which it is clear how many images it has",
            f"'{array.full}' of shape {shape}, one of three colours or {shape[0]} of one",
            "give it four axes, or put a file an image into a folder a class",
        )
