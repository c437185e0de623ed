"""A folder a class, in it a file an image: the layout of most DeepLense data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lensym.data.importing.item import Item
from lensym.data.importing.plan import Claim, Plan, class_label, is_image, known_class, split_of
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
        found = [path for path in _images(source) if self._is_class(path.parent.name) and self._fits(path, source)]
        if not found:
            return None
        folders = sorted({path.parent.name for path in found})
        splits = sorted({split for path in found if (split := split_of(path.parent.parts))})
        words = f"a folder a class ({', '.join(folders)})" + (f", splits {', '.join(splits)}" if splits else "")
        return Claim(len(found), words)

    def plan(self, source: Source, labels: Sequence[str]) -> Plan:
        """The images in folders of known classes; where no folder is one, every folder is taken for a class.

        Numbers of the images may stand in a table beside the folders.
        """
        paths = [path for path in _images(source) if path.parent.name]
        known = [path for path in paths if known_class(path.parent.name)]
        beside = numbers_beside(source)
        items = (_item(path, beside.get(str(path), {})) for path in known or paths)
        return Plan(tuple(items), one_image, self.pixel_scale)

    def _is_class(self, folder: str) -> bool:
        return folder in self.words if self.words else known_class(folder) is not None

    def _fits(self, path: PurePosixPath, source: Source) -> bool:
        pattern = self.model
        return pattern is None or any(re.fullmatch(pattern, part, re.I) for part in (source.name, *path.parts))


def _images(source: Source) -> Iterator[PurePosixPath]:
    return map(PurePosixPath, filter(is_image, source.files))


def _item(path: PurePosixPath, truth: Mapping[str, float]) -> Item:
    return Item(str(path), class_label(path.parent.name), split_of(path.parent.parts), truth=truth)


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
