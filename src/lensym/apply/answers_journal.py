"""Answers that a stopped ``predict`` has given so far: a file of JSON lines beside the table to be."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from lensym import __version__, errors
from lensym.apply.batch import AnsweredPart, PartAnswerer
from lensym.apply.catalogue import Images
from lensym.apply.files import FileFailure, FilePrediction
from lensym.atomic import output_errors
from lensym.data.known_lenses import KnownLens
from lensym.errors import OutputError, UsageError

ENDING = ".part"


class AnswersJournal:
    """The journal of the table ``out``, held for one writer while the context lasts.

    The first line says what was asked, each other line holds the answers on a part and is on the disk when `note`
    returns. A last line that was cut short does not count.

    Raises
    ------
    UsageError
        If it was begun for other images, another model or other options.
    OutputError
        If it has another writer, or cannot be written.
    """

    def __init__(self, out: Path, asked: Mapping[str, Any]) -> None:
        self.path = out.with_name(out.name + ENDING)
        self._asked = _line(asked)
        self._starts: list[int] = []

    def __enter__(self) -> AnswersJournal:
        with output_errors(self.path):
            self._file = self.path.open("a+b")
            self._lock()
            self._resume()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def starts(self) -> list[int]:
        """Number of the first image of each part that is answered."""
        return list(self._starts)

    def note(self, part: AnsweredPart) -> None:
        """Keep the answers on a part."""
        self._append(_line({"start": part.start, "results": [_plain(result) for result in part.results]}))
        self._starts.append(part.start)

    def results(self) -> list[FilePrediction | FileFailure]:
        """Every answer, in the order of the images."""
        parts = dict(self._parts())
        return [_restored(plain) for start in sorted(parts) for plain in parts[start]]

    def remove(self) -> None:
        """End the journal: the table has taken its place."""
        self.path.unlink(missing_ok=True)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            needed, got = f"'{self.path}' may have one writer at a time", "a file that another process is writing"
            raise OutputError(needed, got, "wait for it to end or choose another --out") from None

    def _resume(self) -> None:
        """Begin, or find what is there, without what was cut short."""
        content = self.path.read_bytes()
        begun = content[: content.find(b"\n") + 1] or content
        if not self._asked.startswith(begun):
            self._file.close()
            raise UsageError(
                f"the images, model and options with which '{self.path}' was begun",
                "others, or files that were changed since",
                f"give the same again, choose another --out, or delete '{self.path}'",
            )
        self._file.truncate(content.rfind(b"\n") + 1)
        if b"\n" not in content:
            self._append(self._asked)
        self._starts = [start for start, _ in self._parts()]

    def _parts(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        with self.path.open("rb") as file:
            next(file)
            for line in file:
                part = json.loads(line)
                yield part["start"], part["results"]

    def _append(self, line: bytes) -> None:
        with output_errors(self.path):
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())


def asked(images: Images, answerer: PartAnswerer) -> dict[str, Any]:
    """What a journal must have been begun with to be gone on with."""
    digest = hashlib.sha256()
    for image in images:
        digest.update(repr(image if isinstance(image, FileFailure) else (image, _state(image.file))).encode())
    reading = {key: value if value is None else str(value) for key, value in vars(answerer.reading).items()}
    return {
        "lensym_version": __version__,
        "model": answerer.model,
        "weights_sha256": answerer.weights_sha256,
        "reading": {**reading, "mosaic_state": _state(Path(reading["mosaic"]) if reading["mosaic"] else None)},
        "images": len(images),
        "sha256": digest.hexdigest(),
    }


def _state(path: Path | None) -> list[int] | None:
    """Size and time of a file, None where there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return found and [found.st_size, found.st_mtime_ns]


def _line(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content) + "\n").encode()


def _plain(result: FilePrediction | FileFailure) -> dict[str, Any]:
    if isinstance(result, FilePrediction):
        return result.to_dict()
    error = [type(result.error).__name__, *result.error.__reduce__()[1]]
    return {"error": error, "file": result.file, "id": result.id}


def _restored(plain: dict[str, Any]) -> FilePrediction | FileFailure:
    if "error" in plain:
        kind, *words = plain["error"]
        return FileFailure(plain["file"], getattr(errors, kind)(*words), plain["id"])
    lens = plain["known_lens"] and KnownLens(**plain["known_lens"])
    words = {key: tuple(plain[key]) for key in ("warnings", "steps")}
    return FilePrediction(**{**plain, **words, "known_lens": lens})
