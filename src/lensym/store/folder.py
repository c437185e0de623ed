"""A finished data set, read: splits, labels, truth, and any image at random."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Int64, Shaped
from numpy.typing import NDArray

from lensym.errors import unknown_name
from lensym.store.manifest import Manifest, ShardRecord, read_manifest
from lensym.store.shard import image_offset, read_rows, read_truth
from lensym.store.verify import require_whole, size_fault

Index = int | slice | Sequence[int] | NDArray[np.integer] | NDArray[np.bool_]


class DatasetFolder:
    """A finished data set on disk; make one with `open`."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def open(cls, path: str | Path) -> DatasetFolder:
        """Open the data set in ``path``; missing and truncated shards show here, changed bytes by ``verify``.

        Raises
        ------
        InputError
            If there is no finished data set.
        IntegrityError
            Naming the damaged file.
        """
        path = Path(path)
        manifest = read_manifest(path)
        require_whole(path, manifest.shards, size_fault)
        return cls(path, manifest)

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits."""
        return tuple(self.manifest.splits)

    def split(self, name: str) -> SplitView:
        """Return one split."""
        if name not in self.splits:
            raise unknown_name(f"split of '{self.path}'", name, self.splits)
        return SplitView(self.path, self.manifest, name)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}: {len(self.split(name))}" for name in self.splits)
        return f"DatasetFolder('{self.path}', {self.manifest.recipe}, {sizes})"


class SplitView:
    """One split of a data set: class by class as in ``classes``, then by index.

    It holds no open file, so it may be sent to other processes and read by any number of them.
    """

    def __init__(self, folder: Path, manifest: Manifest, name: str) -> None:
        self.folder = folder
        self.name = name
        self.classes = manifest.classes
        self.image_shape = (manifest.channels, manifest.image_size, manifest.image_size)
        self.dtype = np.dtype(manifest.dtype).newbyteorder("<")
        self._records = sorted(
            (record for record in manifest.shards if record.split == name),
            key=lambda record: (self.classes.index(record.class_name), record.start),
        )
        counts = np.array([record.count for record in self._records], np.int64)
        self._ends = np.cumsum(counts)
        self._starts = self._ends - counts
        self._rows = np.arange(counts.sum())
        self._offsets: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @cached_property
    def labels(self) -> Int64[np.ndarray, " n"]:
        """The class of each image, as its place in ``classes``."""
        labels = [self.classes.index(record.class_name) for record in self._records]
        return np.repeat(np.array(labels, np.int64), self._ends - self._starts)

    @cached_property
    def truth(self) -> dict[str, NDArray[np.generic]]:
        """Every parameter of every image, a column each; NaN where a class has no such parameter."""
        return stack_tables(
            [read_truth(self.folder / record.file) for record in self._records],
            [record.count for record in self._records],
        )

    def images(self, indices: Index) -> Shaped[np.ndarray, "n c h w"]:
        """Read the images at ``indices`` (anything that indexes an array), in that order, as they are stored.

        Raises
        ------
        IntegrityError
            Naming the shard, if it is damaged.
        """
        rows = np.atleast_1d(self._rows[indices])
        out = np.empty((len(rows), *self.image_shape), self.dtype)
        shards = np.searchsorted(self._ends, rows, side="right")
        for shard in np.unique(shards):
            places = np.flatnonzero(shards == shard)
            places = places[np.argsort(rows[places])]
            record = self._records[shard]
            inside = (rows[places] - self._starts[shard]).tolist()
            read_rows(self.folder / record.file, self._offset(record), inside, (out[place] for place in places))
        return out

    def _offset(self, record: ShardRecord) -> int:
        if record.file not in self._offsets:
            shape = (record.count, *self.image_shape)
            self._offsets[record.file] = image_offset(self.folder / record.file, shape, self.dtype)
        return self._offsets[record.file]

    def __repr__(self) -> str:
        return f"SplitView('{self.name}', {len(self)} images, classes {', '.join(self.classes)})"


def stack_tables(
    tables: Sequence[dict[str, NDArray[np.generic]]], counts: Sequence[int]
) -> dict[str, NDArray[np.generic]]:
    """Put tables of ``counts`` rows under one another, with NaN where a table has no such column or shorter rows.

    >>> stack_tables([{"x": np.array([1.0])}, {"x": np.array([2.0]), "m": np.array([5.0])}], [1, 1])["m"]
    array([nan,  5.])
    """
    names = dict.fromkeys(name for table in tables for name in table)
    return {name: _stack([table.get(name) for table in tables], counts) for name in names}


def _stack(columns: Sequence[NDArray[np.generic] | None], counts: Sequence[int]) -> NDArray[np.generic]:
    """One column; a missing part and what is missing at the end of a row are NaN."""
    shapes = {column.shape[1:] for column in columns if column is not None}
    present = [column for column in columns if column is not None]
    if len(shapes) == 1 and len(present) == len(columns):
        return np.concatenate(present)
    whole = np.full((sum(counts), *max(shapes)), np.nan)
    start = 0
    for column, count in zip(columns, counts, strict=True):
        if column is not None:
            whole[(slice(start, start + count), *(slice(n) for n in column.shape[1:]))] = column
        start += count
    return whole
