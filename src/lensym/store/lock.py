"""One writer a folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lensym.atomic import output_errors
from lensym.errors import OutputError

LOCK_NAME = ".lock"


@contextmanager
def output_lock(folder: str | Path) -> Iterator[Path]:
    """Hold ``folder`` (made if absent) for writing; the system lets go of it even when the holder is killed.

    Raises
    ------
    OutputError
        If another writer holds it, or if it cannot be made.
    """
    folder = Path(folder)
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = _acquire(folder)
    try:
        yield folder
    finally:
        (folder / LOCK_NAME).unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(folder: Path) -> int:
    path = folder / LOCK_NAME
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise _held(folder) from None
        if _still_named(path, descriptor):
            return descriptor
        os.close(descriptor)  # the former holder has just removed this file: try the new one


def _still_named(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _held(folder: Path) -> OutputError:
    return OutputError(
        f"'{folder}' may have one writer at a time",
        "a folder that another process is writing",
        "wait for it to end or choose another folder",
    )
