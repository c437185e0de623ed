"""Files of arrays: what each holds, and one value of an array after the other without reading all of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import h5py
import numpy as np
from numpy.typing import NDArray

from lensym.data.importing.zip_source import ZipSource
from lensym.data.readers.frame import reading
from lensym.data.readers.hdf5 import require_own_pixels
from lensym.data.readers.npy_header import BEGINNING, MAGIC, read_npy_header
from lensym.errors import InputError

HDF5_MAGIC, ZIP_MAGIC = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"
RAW_ENDINGS = (".dat", ".bin", ".raw", ".mmap", ".memmap")
"""Endings of files of numbers without a header."""
CONTAINER_ENDINGS = (".npz", ".h5", ".hdf5")
ENDINGS = (".npy", *RAW_ENDINGS, *CONTAINER_ENDINGS)

_CHUNK_CACHE = 2**26
"""Bytes of unpacked chunks that HDF5 keeps, so that it unpacks each once."""

_MOST_PACKED = 1100
"""Times that deflated bytes can grow: 1032, and some."""
_SMALL = 2**20
"""Bytes that an array may have whatever its file holds."""


@runtime_checkable
class Array(Protocol):
    """Numbers in memory or in a file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Kind of the numbers."""
        ...

    def __getitem__(self, key: int | tuple[()]) -> Any:
        """A part, or all."""
        ...


@contextmanager
def opened_arrays(path: Path) -> Iterator[Mapping[str, Array]]:
    """The arrays of numbers of a file by their names, which is empty for a .npy file; none for a file without a header.

    Raises
    ------
    InputError
        If the file is damaged or takes its values from another.
    """
    kind = array_kind(path)
    with ExitStack() as stack:
        if kind == "npy":
            yield {"": map_numbers(path)}
        elif kind == "npz":
            yield _of_npz(path, stack)
        elif kind == "hdf5":
            yield _of_hdf5(path, stack)
        else:
            yield {}


def array_kind(path: Path) -> str:
    """``npy``, ``npz`` or ``hdf5`` by the first bytes; ``raw`` for anything else."""
    with path.open("rb") as file:
        start = file.read(8)
    magics = {"npy": MAGIC, "npz": ZIP_MAGIC, "hdf5": HDF5_MAGIC}
    return next((kind for kind, magic in magics.items() if start.startswith(magic)), "raw")


def _of_npz(path: Path, stack: ExitStack) -> dict[str, Array]:
    source = ZipSource(path)
    members = [file for file in source.files if file.endswith(".npy")]
    return {file.removesuffix(".npy"): map_numbers(stack.enter_context(source.local(file))) for file in members}


def _of_hdf5(path: Path, stack: ExitStack) -> dict[str, Array]:
    found: dict[str, Array] = {}

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "iuf" and item.shape:
            require_own_values(item, path)
            found[name] = item

    stack.enter_context(reading("HDF5", path))
    file = stack.enter_context(h5py.File(path, "r", locking=False, rdcc_nbytes=_CHUNK_CACHE))
    file.visititems(visit)
    return found


def map_numbers(path: Path) -> NDArray[Any]:
    """The plain array of a .npy file, mapped into memory.

    Raises
    ------
    InputError
        If the file is damaged, or holds anything but numbers.
    """
    with reading(".npy", path), path.open("rb") as file:
        header = read_npy_header(file.read(BEGINNING), os.fstat(file.fileno()).st_size)
    if header.dtype.kind not in "iuf":
        raise InputError("an array of numbers", f"'{path}' with dtype {header.dtype}", "save real numbers")
    order: Literal["C", "F"] = "F" if header.fortran else "C"
    if not header.count:
        return np.empty(header.shape, header.dtype, order)
    return np.memmap(path, header.dtype, "r", header.offset, header.shape, order)


def require_own_values(data: h5py.Dataset, path: Path) -> None:
    """Refuse a data set that takes its values from other files, or claims more of them than any packing holds.

    Raises
    ------
    InputError
        Naming it.
    """
    require_own_pixels(data, path)
    stored = data.id.get_storage_size()
    if data.nbytes > _SMALL + _MOST_PACKED * stored:
        got = f"'{path}' with '{data.name}', {data.nbytes} bytes in {stored}"
        raise InputError("a file that holds the values of its arrays", got, "write it anew")


def raw_numbers(path: Path, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Numbers of a file without a header."""
    return np.memmap(path, dtype, "r", 0, shape) if np.prod(shape) else np.empty(shape, dtype)
