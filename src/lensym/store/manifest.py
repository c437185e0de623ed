"""The manifest: what a data set holds, how it was made, and the size and sha256 of every shard."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lensym.atomic import write_atomically
from lensym.errors import InputError, IntegrityError, UsageError

FORMAT = 1
MANIFEST_NAME = "manifest.json"
JOURNAL_NAME = "progress.jsonl"
_SEAL, _EMPTY = "manifest_sha256", b'""'
"""Last key of the file: the sha256 of all of it, with an empty string in this place."""


@dataclass(frozen=True)
class ShardRecord:
    """A shard: images ``start`` to ``start + count`` of a class in a split, in ``file`` of ``size`` bytes."""

    file: str
    split: str
    class_name: str
    start: int
    count: int
    size: int
    sha256: str

    def __post_init__(self) -> None:
        require_plain(self.file)


@dataclass(frozen=True)
class Manifest:
    """Everything there is to know about a data set without opening a shard.

    Parameters
    ----------
    recipe, variant
        What made the images: a recipe's name and variant, or the importer's.
    classes
        In the order of the labels 0, 1, ...
    channels, image_size, pixel_scale, dtype
        Images are (channels, image_size, image_size) of ``dtype``, with pixels of ``pixel_scale`` arcsec.
    seed
        The seed of the simulation; None for images that came from elsewhere.
    splits
        Images of each class in each split: ``{"train": {"cdm": 800, ...}, ...}``.
    parameters
        The recipe as it was used, every constant of it.
    shards
        In the order of the images: split by split, class by class, then by index.
    files
        sha256 of each other file of the data set, by its name.
    smooth_fit
        Where the second channel is what smooth lenses leave of the images of another data set, the sha256 of that one's
        manifest; empty, and not in the file, elsewhere.
    """

    recipe: str
    variant: str
    classes: tuple[str, ...]
    channels: int
    image_size: int
    pixel_scale: float | None
    dtype: str
    seed: int | None
    splits: dict[str, dict[str, int]]
    parameters: dict[str, Any]
    lensym_version: str
    shards: tuple[ShardRecord, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    smooth_fit: str = ""
    format: int = FORMAT

    def __post_init__(self) -> None:
        for name in self.files:
            require_plain(name)

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads, in types that JSON keeps."""
        plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self), allow_nan=False))
        if not self.smooth_fit:
            del plain["smooth_fit"]
        return plain

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Manifest:
        """Rebuild a manifest; raises KeyError, TypeError or ValueError if ``raw`` is none."""
        shards = tuple(ShardRecord(**shard) for shard in raw["shards"])
        return cls(**{**raw, "classes": tuple(raw["classes"]), "shards": shards})

    def check_counts(self) -> None:
        """Raise ValueError unless the shards hold exactly the images that the splits announce."""
        held: dict[tuple[str, str], int] = defaultdict(int)
        for shard in self.shards:
            held[shard.split, shard.class_name] += shard.count
        announced = {(s, c): n for s, counts in self.splits.items() for c, n in counts.items() if n}
        if held != announced:
            raise ValueError(f"the shards hold {dict(held)}, the splits announce {announced}")


def require_images_alone(folder: str | Path, manifest: Manifest) -> None:
    """Refuse a data set whose second channel is what smooth lenses leave.

    Raises
    ------
    UsageError
        Naming it.
    """
    if manifest.smooth_fit:
        raise UsageError(
            "a data set of images alone",
            f"'{folder}', whose second channel is what smooth lenses leave of them",
            "give the data set that it was made from",
        )


def require_plain(name: str) -> None:
    """Raise ValueError unless ``name`` is a file's in the folder itself."""
    if Path(name).name != name:
        raise ValueError(f"'{name}' is not a plain file name")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json``, the last act of making a data set."""
    manifest.check_counts()
    text = json.dumps(manifest.to_dict() | {_SEAL: ""}, indent=1, ensure_ascii=False)
    write_atomically(folder / MANIFEST_NAME, _sealed(f"{text}\n".encode()))


def read_manifest(folder: str | Path) -> Manifest:
    """Read the manifest of the finished data set in ``folder``.

    Raises
    ------
    InputError
        If there is no finished data set, or one of a newer format.
    IntegrityError
        If the manifest is damaged.
    """
    path = Path(folder) / MANIFEST_NAME
    try:
        content = path.read_bytes()
        raw = json.loads(content)
        _check_format(path, raw)
        _check_seal(content, raw.pop(_SEAL, None))
        manifest = Manifest.from_dict(raw)
        manifest.check_counts()
    except OSError as error:
        raise _no_data_set(Path(folder), error) from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _damaged(path, error) from error
    return manifest


def manifest_digest(folder: str | Path) -> str:
    """Return the sha256 of ``manifest.json`` in hex: it stands for every byte of the data set."""
    path = Path(folder) / MANIFEST_NAME
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise _no_data_set(Path(folder), error) from error


def _sealed(content: bytes) -> bytes:
    """Fill in the sha256 of a manifest that has none yet."""
    head, _, tail = content.rpartition(_EMPTY)
    return head + b'"' + hashlib.sha256(content).hexdigest().encode() + b'"' + tail


def _check_seal(content: bytes, sha256: Any) -> None:
    """Raise ValueError if a byte of a manifest was changed; one from before there were seals is taken as it is."""
    if sha256 is None:
        return
    head, _, tail = content.rpartition(f'"{sha256}"'.encode())
    if hashlib.sha256(head + _EMPTY + tail).hexdigest() != sha256:
        raise ValueError("its sha256 is not what it says itself")


def _check_format(path: Path, raw: Any) -> None:
    if raw["format"] != FORMAT:
        raise InputError(
            f"'{path}' must be of format {FORMAT}",
            f"format {raw['format']!r}",
            "update lensym, or make the data set anew with this one",
        )


def _damaged(path: Path, error: Exception) -> IntegrityError:
    return IntegrityError(
        f"'{path}' must be a manifest as lensym writes it",
        f"a damaged file ({type(error).__name__}: {error})",
        "restore it from a copy or make the data set anew in an empty folder",
    )


def _no_data_set(folder: Path, error: OSError) -> InputError:
    needed = f"a finished data set, a folder with {MANIFEST_NAME}"
    if (folder / JOURNAL_NAME).exists():
        return InputError(
            needed,
            f"'{folder}', a data set that is not finished",
            "run the command that makes it again: it goes on where it stopped",
        )
    reason = "no such folder" if not folder.exists() else error.strerror or str(error)
    return InputError(needed, f"'{folder}' ({reason})", "make one with 'lensym simulate'")
