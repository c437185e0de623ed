"""Where the files of a data set lie."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

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


class Folder:
    """A folder with all folders in it; links to folders are not followed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.resolve().name
        self.files = tuple(sorted(self._walk()))

    def size(self, file: str) -> int:
        """Bytes of a file."""
        return (self.path / file).stat().st_size

    @contextmanager
    def local(self, file: str) -> Iterator[Path]:
        """The file itself."""
        yield self.path / file

    def _walk(self) -> Iterator[str]:
        for folder, _, names in os.walk(self.path, onerror=_refuse):
            for path in map(Path(folder).joinpath, names):
                name = path.relative_to(self.path).as_posix()
                if path.is_file() and not is_hidden(name):  # a pipe or a device would block
                    yield name


def is_hidden(file: str) -> bool:
    """Whether a file is one that systems leave behind, for themselves.

    >>> [is_hidden(name) for name in ("axion/1.npy", "axion/.DS_Store", "__MACOSX/axion/1.npy")]
    [False, True, True]
    """
    return any(part.startswith(".") or part == "__MACOSX" for part in file.split("/"))


def open_source(path: Path) -> Source:
    """The files of a folder."""
    if path.is_dir():
        return Folder(path)
    got = f"'{path}', a file" if path.exists() else f"nothing at '{path}'"
    raise InputError("a folder to import", got, "check the path")


def _refuse(error: OSError) -> None:
    raise InputError("a readable folder", f"'{error.filename}': {error.strerror}", "check its permissions") from None
