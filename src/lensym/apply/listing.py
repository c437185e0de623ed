"""The images that files, folders, patterns and catalogues stand for."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from lensym.apply.files import FileFailure
from lensym.data.catalogue import CatalogueRow, is_catalogue, read_catalogue
from lensym.errors import InputError, LensymError

ENDINGS = (".fits", ".fit", ".fts", ".fits.gz", ".fits.fz", ".fz", ".h5", ".hdf5", ".npy")
"""What images in a folder are called; others are left alone."""


def listed_images(paths: str | Path | Iterable[str | Path]) -> list[CatalogueRow | FileFailure]:
    """Every image, in an order that depends on the names alone.

    A folder stands for the images in it and in the folders below, hidden ones left out; a name with ``*``, ``?`` or
    ``[...]`` that is no file's stands for all files that match it, ``**`` for folders at any depth. What stands for
    nothing, or a catalogue that cannot be read, is one failure. A path alone is a list of one.
    """
    images: list[CatalogueRow | FileFailure] = []
    for path in (paths,) if isinstance(paths, str | Path) else paths:
        try:
            images.extend(_images(str(path)))
        except LensymError as error:
            images.append(FileFailure(str(path), error))
    return images


def as_seen_from_anywhere(images: Iterable[CatalogueRow | FileFailure]) -> list[CatalogueRow | FileFailure]:
    """The images with absolute paths, for workers that run in other folders."""
    return [
        replace(image, file=image.file.absolute()) if isinstance(image, CatalogueRow) and image.file else image
        for image in images
    ]


def _images(path: str) -> Iterator[CatalogueRow | FileFailure]:
    place = Path(path)
    if place.is_dir():
        yield from map(_file, _in_folder(place))
    elif not place.exists() and glob.has_magic(path):
        yield from listed_images(_matching(path))
    elif is_catalogue(place):
        yield from read_catalogue(place)
    else:
        yield _file(place)


def _file(path: Path) -> CatalogueRow:
    return CatalogueRow(None, path, None, None)


def _in_folder(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.name.lower().endswith(ENDINGS))
    visible = [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    images = sorted(path for path in visible if path.is_file())
    if not images:
        raise InputError(f"a folder with images ({', '.join(ENDINGS)})", f"none in '{folder}'", "check the path")
    return images


def _matching(pattern: str) -> list[str]:
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207  that of Path takes no absolute pattern
    if not found:
        raise InputError("a pattern that some file matches", f"'{pattern}'", "check it, and the folder it begins in")
    return found
