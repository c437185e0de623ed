"""Whether the bytes on the disk are those that were written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lensym.store.manifest import ShardRecord, manifest_digest, read_manifest
from lensym.store.shard import damaged

Fault = Callable[[Path, ShardRecord], str | None]


@dataclass(frozen=True)
class Verification:
    """A data set found whole: every file has the sha256 that the manifest says."""

    path: Path
    images: int
    shards: int
    size: int
    sha256: str


def verify(path: str | Path) -> Verification:
    """Read every byte of the data set in ``path`` and compare it with the manifest.

    Raises
    ------
    InputError
        If there is no finished data set.
    IntegrityError
        Naming the damaged file, the first of several.
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    records = manifest.shards
    require_whole(folder, records, byte_fault)
    for name, sha256 in manifest.files.items():
        if fault := content_fault(folder / name, sha256):
            raise damaged(folder / name, f"which {fault}")
    images, size = sum(r.count for r in records), sum(r.size for r in records)
    return Verification(folder, images, len(records), size, manifest_digest(folder))


def require_whole(folder: Path, records: Iterable[ShardRecord], fault: Fault) -> None:
    """Raise IntegrityError if ``fault`` (`size_fault` or `byte_fault`) finds something in any shard."""
    faults = find_faults(folder, records, fault)
    if faults:
        file, what = next(iter(faults.items()))
        others = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise damaged(folder / file, f"which {what}{others}")


def find_faults(folder: Path, records: Iterable[ShardRecord], fault: Fault) -> dict[str, str]:
    """Return what is wrong with each damaged shard, by file name; several files are read at a time."""
    records = list(records)
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        found = pool.map(lambda record: fault(folder, record), records)
        return {record.file: what for record, what in zip(records, found, strict=True) if what}


def size_fault(folder: Path, record: ShardRecord) -> str | None:
    """Say what is wrong as far as the file's size shows it: missing or truncated."""
    try:
        size = (folder / record.file).stat().st_size
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if size == record.size else f"has {size} bytes instead of {record.size}"


def byte_fault(folder: Path, record: ShardRecord) -> str | None:
    """Say what is wrong with any byte of a shard."""
    if fault := size_fault(folder, record):
        return fault
    return content_fault(folder / record.file, record.sha256)


def content_fault(path: Path, sha256: str) -> str | None:
    """Say what is wrong with the bytes of a file that must have this sha256."""
    try:
        with path.open("rb", buffering=0) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if found == sha256 else "was changed: its sha256 is not the manifest's"
