"""What an archive must be to be read: no name that leads elsewhere, nothing but files, no more than it can hold.

No member is ever unpacked under its name. What must be a file is put into one without a name, which is gone with the
process that opened it, however that ends.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

from lensym.atomic import output_errors
from lensym.errors import InputError

MOST_MEMBERS = 1_000_000
MOST_GROWTH = 200
"""Times that an archive may grow; files of images grow a few times, and bombs a thousand times."""
SMALL = 2**24
"""Bytes that an archive may hold whatever its size."""
MOST_BYTES = 2**42
LONGEST_NAME = 1024

_COPIED = 2**20
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")
_OPEN_FILES = Path("/proc/self/fd")
"""Where systems that have it show a process its open files by name."""


@runtime_checkable
class Readable(Protocol):
    """A member that is open."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many."""
        ...


def refused(archive: Path, needed: str, got: str) -> InputError:
    """Error for an archive that breaks a rule."""
    return InputError(needed, f"'{archive}' with {got}", "unpack it where you trust it, and import the folder")


def safe_name(name: str, archive: Path) -> str:
    """A member's name as a path relative to the archive.

    Raises
    ------
    InputError
        If it leads out of it, or is none that a file of data has.
    """
    shown = ascii(name[:80])
    if _CONTROL.search(name) or len(name) > LONGEST_NAME:
        raise refused(archive, "an archive of files with readable names", f"a member called {shown}")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise refused(archive, "an archive whose names are relative", f"the absolute name {shown}")
    if ".." in name.split("/"):
        raise refused(archive, "an archive whose names stay in it", f"the name {shown}, which leads out")
    return posixpath.normpath(name)


def require_modest(unpacked: int, packed: int, archive: Path) -> None:
    """Refuse what grows to more than data do.

    Raises
    ------
    InputError
        With the number of times.
    """
    if unpacked > min(MOST_BYTES, SMALL + MOST_GROWTH * packed):
        got = f"{packed} bytes that become {unpacked} or more"
        raise refused(archive, f"an archive that grows at most {MOST_GROWTH} times", got)


def require_few(members: int, archive: Path) -> None:
    """Refuse archives of more members than any data set has.

    Raises
    ------
    InputError
        If there are more.
    """
    if members > MOST_MEMBERS:
        raise refused(archive, f"an archive of at most {MOST_MEMBERS} members", "more of them")


def open_scratch() -> IO[bytes]:
    """A file until it is closed, without a name where the system has such files."""
    make = tempfile.TemporaryFile if _OPEN_FILES.is_dir() else tempfile.NamedTemporaryFile
    return make(prefix="lensym-")


@contextmanager
def scratch_file() -> Iterator[IO[bytes]]:
    """A file for a while."""
    with open_scratch() as file:
        yield file


def path_of(file: IO[bytes]) -> Path:
    """Path at which a scratch file can be opened.

    Raises
    ------
    OutputError
        If there is no room for the last of it.
    """
    with output_errors(Path(tempfile.gettempdir())):
        file.flush()
    return _OPEN_FILES / str(file.fileno()) if _OPEN_FILES.is_dir() else Path(file.name)


def copy(source: Readable, size: int, target: IO[bytes]) -> None:
    """Copy ``size`` bytes.

    Raises
    ------
    EOFError
        If there are fewer.
    OutputError
        If there is no room for them.
    """
    while size > 0:
        piece = source.read(min(size, _COPIED))
        if not piece:
            raise EOFError("it ends early")
        put(piece, target)
        size -= len(piece)


def put(piece: bytes, target: IO[bytes]) -> None:
    """Write to a scratch file.

    Raises
    ------
    OutputError
        If there is no room.
    """
    with output_errors(Path(tempfile.gettempdir())):
        target.write(piece)


def require_room(size: int, archive: Path) -> None:
    """Refuse what the disk of temporary files cannot hold.

    Raises
    ------
    InputError
        With the room that there is.
    """
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if size > free:
        folder = tempfile.gettempdir()
        got = f"'{archive}', of whose {size} bytes '{folder}' can hold {free}"
        raise InputError("room for temporary files", got, "set TMPDIR to a folder with more room, or unpack it")
