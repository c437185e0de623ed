"""Tables as text: the columns of a CSV, ECSV, VOTable or Parquet file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from lensym.data.catalogue import read_table
from lensym.data.readers.frame import reading

TEXT_ENDINGS = (".csv", ".tsv", ".ecsv")
ENDINGS = (*TEXT_ENDINGS, ".vot", ".votable", ".xml", ".parquet")

LARGEST = 2**28
"""Bytes that a table may have: it is read at once."""

_DELIMITERS = ",;\t| "

Columns = Mapping[str, Sequence[str]]
"""Cells by the column's name, empty where the table has none."""


def read_columns(path: Path, name: str) -> Columns:
    """Columns of a table; ``name`` says by its ending what it is.

    ECSV is a CSV below lines that begin with #; what those say of kinds is not needed here.

    Raises
    ------
    InputError
        If it is damaged, too large, or has rows of different lengths.
    """
    with reading("table", path):
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it has more than {LARGEST} bytes")
        if name.lower().endswith(TEXT_ENDINGS):
            return _columns(path)
        table = read_table(path, PurePosixPath(name).suffix)
        return {column: [_text(value) for value in table[column].tolist()] for column in table.colnames}


def _text(value: object) -> str:
    """A cell, empty where the table has none."""
    if value is None:
        return ""
    return value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else str(value).strip()


def _columns(path: Path) -> Columns:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = _rows(file)
        head = next(lines, "")
        delimiter = max(_DELIMITERS, key=lambda sign: (head.count(sign), -_DELIMITERS.index(sign)))
        names = [name.strip() for name in next(csv.reader([head], delimiter=delimiter), [])]
        rows = [row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row]
    if len(set(names)) != len(names):
        raise ValueError("two of its columns have one name")
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise ValueError(f"its row {number} has {len(row)} cells, its head {len(names)}")
    cells = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {name: [cell.strip() for cell in column] for name, column in zip(names, cells, strict=True)}


def _rows(lines: Iterator[str]) -> Iterator[str]:
    """Lines from the head on."""
    for line in lines:
        if line.strip() and not line.startswith("#"):
            yield line
            yield from lines


def numbers(cells: Sequence[str]) -> list[float] | None:
    """Cells as numbers, NaN where there is none; None if one is something else, or none is there.

    >>> numbers(["1", "", "2e-3"]), numbers(["1", "a"])
    ([1.0, nan, 0.002], None)
    """
    try:
        found = [float(cell) if cell else float("nan") for cell in cells]
    except ValueError:
        return None
    return found if any(cells) else None
