"""Where the files of a data set lie."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

from lensym.data.importing.hidden import is_hidden
from lensym.data.importing.tar_source import GZIP_MAGIC, TarSource
from lensym.data.importing.zip_source import ZipSource
from lensym.errors import InputError


@runtime_checkable
class Source(Protocol):
    """Files by their names: paths relative to the source, with slashes."""

    @property
    def name(self) -> str:
        """What the source itself is called."""
        ...

    @property
    def files(self) -> Sequence[str]:
        """Names of all files, sorted; hidden ones left out."""
        ...

    def size(self, file: str) -> int:
        """Bytes of a file."""
        ...

    def local(self, file: str) -> AbstractContextManager[Path]:
        """A path from which a file can be read while the context lasts."""
        ...


_USTAR = 257
"""Byte at which a tar archive says that it is one."""
_OTHER_PACKINGS = (b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")


class Folder:
    """A folder with all folders in it; links to folders are not followed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.resolve().name
        self.files = tuple(sorted(self._walk()))
        self._known = frozenset(self.files)

    def size(self, file: str) -> int:
        """Bytes of a file."""
        return (self.path / file).stat().st_size

    @contextmanager
    def local(self, file: str) -> Iterator[Path]:
        """The file itself."""
        if file not in self._known:
            raise FileNotFoundError(2, "not there")
        yield self.path / file

    def _walk(self) -> Iterator[str]:
        folders = [(str(self.path), "")]
        while folders:
            folder, place = folders.pop()
            for entry in _entries(folder):
                if entry.is_dir(follow_symlinks=False):
                    folders.append((entry.path, f"{place}{entry.name}/"))
                elif entry.is_file() and not is_hidden(place + entry.name):  # a pipe or a device would block
                    yield place + entry.name


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        got = f"'{error.filename}': {error.strerror}"
        raise InputError("a readable folder", got, "check its permissions") from None


class OneFile:
    """A file by itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.stem
        self.files = (path.name,)

    def size(self, file: str) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    @contextmanager
    def local(self, file: str) -> Iterator[Path]:
        """The file itself."""
        if file != self.path.name:
            raise FileNotFoundError(2, "not there")
        yield self.path


def open_source(path: Path) -> Source:
    """The files of a folder or an archive, or one file of many images.

    Raises
    ------
    InputError
        If there is nothing, or an archive that is damaged or hostile.
    """
    if path.is_dir():
        return Folder(path)
    if not path.is_file():
        got = f"'{path}', which is neither folder nor file" if path.exists() else f"nothing at '{path}'"
        raise InputError("a folder or archive to import", got, "check the path")
    return _open_file(path)


def _open_file(path: Path) -> Source:
    start = _first_bytes(path)
    name = path.name.lower()
    if start.startswith(_OTHER_PACKINGS):
        raise InputError("a .zip, .tar or .tgz archive", f"'{path}', packed in another way", "unpack it")
    if start.startswith(b"PK") and start[2:4] in (b"\3\4", b"\5\6"):
        return ZipSource(path)
    if start[_USTAR:].startswith(b"ustar") or name.endswith(".tar"):
        return TarSource(path)
    if start.startswith(GZIP_MAGIC) and not name.endswith(".fits.gz"):
        return TarSource(path)
    return OneFile(path)


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_USTAR + 8)
    except OSError as error:
        raise InputError("a readable file", f"'{path}': {error.strerror}", "check its permissions") from None
