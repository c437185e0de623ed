"""An uploaded file, read in a process of its own within limits of memory and time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lensym.data.readers import Frame
from lensym.errors import InputError

MEMORY, SECONDS = 3 * 2**30, 20
"""Bytes of address space, of which the packages take most, and seconds that the reading of a file may take."""

AT_ONCE = 2
"""Files that are read at a time; others wait."""

_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Upload:
    """What a file holds: its image, and the names of all arrays in it."""

    frame: Frame
    images: tuple[str, ...]
    position: tuple[float, float] | None


class UnreadError(InputError):
    """An upload on which there is no answer, with the names of the arrays that it holds."""

    images: tuple[str, ...] = ()


def read_upload(path: str | Path, hdu: str | None = None) -> Upload:
    """Read an uploaded file.

    Raises
    ------
    UnreadError
        If it is none that the page takes, whatever it does to its reader; the message has no path in it.
    """
    with _turns:
        content = _read(Path(path), hdu)
    head, _, body = content.partition(b"\n")
    facts = json.loads(head)
    if "error" in facts:
        raise _unread(facts["error"], facts["images"], Path(path))
    pixels = np.frombuffer(body, "<f8").reshape(facts["shape"])
    keys = ("pixel_scale", "hdu", "format", "choice", "scale_fault", "doubt")
    frame = Frame(pixels=pixels, source=Path("the file"), **{key: facts[key] for key in keys})
    return Upload(frame, tuple(facts["images"]), facts["position"] and tuple(facts["position"]))


def _read(path: Path, hdu: str | None) -> bytes:
    """What the child says."""
    command = [sys.executable, "-m", "lensym.app.child", str(path), hdu or "", str(MEMORY), str(SECONDS)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=2 * SECONDS, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        raise UnreadError("a file that is read in seconds", "one that is not", "cut the image out") from None
    if done.returncode or not done.stdout:
        raise UnreadError("a file that can be read", "one that ends its reader", "convert it, or cut the image out")
    return done.stdout


def _unread(words: list[str], images: list[str], path: Path) -> UnreadError:
    """An error of the child without the file's place on this machine."""
    needed, got, remedy = (word.replace(str(path), "the file").replace(path.name, "the file") for word in words)
    error = UnreadError(needed, got, remedy.replace("--hdu", "the field Extension"))
    error.images = tuple(images)
    return error
