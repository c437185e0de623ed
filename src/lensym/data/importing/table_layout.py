"""Files of one image each, and tables that say what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lensym.data.importing.item import Item, Refused
from lensym.data.importing.labels import class_of_number
from lensym.data.importing.names import LENS_ALIASES, named
from lensym.data.importing.plan import SPLIT_WORDS, Claim, Plan, class_label, is_image
from lensym.data.importing.read import one_image
from lensym.data.importing.source import Source
from lensym.data.importing.tables import FileTable, file_tables, repeated
from lensym.errors import InputError

_ANSWERS = {"0": "nonlens", "1": "lens", "false": "nonlens", "true": "lens", "no": "nonlens", "yes": "lens"}


@dataclass(frozen=True)
class Table:
    """Images in files, classes and numbers in a table."""

    name: str = "table"
    summary: str = (
        "files of an image each, and a CSV, ECSV, VOTable or Parquet table of file names, classes and numbers"
    )

    def recognise(self, source: Source) -> Claim | None:
        """By tables that have a column of files and one of classes."""
        tables = [table for table in file_tables(source) if table.class_column]
        if not tables:
            return None
        files = {file for table in tables for file in table.files} & set(source.files)
        first = tables[0]
        more = f" and {len(tables) - 1} more" if len(tables) > 1 else ""
        why = f"table '{first.file}'{more}: files in column '{first.file_column}', classes in '{first.class_column}'"
        return Claim(len(files) + len(tables), why)

    def plan(self, source: Source, labels: Sequence[str]) -> Plan:
        """The image of every row."""
        tables = file_tables(source)
        if not tables:
            raise InputError("a table whose rows name files of the source", "none", "check the names in its column")
        _require_once([file for table in tables for file in table.files])
        for table in tables:
            _require_splits(table)
        found = [row for table in tables for row in _rows(table, labels)]
        items = tuple(row for row in found if isinstance(row, Item))
        refused = tuple(row for row in found if isinstance(row, Refused))
        return Plan(items, one_image, remarks=tuple(_remarks(source, tables)), refused=refused)


def _rows(table: FileTable, labels: Sequence[str]) -> Iterator[Item | Refused]:
    truth = table.truth
    for row, file in enumerate(table.files):
        class_name = _class_of(table, row, labels)
        numbers = {name: values[row] for name, values in truth.items() if values[row] == values[row]}
        item = Item(file, class_name or "unknown", table.split(row), truth=numbers)
        yield item if class_name else Refused(item, "a class", f"'{file}' without any in '{table.file}'")


def _class_of(table: FileTable, row: int, labels: Sequence[str]) -> str | None:
    """Class of a row, or of its file's name in a table without classes."""
    if table.class_column is None:
        return named(table.files[row]).class_name
    cell = table.columns[table.class_column][row]
    word = cell.lower()
    if not word:
        return None
    if table.is_lens() and word.removesuffix(".0") in _ANSWERS:
        return _ANSWERS[word.removesuffix(".0")]
    if word in LENS_ALIASES:
        return LENS_ALIASES[word]
    return class_of_number(float(word), labels) if _is_number(word) else class_label(cell)


def _is_number(word: str) -> bool:
    try:
        return float(word) == float(word)
    except ValueError:
        return False


def _require_once(files: Sequence[str]) -> None:
    if again := repeated(files):
        got = f"'{again[0]}' in several" + (f", and {len(again) - 1} other files" if len(again) > 1 else "")
        raise InputError("each file in one row of one table", got, "leave one of the rows")


def _require_splits(table: FileTable) -> None:
    """Refuse a column of splits in which some are not known: in training they might be a leak."""
    cells = {cell for cell in table.columns[table.split_column] if cell} if table.split_column is not None else set()
    strange = {cell for cell in cells if cell.lower() not in SPLIT_WORDS}
    if strange and strange != cells:
        raise InputError(
            f"splits that are called {', '.join(SPLIT_WORDS)}",
            f"'{min(strange)}' in column '{table.split_column}' of '{table.file}'",
            "name the split that these rows are for, or leave them out",
        )


def _remarks(source: Source, tables: Sequence[FileTable]) -> Iterator[str]:
    images = {file for file in source.files if is_image(file)}
    without = images - {file for table in tables for file in table.files}
    if without:
        yield f"{len(without)} files are in no row of a table and were left, for instance '{min(without)}'"
    for table in tables:
        if table.left_out:
            yield f"columns of '{table.file}' that are no numbers were left: {', '.join(table.left_out)}"


def numbers_beside(source: Source) -> Mapping[str, Mapping[str, float]]:
    """Numbers of each file in tables that say nothing of classes."""
    found: dict[str, dict[str, float]] = {}
    for table in file_tables(source):
        if table.class_column is None:
            for row, file in enumerate(table.files):
                numbers = {name: values[row] for name, values in table.truth.items() if values[row] == values[row]}
                found.setdefault(file, {}).update(numbers)
    return found
