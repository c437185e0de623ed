"""Files in a tar archive, packed by gzip or not."""

from __future__ import annotations

import gzip
import re
import tarfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lensym.data.importing.archive import (
    copy,
    open_scratch,
    path_of,
    put,
    refused,
    require_few,
    require_modest,
    require_room,
    safe_name,
    scratch_file,
)
from lensym.data.importing.hidden import is_hidden
from lensym.data.readers.frame import reading

GZIP_MAGIC = b"\x1f\x8b"

_BLOCK = 512
_PIECE = 2**20
_KEPT = 1000
"""Members after which tarfile's own list of them is emptied."""


@dataclass(frozen=True)
class Place:
    """Where a member's bytes lie."""

    offset: int
    size: int


class TarSource:
    """The members of a tar archive; a packed one is unpacked as a whole, into one temporary file without a name.

    Raises
    ------
    InputError
        If the archive is damaged or ends early, or has a member that is no plain file of its own.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = re.sub(r"\.(tgz|taz|tar(\.gz)?)$", "", path.name, flags=re.IGNORECASE)
        with reading("tar", path):
            self._plain = self._opened()
            self._end = self._plain.seek(0, 2)
            self._members = dict(self._files())
        self.files = tuple(sorted(filter(lambda name: not is_hidden(name), self._members)))

    def size(self, file: str) -> int:
        """Bytes of a file."""
        return self._members[file].size

    @contextmanager
    def local(self, file: str) -> Iterator[Path]:
        """A temporary file with the member's bytes."""
        if file not in self._members:
            raise FileNotFoundError(2, "not in the archive")
        place = self._members[file]
        with scratch_file() as target:
            require_room(place.size, self.path)
            with reading("tar", self.path):
                self._plain.seek(place.offset)
                copy(self._plain, place.size, target)
            yield path_of(target)

    def _opened(self) -> IO[bytes]:
        """The archive without its packing; it is closed with this source."""
        file: IO[bytes] = self.path.open("rb")
        weakref.finalize(self, file.close)
        if file.read(len(GZIP_MAGIC)) != GZIP_MAGIC:
            return file
        target = open_scratch()
        weakref.finalize(self, target.close)
        self._unpack(file, target)
        return target

    def _unpack(self, packed: IO[bytes], target: IO[bytes]) -> None:
        """Unpack all as long as it grows as data do."""
        packed.seek(0)
        unpacked = 0
        with gzip.GzipFile(fileobj=packed) as source:
            while piece := source.read(_PIECE):
                unpacked += len(piece)
                require_modest(unpacked, packed.tell(), self.path)
                put(piece, target)

    def _files(self) -> Iterator[tuple[str, Place]]:
        seen = set()
        self._plain.seek(0)
        with tarfile.open(fileobj=self._plain, mode="r:", errorlevel=2) as tar:
            count = 0
            while (member := tar.next()) is not None:
                count += 1
                require_few(count, self.path)
                if count % _KEPT == 0:
                    tar.members = []  # type: ignore[attr-defined]
                name = safe_name(member.name, self.path)
                if member.isdir():
                    continue
                self._require_plain(member, name)
                if name in seen:
                    raise refused(self.path, "an archive of files with a name each", f"'{name}' twice")
                seen.add(name)
                yield name, Place(member.offset_data, member.size)
            self._require_end(tar.offset)

    def _require_plain(self, member: tarfile.TarInfo, name: str) -> None:
        if not member.isreg() or member.sparse is not None:
            raise refused(self.path, "an archive of files alone", f"'{name}', a link, device or file with holes")
        if member.size < 0 or member.offset_data + member.size > self._end:
            raise refused(self.path, "a whole archive", f"'{name}', of which it has not all")

    def _require_end(self, offset: int) -> None:
        self._plain.seek(offset)
        if self._plain.read(_BLOCK) != bytes(_BLOCK):
            raise refused(self.path, "a whole archive", f"no end: it breaks off or is damaged at byte {offset}")
