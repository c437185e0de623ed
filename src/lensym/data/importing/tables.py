"""A table whose rows name a file each: its class, its split and numbers that belong to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lensym.conventions import CLASS_ALIASES
from lensym.data.importing.columns import ENDINGS, Columns, numbers, read_columns
from lensym.data.importing.names import LENS_ALIASES, named
from lensym.data.importing.plan import SPLIT_WORDS, is_image
from lensym.data.importing.read import LARGEST_AXION_MASS
from lensym.data.importing.source import Source
from lensym.errors import LensymError

_CLASS_NAMES = ("class", "label", "labels", "class_name", "category", "kind", "type", "target", "is_lens", "lens", "y")
_LENS_NAMES = ("is_lens", "lens")
_SPLIT_NAMES = ("split", "subset", "partition", "set")
_INDEX_NAMES = ("", "unnamed: 0", "index")
_MASS_NAMES = ("axion_mass", "m_axion", "mass_axion")
_MOST_TABLES = 50
_LEAST_SHARE = 0.5
"""Share of the rows whose files must be there for a column to be one of files."""


@dataclass(frozen=True)
class FileTable:
    """A table of files.

    Parameters
    ----------
    file
        Its own name in the source.
    columns
        All of its cells.
    files
        The file of each row; as the table calls it, where there is none.
    file_column, class_column, split_column
        Names of columns; None where there is none.
    """

    file: str
    columns: Columns
    files: Sequence[str]
    file_column: str
    class_column: str | None
    split_column: str | None

    @property
    def truth(self) -> Mapping[str, Sequence[float]]:
        """Columns of numbers, by the names that they have in a data set."""
        taken = (self.file_column, self.class_column, self.split_column)
        named_numbers = {
            name: found
            for name, cells in self.columns.items()
            if name not in taken and name.lower() not in _INDEX_NAMES and (found := numbers(cells))
        }
        return {_truth_name(name, found): found for name, found in named_numbers.items()}

    @property
    def left_out(self) -> list[str]:
        """Names of columns that are neither numbers nor known."""
        taken = (self.file_column, self.class_column, self.split_column)
        return [name for name, cells in self.columns.items() if name not in taken and any(cells) and not numbers(cells)]

    def is_lens(self) -> bool:
        """Whether the column of classes answers a question."""
        return (self.class_column or "").lower() in _LENS_NAMES

    def split(self, row: int) -> str | None:
        """That of a row, or of the whole table by its name."""
        if self.split_column is not None:
            return SPLIT_WORDS.get(self.columns[self.split_column][row].lower())
        return named(self.file).split or named(self.files[row]).split


def file_tables(source: Source) -> list[FileTable]:
    """The tables of a source in which most rows name one of its files."""
    tables = [file for file in source.files if file.lower().endswith(ENDINGS)]
    names = FileNames(file for file in source.files if is_image(file)) if tables else None
    found = [_file_table(source, file, names) for file in tables[:_MOST_TABLES] if names]
    return [table for table in found if table is not None]


def _file_table(source: Source, file: str, names: FileNames) -> FileTable | None:
    try:
        with source.local(file) as path:
            columns = read_columns(path, file)
    except (LensymError, OSError):
        return None
    place = PurePosixPath(file).parent
    files = {name: [names.find(cell, place) for cell in cells] for name, cells in columns.items()}
    distinct = {name: len(set(found) - {None}) for name, found in files.items()}
    best = max(distinct, key=lambda name: distinct[name], default=None)
    if best is None or distinct[best] < max(1, _LEAST_SHARE * len(columns[best])):
        return None
    rest = {name: cells for name, cells in columns.items() if name != best}
    return FileTable(
        file,
        columns,
        [found or cell for found, cell in zip(files[best], columns[best], strict=True)],
        best,
        _by_name(rest, _CLASS_NAMES) or next((name for name, cells in rest.items() if _are_classes(cells)), None),
        _by_name(rest, _SPLIT_NAMES),
    )


class FileNames:
    """Files by every name under which a table may know them."""

    def __init__(self, paths: Iterator[str]) -> None:
        self.files = frozenset(paths)
        self.short: dict[str, str] = {}
        for file in self.files:
            self.short.update({key: "" if key in self.short else file for key in _short_names(file)})

    def find(self, cell: str, place: PurePosixPath) -> str | None:
        """The file of a cell: its path from source or table, its name, or that without an ending."""
        for path in (str(place / cell), cell):
            if path in self.files:
                return path
        return self.short.get(cell.replace("\\", "/").rpartition("/")[2]) or None


def _short_names(file: str) -> set[str]:
    name = PurePosixPath(file).name
    return {name, name.partition(".")[0], name.rpartition(".")[0]}


def _by_name(columns: Columns, names: Sequence[str]) -> str | None:
    lower = {name.lower(): name for name in columns}
    return next((lower[name] for name in names if name in lower), None)


def _are_classes(cells: Sequence[str]) -> bool:
    return bool(cells) and all(cell.lower() in CLASS_ALIASES or cell.lower() in LENS_ALIASES for cell in cells)


def _truth_name(name: str, values: Sequence[float]) -> str:
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "column"
    small = all(value != value or 0 < value < LARGEST_AXION_MASS for value in values)
    return "axion_mass" if plain.lower() in _MASS_NAMES or (plain.lower() == "mass" and small) else plain


def repeated(files: Sequence[str]) -> list[str]:
    """Files that are there more than once."""
    return [file for file, count in Counter(files).items() if count > 1]
