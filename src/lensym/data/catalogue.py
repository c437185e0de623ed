"""Catalogues of images: a table whose rows name a file, or a position on the sky, or both."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from lensym.data.readers.frame import reading
from lensym.errors import InputError

if TYPE_CHECKING:
    from astropy.table import Table

_FORMATS = {
    ".csv": "csv",
    ".ecsv": "ecsv",
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
    ".parquet": "parquet",
}
"""Endings, and what is in such a file."""

_COLUMNS = {
    "file": ("file", "filename", "file_name", "path", "image"),
    "ra": ("ra", "ra_deg", "raj2000", "ra_j2000", "alpha_j2000", "right_ascension"),
    "dec": ("dec", "dec_deg", "dej2000", "decj2000", "dec_j2000", "delta_j2000", "declination"),
    "id": ("id", "name", "object_id", "objid", "source_id"),
    "hdu": ("hdu",),
}
"""Names that a column may have, in capital or small letters."""


@dataclass(frozen=True)
class CatalogueRow:
    """One image of a catalogue.

    Parameters
    ----------
    id
        As the catalogue calls it, or the number of its row from 1; None for a file outside any catalogue.
    file
        Where it is; None where it has to be cut from a mosaic.
    position
        Right ascension and declination of the lens in degrees; None where the row has neither.
    hdu
        Extension of the file.
    """

    id: str | None
    file: Path | None
    position: tuple[float, float] | None
    hdu: str | None


def is_catalogue(path: str | Path) -> bool:
    """Whether a file's ending is a catalogue's: .csv, .ecsv, .vot, .votable, .xml or .parquet."""
    return Path(path).suffix.lower() in _FORMATS


def read_catalogue(path: str | Path) -> list[CatalogueRow]:
    """Rows of a catalogue; names of files are taken from its own folder.

    Columns are known by their names: ``file`` (or ``filename``, ``path``, ``image``), ``ra`` and ``dec`` in degrees or
    in the unit that the table says, ``id`` (or ``name``), ``hdu``. Others do not matter.

    Raises
    ------
    InputError
        If it is damaged, has neither files nor positions, or no rows.
    """
    path = Path(path)
    table = read_table(path)
    found = {meaning: column for meaning in _COLUMNS if (column := _column(table, meaning))}
    if ("ra" in found) != ("dec" in found) or not ("file" in found or "ra" in found):
        raise InputError(
            "a catalogue with a column file, or with ra and dec",
            f"'{path}' with {', '.join(table.colnames[:12]) or 'no columns'}",
            "rename its columns",
        )
    if not len(table):
        raise InputError("a catalogue with rows", f"'{path}' without any", "check the file")
    return list(_rows(table, found, path))


def read_table(path: Path, ending: str = "") -> Table:
    """All of a table in CSV, ECSV, VOTable or Parquet format; ``ending`` says which, where the path does not.

    Every cell of a CSV is text: nobody says of ``0012`` whether it is a number or a name. Nothing outside the file is
    opened: a VOTable whose data lie elsewhere is refused.
    """
    from astropy.table import Table

    ending = (ending or path.suffix).lower()
    kind = _FORMATS[ending]
    if not path.is_file() or not path.stat().st_size:
        fault = "an empty file" if path.is_file() else "which is no file"
        raise InputError("a readable catalogue", f"'{path}', {fault}", "check the path")
    with reading(f"{ending[1:]} catalogue", path):
        if kind == "csv":
            return _read_csv(path)
        if kind == "ecsv":
            return _read_ecsv(path)
        if kind == "parquet":
            return _read_parquet(path)
        _refuse_remote(path)
        return Table.read(path, format="votable")


def _read_csv(path: Path) -> Table:
    from astropy.table import Table

    with _utf8(path), path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader((line for line in file if not line.isspace()), skipinitialspace=True, strict=True)
        names = [name.strip() for name in next(lines, [])]
        rows = [_as_long(row, len(names), number) for number, row in enumerate(lines, 1)]
    if len(set(names)) != len(names):
        raise ValueError("two of its columns have one name")
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return Table({name: np.array(cells, object) for name, cells in zip(names, columns, strict=True)})


def _as_long(row: list[str], length: int, number: int) -> list[str]:
    """A row with empty cells where it is shorter than the head."""
    if len(row) > length:
        raise ValueError(f"its row {number} has {len(row)} cells, its head {length}")
    return row + [""] * (length - len(row))


def _read_ecsv(path: Path) -> Table:
    from astropy.table import Table

    with _utf8(path):
        return Table.read(path, format="ascii.ecsv", guess=False, encoding="utf-8-sig")


@contextmanager
def _utf8(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        got = f"'{path}' in another encoding (byte 0x{error.object[error.start]:02x})"
        raise InputError("a catalogue in UTF-8", got, "save it as UTF-8") from None


def _read_parquet(path: Path) -> Table:
    from astropy.table import Table

    try:
        import pyarrow.parquet as parquet
    except ImportError:
        remedy = "pip install 'lensym[parquet]', or save it as CSV"
        raise InputError("pyarrow to read Parquet", f"'{path}' and no pyarrow", remedy) from None
    content = parquet.read_table(path)
    return Table({name: content[name].to_numpy() for name in content.column_names})


def _column(table: Table, meaning: str) -> str | None:
    """Name of the column that means this, the likeliest name first."""
    names = {name.lower(): name for name in table.colnames}
    return next((names[known] for known in _COLUMNS[meaning] if known in names), None)


def _rows(table: Table, found: dict[str, str], path: Path) -> Iterator[CatalogueRow]:
    columns = {meaning: table[name] for meaning, name in found.items()}
    positions = None
    if "ra" in columns:
        positions = np.stack([_degrees(columns[axis], found[axis], path) for axis in ("ra", "dec")], axis=1)
    for k in range(len(table)):
        texts = {meaning: _text(columns[meaning][k]) for meaning in ("id", "file", "hdu") if meaning in columns}
        yield CatalogueRow(
            id=texts.get("id") or str(k + 1),
            file=path.parent / texts["file"] if texts.get("file") else None,
            position=None if positions is None or np.isnan(positions[k]).all() else tuple(positions[k].tolist()),
            hdu=texts.get("hdu") or None,
        )


def _degrees(column: Any, name: str, path: Path) -> np.ndarray:
    """Numbers of a column in degrees, NaN where the table has none."""
    values = np.ma.asarray(column)
    try:
        numbers = np.ma.filled(values.astype(np.float64), np.nan) if values.dtype.kind in "iuf" else _numbers(column)
        unit = column.unit
        return numbers if unit is None else (numbers * unit).to_value("deg")
    except (ValueError, TypeError) as error:
        got = f"column {name} of '{path}' with {error}"
        raise InputError("right ascensions and declinations as numbers in degrees", got, "convert them") from None


def _numbers(cells: Any) -> NDArray[np.float64]:
    """Cells of text as numbers, NaN where the table has none."""
    found = np.full(len(cells), np.nan)
    for row, cell in enumerate(map(_text, cells)):
        try:
            found[row] = float(cell or "nan")
        except ValueError:
            raise ValueError(f"'{cell}' in row {row + 1}") from None
    return found


def _text(value: Any) -> str:
    """A cell as text, empty where the table has none."""
    return "" if value is np.ma.masked or value is None else str(value).strip()


def _refuse_remote(path: Path) -> None:
    """Refuse a VOTable that would have something else opened, a file or an address."""
    parser = expat.ParserCreate()

    def element(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "STREAM" and "href" in attributes:
            raise ValueError(f"its data are elsewhere, at {attributes['href']!r}")

    def entity(name: str, *rest: object) -> None:
        raise ValueError(f"it defines an entity, {name!r}")

    parser.StartElementHandler = element
    parser.EntityDeclHandler = entity
    with path.open("rb") as file:
        parser.ParseFile(file)
