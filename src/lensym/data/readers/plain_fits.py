"""FITS files of plain images, read without building astropy's objects: ten times as fast, for small files.

Only what leaves no doubt is read: images in whole, uncompressed and unscaled, in headers of plain cards. Of any other
file, or a damaged one, nothing is said here, and `lensym.data.readers.fits` reads it with astropy; the tests compare.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LARGEST = 2**26
"""Bytes of a file; larger ones are left to astropy."""

_BLOCK, _CARD = 2880, 80
_END = b"END" + b" " * 77
_VALUE = re.compile(
    rb"= *(?:'([^']*)'|([TF])|([+-]?\d+)|([+-]?(?:\d+\.\d*|\.\d+)(?:[ED][+-]?\d+)?)) *(?:/.*)?", re.DOTALL
)
_FREE = {b"COMMENT", b"HISTORY", b""}
_TYPES = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
_STOP = re.compile(r"BSCALE|BZERO|BLANK|GROUPS|Z\w+|CONTINUE|HIERARCH")
"""Keys of what astropy treats in a way of its own."""

Value = str | bool | int | float


@dataclass(frozen=True)
class PlainImage:
    """An image extension.

    Parameters
    ----------
    cards
        Values by keyword.
    header
        Its bytes.
    shape, bitpix
        As the header says them.
    values
        The pixels, in the file's byte order; None for an extension without any.
    """

    cards: dict[str, Value]
    header: bytes
    shape: tuple[int, ...]
    bitpix: int
    values: NDArray[np.generic] | None


def read_plain(path: Path) -> list[PlainImage] | None:
    """Every extension of a file, None where astropy must look at it."""
    if path.stat().st_size > LARGEST:
        return None
    content = path.read_bytes()
    images: list[PlainImage] = []
    place = 0
    while place < len(content):
        image = _image(content, place, first=not images)
        if image is None:
            return None
        images.append(image)
        size = 0 if image.values is None else image.values.nbytes
        place += len(image.header) + -(-size // _BLOCK) * _BLOCK
    return images if images and place == len(content) else None


def _image(content: bytes, place: int, first: bool) -> PlainImage | None:
    header = _header(content, place)
    cards = None if header is None else _cards(header)
    if header is None or cards is None or not _is_plain(cards, first):
        return None
    axes, bitpix = cards["NAXIS"], cards["BITPIX"]
    shape = tuple(cards.get(f"NAXIS{k}") for k in range(int(axes), 0, -1))
    if bitpix not in _TYPES or not all(type(side) is int and side > 0 for side in shape):
        return None
    sides = tuple(int(side) for side in shape if side is not None)
    values = None
    if sides:
        kind, start = np.dtype(_TYPES[int(bitpix)]), place + len(header)
        if start + math.prod(sides) * kind.itemsize > len(content):
            return None
        values = np.frombuffer(content, kind, math.prod(sides), start).reshape(sides)
    return PlainImage(cards, header, sides, int(bitpix), values)


def _header(content: bytes, place: int) -> bytes | None:
    """Bytes of the header that begins at a place, to the end of its last block."""
    for end in range(place + _BLOCK, len(content) + 1, _BLOCK):
        block = content[end - _BLOCK : end]
        at = block.find(_END)
        if at >= 0:
            return content[place:end] if at % _CARD == 0 and not block[at + len(_END) :].strip(b" ") else None
    return None


def _cards(header: bytes) -> dict[str, Value] | None:
    """Values by keyword; None where a card is not plain, or a keyword stands there twice."""
    found: dict[str, Value] = {}
    for at in range(0, len(header), _CARD):
        card = header[at : at + _CARD]
        if card == _END:
            return found
        key = card[:8].rstrip(b" ")
        if key in _FREE:
            continue
        value, name = _value(card), key.decode("ascii", "replace")
        if value is None or name in found:
            return None
        found[name] = value
    return None


@lru_cache(maxsize=4096)  # most cards are the same in all files of a survey
def _value(card: bytes) -> Value | None:
    """Value of a card; None where it is not plain."""
    match = _VALUE.fullmatch(card, 8)
    if match is None:
        return None
    text, truth, whole, number = match.groups()
    if text is not None:
        return str(text.rstrip(b" ").decode("ascii", "replace"))
    if truth is not None:
        return bool(truth == b"T")
    return int(whole) if whole is not None else float(number.replace(b"D", b"E"))


def _is_plain(cards: dict[str, Value], first: bool) -> bool:
    kind = cards.get("SIMPLE") is True if first else cards.get("XTENSION") == "IMAGE"
    return (
        kind
        and type(cards.get("NAXIS")) is int
        and type(cards.get("BITPIX")) is int
        and cards.get("PCOUNT", 0) == 0
        and cards.get("GCOUNT", 1) == 1
        and isinstance(cards.get("EXTNAME", ""), str)
        and not any(map(_stops, cards))
    )


@lru_cache(maxsize=4096)
def _stops(key: str) -> bool:
    return _STOP.fullmatch(key) is not None
