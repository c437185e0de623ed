"""Known lenses by their position, from the catalogue that the package lenscat brings along (extra ``lenscat``).

Only its table is read (``lenscat/data/catalog.csv``): importing the package would load far more than a look-up needs.
"""

from __future__ import annotations

import csv
import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from lensym.data.readers.wcs import separation
from lensym.errors import InputError

RADIUS = 5.0
"""Arcsec within which a known lens counts as the one in the image."""

INSTALL = "pip install 'lensym[lenscat]'"

_COLUMNS = ("name", "RA [deg]", "DEC [deg]", "zlens", "grading")


@dataclass(frozen=True)
class KnownLens:
    """A lens of the catalogue.

    Parameters
    ----------
    name
        All its names, separated by slashes.
    separation
        From the position asked for, in arcsec.
    redshift
        Of the lens as published, empty where it is not; several where publications differ.
    grading
        ``confident`` or ``probable``.
    """

    name: str
    separation: float
    redshift: str
    grading: str

    def __str__(self) -> str:
        redshift = f", z {self.redshift}" if self.redshift else ""
        return f"{self.name}, {self.separation:.1f} arcsec from the centre ({self.grading}{redshift}; lenscat)"


@dataclass(frozen=True)
class _Table:
    positions: Float64[np.ndarray, "2 n"]
    rows: list[tuple[str, str, str]]


def catalogue_installed() -> bool:
    """Whether there is a catalogue to look in."""
    return _path() is not None


def known_lens(ra: float, dec: float) -> KnownLens | None:
    """The known lens nearest to a position in degrees, None where none is within `RADIUS` or there is no catalogue.

    Raises
    ------
    InputError
        If the catalogue is of another form than that of lenscat 1.1.
    """
    path = _path()
    if path is None:
        return None
    table = _read(path)
    distances = separation(ra, dec, *table.positions)
    nearest = int(distances.argmin())
    if distances[nearest] > RADIUS:
        return None
    name, redshift, grading = table.rows[nearest]
    return KnownLens(name, float(distances[nearest]), redshift, grading)


@lru_cache(maxsize=1)  # looking for a package takes longer than reading a small file
def _path() -> Path | None:
    found = importlib.util.find_spec("lenscat")
    return Path(found.origin).parent / "data" / "catalog.csv" if found and found.origin else None


@lru_cache(maxsize=1)
def _read(path: Path) -> _Table:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [[row[column] for column in _COLUMNS] for row in csv.DictReader(file)]
        positions = np.array([[float(row[1]), float(row[2])] for row in rows]).reshape(-1, 2).T
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        got = f"'{path}': {type(error).__name__} {error}"
        raise InputError("the catalogue of lenscat", got, f"install it anew: {INSTALL}") from None
    if not len(rows):
        raise InputError("the catalogue of lenscat", f"'{path}' without lenses", f"install it anew: {INSTALL}")
    return _Table(positions, [(_distinct(row[0]), _distinct(row[3]), row[4]) for row in rows])


def _distinct(text: str) -> str:
    """What several publications say, each once.

    >>> _distinct("- | SDSSJ0946+1006 | J0946+1006 | SDSSJ0946+1006")
    'SDSSJ0946+1006 / J0946+1006'
    """
    return " / ".join(dict.fromkeys(part for part in map(str.strip, text.split("|")) if part not in ("", "-")))
