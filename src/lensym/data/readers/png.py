"""PNG: one image of whole numbers, grey or in three colours, no pixel scale."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.data.readers.frame import reading
from lensym.errors import InputError

MAGIC = b"\x89PNG\r\n\x1a\n"
MOST_PACKED = 1100
"""Times that deflated bytes can grow: 1032, and some."""
SMALL = 2**20
"""Bytes that an image may have whatever its file holds."""

_HEADER = struct.Struct(">8xI4sIIBB")
_GREY, _COLOUR, _GREY_ALPHA, _COLOUR_ALPHA = 0, 2, 4, 6
_CHANNELS = {_GREY: 1, _COLOUR: 3, _GREY_ALPHA: 2, _COLOUR_ALPHA: 4}
_READ = {(_GREY, 8), (_GREY, 16), (_COLOUR, 8), (_GREY_ALPHA, 8), (_COLOUR_ALPHA, 8)}
"""Kinds and bits that are read without a change of any value."""


@dataclass(frozen=True)
class Header:
    """What a PNG says of itself."""

    width: int
    height: int
    bits: int
    kind: int

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels."""
        return self.width * self.height * self.bits // 8 * _CHANNELS[self.kind]


def is_png(path: Path) -> bool:
    """Whether a file begins as a PNG."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read_png(path: Path) -> NDArray[Any]:
    """(H, W) or (H, W, 3), uint8 or uint16, rows from the top; an opacity that is full everywhere is left out.

    Raises
    ------
    InputError
        If the file is damaged, or its values are no brightnesses: a palette, transparency, 16 bits of three colours.
    """
    from PIL import Image

    header = read_header(path)
    with reading("PNG", path), Image.open(path, formats=["PNG"]) as image:
        values = np.array(image)
    if header.kind in (_GREY_ALPHA, _COLOUR_ALPHA):
        if (values[..., -1] != 255).any():
            raise _refused(path, "transparent pixels")
        values = values[..., 0] if header.kind == _GREY_ALPHA else values[..., :3]
    return values.astype(np.uint16) if header.bits == 16 else values


def read_header(path: Path) -> Header:
    """Size and kind of a PNG that can be read as it is.

    Raises
    ------
    InputError
        For others.
    """
    with reading("PNG", path), path.open("rb") as file:
        length, name, width, height, bits, kind = _HEADER.unpack(file.read(_HEADER.size))
        size = file.seek(0, 2)
    if (length, name) != (13, b"IHDR"):
        raise _refused(path, "no header")
    if (kind, bits) not in _READ:
        raise _refused(path, f"{bits} bits of colour type {kind}")
    header = Header(width, height, bits, kind)
    if header.nbytes > SMALL + MOST_PACKED * size:
        raise _refused(path, f"{width} x {height} pixels in {size} bytes")
    return header


def _refused(path: Path, got: str) -> InputError:
    needed = "a PNG of 8 or 16 bits of grey or 8 bits of each of three colours"
    return InputError(needed, f"'{path}' with {got}", "convert it, to FITS for instance")
