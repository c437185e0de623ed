"""The process that reads one uploaded file: ``python -m lensym.app.child PATH HDU MEMORY SECONDS``.

It limits itself before it looks at a byte, and writes what it found to standard output: a line of JSON, then pixels.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np

from lensym.data.readers import Frame, describe, read_image
from lensym.data.readers.frame import channels_first
from lensym.data.readers.png import is_png, read_png
from lensym.errors import InputError, LensymError

LARGEST = 2**24
"""Pixels of an image that the page takes."""


def main(path: Path, hdu: str | None) -> None:
    """Read the file and say what it holds, or why not."""
    try:
        frame = _frame(path, hdu)
        facts, pixels = _facts(frame), frame.pixels
        if pixels.size > LARGEST:
            raise InputError(f"an image of at most {LARGEST} pixels", str(pixels.size), "cut it out")
    except LensymError as error:
        facts, pixels = {"error": [error.needed, error.got, error.remedy], "images": _images(path)}, None
    sys.stdout.buffer.write((json.dumps(facts) + "\n").encode())
    if pixels is not None:
        sys.stdout.buffer.write(np.ascontiguousarray(pixels, "<f8").tobytes())


def _frame(path: Path, hdu: str | None) -> Frame:
    if not is_png(path):
        return read_image(path, hdu, with_companions=False)
    values = channels_first(read_png(path), f"'{path}'").mean(axis=0, keepdims=True)
    doubt = "a PNG's brightness may be stretched and its colours mixed: the network was trained on counts"
    return Frame(values[:, ::-1], None, None, path, "png", doubt=doubt)


def _facts(frame: Frame) -> dict[str, Any]:
    height, width = frame.pixels.shape[1:]
    position = frame.pointing.position((width - 1) / 2, (height - 1) / 2) if frame.pointing else None
    return {
        "shape": list(frame.pixels.shape),
        "pixel_scale": frame.pixel_scale,
        "scale_fault": frame.scale_fault,
        "hdu": frame.hdu,
        "format": frame.format,
        "choice": frame.choice,
        "doubt": frame.doubt,
        "position": position,
        "images": _images(frame.source),
    }


def _images(path: Path) -> list[str]:
    """Names of the arrays among which one may choose."""
    try:
        return [str(row["name"] or row["hdu"] or 0) for row in describe(path)["images"]]
    except LensymError:
        return []


if __name__ == "__main__":
    memory, seconds = int(sys.argv[3]), int(sys.argv[4])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    main(Path(sys.argv[1]), sys.argv[2] or None)
