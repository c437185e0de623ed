"""Files in a zip archive."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from lensym.data.importing.archive import (
    copy,
    path_of,
    refused,
    require_few,
    require_modest,
    require_room,
    safe_name,
    scratch_file,
)
from lensym.data.importing.hidden import is_hidden
from lensym.data.readers.frame import reading

_ENCRYPTED = 0x1
"""Bit of a member's flags."""
_METHODS = (ZIP_STORED, ZIP_DEFLATED)


class ZipSource:
    """The members of a zip archive; each is unpacked for itself when it is read.

    Raises
    ------
    InputError
        If the archive is damaged, or has a member that is no plain file of its own.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name.rpartition(".")[0] or path.name
        with reading("zip", path):
            self._zip = ZipFile(path)
            self._members = dict(self._files())
        require_modest(sum(info.file_size for info in self._members.values()), path.stat().st_size, path)
        self.files = tuple(sorted(filter(lambda name: not is_hidden(name), self._members)))

    def size(self, file: str) -> int:
        """Bytes of a file."""
        return self._members[file].file_size

    @contextmanager
    def local(self, file: str) -> Iterator[Path]:
        """A temporary file with the member's bytes, whose sum is checked."""
        if file not in self._members:
            raise FileNotFoundError(2, "not in the archive")
        with scratch_file() as target:
            size = self._members[file].file_size
            require_room(size, self.path)
            with reading("zip", self.path), self._zip.open(self._members[file]) as member:
                copy(member, size, target)
                member.read(1)  # at its end the sum is compared
            yield path_of(target)

    def _files(self) -> Iterator[tuple[str, ZipInfo]]:
        seen = set()
        require_few(len(self._zip.filelist), self.path)
        for info in self._zip.filelist:
            name = safe_name(info.orig_filename.replace("\\", "/"), self.path)
            if info.is_dir():
                continue
            self._require_plain(info, name)
            if name in seen:
                raise refused(self.path, "an archive of files with a name each", f"'{name}' twice")
            seen.add(name)
            yield name, info

    def _require_plain(self, info: ZipInfo, name: str) -> None:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise refused(self.path, "an archive of files alone", f"'{name}', a link or device")
        if info.flag_bits & _ENCRYPTED:
            raise refused(self.path, "an archive that is not encrypted", f"'{name}', which is")
        if info.compress_type not in _METHODS:
            raise refused(self.path, "members that are stored or deflated", f"'{name}' by method {info.compress_type}")
