"""Answers as a table: one row an image, also for those on which there is no answer."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from lensym.apply.files import FileFailure, FilePrediction
from lensym.data.readers.frame import reading
from lensym.errors import InputError, OutputError, UsageError

Results = Sequence[FilePrediction | FileFailure]
Columns = dict[str, list[Any]]

_FIRST = ["id", "file", "hdu", "ra", "dec"]
_LAST = ["label", "ood_score", "known_lens", "model", "explanation", "warnings", "steps", "error"]
"""Columns before and behind the numbers of the answer."""

_LONGEST_LINE = 2**16
"""Characters of a CSV file's first line that are looked at."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd]")
"""What a VOTable cannot hold: control characters, and those beyond 16 bits."""

_DESCRIPTIONS = {
    "id": "name in the catalogue, or number of its row",
    "hdu": "extension or data set that was taken",
    "label": "likeliest class; empty where the image, or a smooth lens fitted to it, is unlike the training images",
    "ood_score": "out-of-distribution score; above 1 is unlike the training images",
    "known_lens": "known lens within 5 arcsec",
    "warnings": "reasons to doubt the answer",
    "steps": "what was done to the image",
    "error": "why there is no answer",
}
_POSITIONS = {"ra": "pos.eq.ra;meta.main", "dec": "pos.eq.dec;meta.main"}


def table_bytes(results: Results, classes: Sequence[str], ending: str) -> bytes:
    """The table as a file of a kind: id, file, hdu, ra, dec, the numbers of the answer, label, ood_score, ...

    ``error`` says why there is no answer, and is empty where there is one.
    """
    return WRITERS[ending](_columns(results, classes), classes)


def require_writer(ending: str) -> None:
    """Refuse a kind of table whose package is missing, before any work."""
    if ending == ".parquet":
        _pyarrow()


def require_replaceable(out: Path, inputs: Iterable[Path]) -> None:
    """Refuse to write answers over one of the inputs, or over a file that is no table of answers, before any work.

    Raises
    ------
    UsageError
        If ``out`` is an input.
    OutputError
        If it is there, with something in it that `table_bytes` did not write.
    """
    if not out.exists():
        return
    if any(path.exists() and path.samefile(out) for path in inputs):
        raise UsageError("--out that is none of the inputs", f"'{out}' as both", "choose another --out")
    if out.stat().st_size and not _holds_answers(out):
        needed = "a new file for the answers, or a table of answers to replace"
        raise OutputError(needed, f"'{out}', which holds something else", "choose another --out, or move that file")


def _holds_answers(path: Path) -> bool:
    """Whether the columns of a table are those that `table_bytes` writes."""
    ending = path.suffix.lower()
    try:
        with reading(f"{ending[1:]} table", path):
            names = _NAMES[ending](path)
    except InputError:
        return False
    return names[: len(_FIRST)] == _FIRST and names[-len(_LAST) :] == _LAST


def _names_in_csv(path: Path) -> list[str]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return next(csv.reader([file.readline(_LONGEST_LINE)]), [])


def _names_in_parquet(path: Path) -> list[str]:
    return list(_pyarrow().parquet.read_schema(path).names)


def _names_in_votable(path: Path) -> list[str]:
    """Names of the fields, which stand before the data."""
    names = []
    with path.open("rb") as file:
        for _, element in ElementTree.iterparse(file, ("start",)):
            tag = element.tag.rpartition("}")[2]
            if tag == "FIELD":
                names.append(element.get("name", ""))
            elif tag == "DATA":
                break
    return names


def _columns(results: Results, classes: Sequence[str]) -> Columns:
    names = [*_FIRST, *classes, *_LAST]
    rows = [_failure(result, len(names)) if isinstance(result, FileFailure) else _row(result) for result in results]
    return {name: [row[k] for row in rows] for k, name in enumerate(names)}


def _failure(result: FileFailure, columns: int) -> list[Any]:
    return [result.id, result.file, *[None] * (columns - 3), str(result.error)]


def _row(result: FilePrediction) -> list[Any]:
    lens = result.known_lens and result.known_lens.name
    place = [result.id, result.file, result.hdu, result.ra, result.dec]
    answer = [result.label, result.ood_score, lens, result.model, result.explanation]
    words = ["; ".join(result.warnings), "; ".join(result.steps), None]
    return [*place, *result.numbers, *answer, *words]


def _csv(columns: Columns, classes: Sequence[str]) -> bytes:
    digits = {"ra": 7, "dec": 7, "ood_score": 4, **dict.fromkeys(classes, 6)}
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    written = [
        [value if value is None else f"{value:.{digits[name]}f}" for value in values] if name in digits else values
        for name, values in columns.items()
    ]
    table.writerows(zip(*written, strict=True))
    return text.getvalue().encode("utf-8", "surrogateescape")  # a file's name is what bytes it is


def _parquet(columns: Columns, classes: Sequence[str]) -> bytes:
    pyarrow = _pyarrow()
    numbers = _numbers(classes)
    arrays = {
        name: pyarrow.array(values if name in numbers else _printable(values), "float64" if name in numbers else "str")
        for name, values in columns.items()
    }
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(arrays), sink)
    return sink.getvalue()


def _votable(columns: Columns, classes: Sequence[str]) -> bytes:
    from astropy.io.votable import from_table
    from astropy.table import Column, Table

    numbers, table = _numbers(classes), Table()
    for name, values in columns.items():
        words = _DESCRIPTIONS.get(name, _meaning(name, classes))
        if name in numbers:
            column = Column(np.array([math.nan if value is None else value for value in values]), description=words)
        else:
            column = Column(np.array([_NOT_IN_XML.sub("?", value or "") for value in values], str), description=words)
        table[name.replace(" ", "_")] = column  # what astropy makes the field's ID of
    document = from_table(table)
    for field, name in zip(document.get_first_table().fields, columns, strict=True):
        field.name = name
        if name not in numbers:
            field.arraysize = "*"  # of a length of its own in each row, an empty one too
        if name in _POSITIONS:
            field.ucd, field.unit = _POSITIONS[name], "deg"
    sink = io.BytesIO()
    document.to_xml(sink)
    return sink.getvalue()


def _meaning(name: str, numbers: Sequence[str]) -> str | None:
    """Description of a number of the answer: a class's probability, or an estimate or an end of its interval."""
    if name not in numbers:
        return None
    return name if any(other.endswith(" from") for other in numbers) else f"probability of {name}"


def _numbers(classes: Sequence[str]) -> set[str]:
    """Columns of numbers; the others hold text."""
    return {"ra", "dec", "ood_score", *classes}


def _printable(values: Sequence[str | None]) -> list[str | None]:
    """Text without bytes that are no UTF-8, as a file's name may hold."""
    return [value and value.encode("utf-8", "backslashreplace").decode() for value in values]


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        remedy = "pip install 'lensym[parquet]', or choose NAME.csv"
        raise UsageError("pyarrow to write Parquet", "none", remedy) from None
    return pyarrow


WRITERS: dict[str, Callable[[Columns, Sequence[str]], bytes]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".vot": _votable,
}
"""Endings of a table's file, and what writes it."""

_NAMES: dict[str, Callable[[Path], list[str]]] = {
    ".csv": _names_in_csv,
    ".parquet": _names_in_parquet,
    ".vot": _names_in_votable,
}
"""What reads the names of its columns."""
