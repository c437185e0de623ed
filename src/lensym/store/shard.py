"""One shard: an HDF5 file with the images, labels and truth of a block of one class.

The images lie in one piece, uncompressed and little-endian: any of them is one seek and one read away, for
any process and without HDF5's lock. The file depends on its content alone: no times, no order of writing.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from jaxtyping import Shaped
from numpy.typing import NDArray

from lensym.atomic import write_atomically
from lensym.errors import IntegrityError, UsageError
from lensym.store.manifest import ShardRecord

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def write_shard(
    path: Path,
    images: Shaped[np.ndarray, "n c h w"],
    labels: Shaped[np.ndarray, " n"],
    truth: Mapping[str, Shaped[np.ndarray, "n ..."]],
) -> str:
    """Write a shard, whole or not at all, and return its sha256 in hex.

    Raises
    ------
    OutputError
        If the disk is full or refuses; no file is left then.
    """
    content = _encode(images, labels, truth)
    write_atomically(path, content)
    return hashlib.sha256(content).hexdigest()


def write_block(
    folder: Path,
    split: str,
    class_name: str,
    start: int,
    images: Shaped[np.ndarray, "n c h w"],
    label: int,
    truth: Mapping[str, Shaped[np.ndarray, "n ..."]],
) -> ShardRecord:
    """Write images ``start`` to ``start + n`` of a class of a split into their shard in ``folder``."""
    path = folder / shard_name(split, class_name, start)
    labels = np.full(len(images), label, np.int64)
    sha256 = write_shard(path, images, labels, truth)
    return ShardRecord(path.name, split, class_name, start, len(images), path.stat().st_size, sha256)


def shard_name(split: str, class_name: str, start: int) -> str:
    """Return the file name of the shard that begins with image ``start``.

    >>> shard_name("train", "no_sub", 500)
    'train-no_sub-000500.h5'
    """
    for name in (split, class_name):
        if not _NAME.fullmatch(name):
            raise UsageError(
                "names of splits and classes are letters, digits, '_', '.' and '-'", f"'{name}'", "rename it"
            )
    return f"{split}-{class_name}-{start:06d}.h5"


def _encode(
    images: NDArray[np.generic], labels: NDArray[np.generic], truth: Mapping[str, NDArray[np.generic]]
) -> bytes:
    columns = {"images": images, "labels": labels} | {f"truth/{name}": truth[name] for name in sorted(truth)}
    own_name = f"shard-{threading.get_ident()}"  # HDF5 refuses to open a name twice in a process
    with h5py.File(own_name, "w", driver="core", backing_store=False) as file:
        file.create_group("truth")
        for name, column in columns.items():
            if len(column) != len(images) or column.dtype.kind not in "biuf":
                raise ValueError(f"column '{name}' of {column.dtype} {column.shape} beside {len(images)} images")
            little = column.astype(column.dtype.newbyteorder("<"), copy=False)
            file.create_dataset(name, data=little, track_times=False)
        file.flush()
        content: bytes = file.id.get_file_image()
    return content


def image_offset(path: Path, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> int:
    """Return the byte at which the images begin in a shard that must hold ``shape`` of ``dtype``."""
    with _opened(path) as file:
        images = file["images"]
        offset = images.id.get_offset()
        if (images.shape, images.dtype) != (shape, dtype) or offset is None:
            raise ValueError(f"its images are {images.dtype} {images.shape}, the manifest says {dtype} {shape}")
        return int(offset)


def read_rows(path: Path, offset: int, rows: Iterable[int], images: Iterable[NDArray[np.generic]]) -> None:
    """Read the images numbered ``rows`` of a shard into ``images``, an array each."""
    try:
        with path.open("rb", buffering=0) as file:
            for row, image in zip(rows, images, strict=True):
                file.seek(offset + row * image.nbytes)
                if file.readinto(image.data) != image.nbytes:
                    raise damaged(path, "which ends early")
    except OSError as error:
        raise damaged(path, f"which cannot be read ({error.strerror})") from error


def read_truth(path: Path) -> dict[str, NDArray[np.generic]]:
    """Return the truth table of a shard, a column a parameter: (n,), or (n, k) for ``k`` values an image."""
    with _opened(path) as file:
        return {name: column[()] for name, column in file["truth"].items()}


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    try:
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise damaged(path, f"which cannot be read ({error})") from error


def damaged(path: Path, how: str) -> IntegrityError:
    """Error for a shard that is not what the manifest says; ``how`` goes on after the file's name."""
    return IntegrityError(
        "every file must be as it was written",
        f"'{path}', {how}",
        "run the command that made the data set again (it renews damaged shards) or restore the file",
    )
