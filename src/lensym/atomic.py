"""Files that are whole or absent, whatever stops the writer."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from lensym.errors import OutputError

TEMPORARY_END = ".lensym-tmp"
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn the system's refusal to write ``path`` into an `OutputError`."""
    try:
        yield
    except OSError as error:
        raise _output_error(path, error) from error


def _output_error(path: Path, error: OSError) -> OutputError:
    if error.errno in _NO_SPACE:
        remedy = "free some space or choose another disk, then run the same command again: finished files are kept"
        return OutputError(f"room on the disk for '{path}'", f"'{os.strerror(error.errno)}'", remedy)
    if isinstance(error, FileExistsError):
        return OutputError(f"'{path}' must be a folder", "a file of that name", "choose another name")
    reason = error.strerror or str(error)
    return OutputError(f"'{path}' must be writable", f"'{reason}'", "choose a folder that you may write to")


def require_writable(path: Path) -> None:
    """Refuse a file or folder that cannot be written, before any work is done.

    It is tried, with a file that is gone at once: permissions alone do not say what a disk or a system takes.
    """
    nearest = path if path.is_dir() else next(folder for folder in path.absolute().parents if folder.exists())
    try:
        with TemporaryFile(dir=nearest, suffix=TEMPORARY_END):
            pass
    except OSError as error:
        got = f"'{nearest}', which cannot ({error.strerror or error})"
        raise OutputError(f"a folder for '{path}' that can be written", got, "choose another folder") from None


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` under a temporary name, sync it to the disk, then give it its name.

    Raises
    ------
    OutputError
        If the system refuses; the temporary file is gone then and a former ``path`` untouched.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY_END}")  # writers may be many machines
    with output_errors(path):
        try:
            _write_synced(temporary, content)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` as lasting as the files they stand for."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_temporary(path: Path) -> bool:
    """Whether ``path`` is the remains of a write that was stopped."""
    return path.name.endswith(TEMPORARY_END)


def remove_temporaries(folder: Path) -> None:
    """Delete what stopped writers left in ``folder``; call it while holding the folder's lock."""
    for path in filter(is_temporary, folder.iterdir()):
        path.unlink(missing_ok=True)
