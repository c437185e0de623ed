"""A folder a class, in it a file an image: the layout of most DeepLense data."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lensym.data.importing.item import Item
from lensym.data.importing.plan import Claim, Plan, class_label, in_no_class, is_image, known_class, split_of
from lensym.data.importing.read import one_image
from lensym.data.importing.source import Source
from lensym.data.importing.table_layout import numbers_beside


@dataclass(frozen=True)
class ClassFolders:
    """Files in folders that are called after their class.

    Parameters
    ----------
    words
        What the folders of the classes are called; empty for any name of a class that is known.
    model
        Pattern of a folder's name that must stand above them, or be the source's own; None for any.
    pixel_scale
        Arcsec per pixel, None where it is not known.
    """

    name: str
    summary: str
    words: frozenset[str] = frozenset()
    model: str | None = None
    pixel_scale: float | None = None

    def recognise(self, source: Source) -> Claim | None:
        """By the folders' names."""
        folders = Counter(_folder(file) for file in source.files if is_image(file))
        found = [folder for folder in folders if self._is_class(folder.name) and self._fits(folder, source)]
        if not found:
            return None
        names = sorted({folder.name for folder in found})
        splits = sorted({split for folder in found if (split := split_of(folder.parts))})
        words = f"a folder a class ({', '.join(names)})" + (f", splits {', '.join(splits)}" if splits else "")
        left = {str(_folder(file)) for file in _in_classes(source) if not known_class(_folder(file).name)}
        return Claim(sum(folders[folder] for folder in found), words, tuple(sorted(left)))

    def plan(self, source: Source, labels: Sequence[str]) -> Plan:
        """Every folder a class, called after a known one or not.

        Refused are images in no folder, and the figures of `_in_classes`. Numbers of the images may stand in a table
        beside the folders.
        """
        files = _in_classes(source)
        beside = numbers_beside(source)
        items = (_item(file, beside.get(file, {})) for file in files)
        refused = map(in_no_class, sorted(set(filter(is_image, source.files)).difference(files)))
        return Plan(tuple(items), one_image, self.pixel_scale, refused=tuple(refused))

    def _is_class(self, folder: str) -> bool:
        return folder in self.words if self.words else known_class(folder) is not None

    def _fits(self, folder: PurePosixPath, source: Source) -> bool:
        pattern = self.model
        return pattern is None or any(re.fullmatch(pattern, part, re.I) for part in (source.name, *folder.parts))


def _in_classes(source: Source) -> list[str]:
    """Images in folders, but no figures: PNG files in other folders beside known classes that have none."""
    files = [file for file in source.files if is_image(file) and _folder(file).name]
    known = {file for file in files if known_class(_folder(file).name)}
    figures = known and not any(map(_is_png, known))
    return [file for file in files if file in known or not (figures and _is_png(file))]


def _is_png(file: str) -> bool:
    return file.lower().endswith(".png")


def _folder(file: str) -> PurePosixPath:
    return _path(file.rpartition("/")[0])


@functools.lru_cache(maxsize=1000)  # many files have few folders
def _path(folder: str) -> PurePosixPath:
    return PurePosixPath(folder)


def _item(file: str, truth: Mapping[str, float]) -> Item:
    return Item(file, *_class_and_split(_folder(file)), truth=truth)


@functools.lru_cache(maxsize=1000)
def _class_and_split(folder: PurePosixPath) -> tuple[str, str | None]:
    return class_label(folder.name), split_of(folder.parts)


def _model(number: int, roman: str, pixel_scale: float) -> ClassFolders:
    folder = f"Model_{roman}"
    return ClassFolders(
        name=f"model_{roman.lower()}",
        summary=f"{folder}/{{axion,cdm,no_sub}} and perhaps {folder}_test, a file an image",
        model=rf"model[ _-]?({roman}|{number})([^a-z0-9].*)?",
        pixel_scale=pixel_scale,
    )


LAYOUTS = (
    _model(1, "I", 0.05),
    _model(2, "II", 0.101),
    _model(3, "III", 0.08),
    _model(4, "IV", 0.101),
    ClassFolders(
        name="test_i",
        summary="{train,val}/{no,sphere,vort}, a file an image",
        words=frozenset({"no", "sphere", "vort"}),
    ),
    ClassFolders(name="class_folders", summary="a folder a class, a file an image; splits as folders above, or none"),
)
"""Where a model's number stands in a folder's name, the pixels are those of its published recipe."""
