"""The journal of a data set in the making: what was asked, and the shards that are whole so far."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lensym.atomic import output_errors, write_atomically
from lensym.errors import IntegrityError
from lensym.store.manifest import JOURNAL_NAME, ShardRecord


class Journal:
    """A file of JSON lines, each synced to the disk: first the request, then one line a finished shard."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL_NAME

    def exists(self) -> bool:
        """Whether a writer began here and has not finished."""
        return self.path.exists()

    def begin(self, request: dict[str, Any]) -> None:
        """Start the journal with what was asked for."""
        write_atomically(self.path, _line(request))

    def request(self) -> dict[str, Any]:
        """Return what was asked for when the journal began."""
        request: dict[str, Any] = next(self._lines())
        return request

    def records(self) -> list[ShardRecord]:
        """Return the shards that were finished; a last line that was cut short does not count."""
        lines = self._lines()
        next(lines)
        return [self._record(line) for line in lines]

    def append(self, record: ShardRecord) -> None:
        """Note a finished shard, on the disk when this returns."""
        with output_errors(self.path), self.path.open("r+b") as file:
            file.seek(self._whole_length())
            file.truncate()
            file.write(_line(dataclasses.asdict(record)))
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> None:
        """End the journal: the manifest has taken its place."""
        with output_errors(self.path):
            self.path.unlink(missing_ok=True)

    def _whole_length(self) -> int:
        return self.path.read_bytes().rfind(b"\n") + 1

    def _lines(self) -> Iterator[dict[str, Any]]:
        for line in self.path.read_bytes()[: self._whole_length()].splitlines():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise self._damaged(error) from error

    def _record(self, line: dict[str, Any]) -> ShardRecord:
        try:
            return ShardRecord(**line)
        except (TypeError, ValueError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> IntegrityError:
        return IntegrityError(
            f"'{self.path}' must be a journal as lensym writes it",
            f"a damaged line ({error})",
            "empty the folder and start again",
        )


def _line(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False) + "\n").encode()
