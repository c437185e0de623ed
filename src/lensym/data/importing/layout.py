"""What a layout is, which there are, and which one a source has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol, runtime_checkable

from lensym.conventions import CLASS_ALIASES
from lensym.data.importing.class_folders import LAYOUTS as CLASS_FOLDERS
from lensym.data.importing.lens_finding import LensFinding
from lensym.data.importing.plan import Claim, Plan
from lensym.data.importing.source import Source
from lensym.data.importing.stacks import Stacks
from lensym.data.importing.table_layout import Table
from lensym.errors import InputError, unknown_name
from lensym.store.manifest import MANIFEST_NAME

_LEAST_SHARE = 0.5
"""Share of a source's files below which a layout does not fit it."""

_SHOWN = 5
"""Kinds of files, or folders, that an error names."""


@runtime_checkable
class Layout(Protocol):
    """A way in which people lay out data sets."""

    @property
    def name(self) -> str:
        """As ``--layout`` takes it."""
        ...

    @property
    def summary(self) -> str:
        """What it looks like."""
        ...

    def recognise(self, source: Source) -> Claim | None:
        """How much of a source it explains, and by what it was known; None for nothing."""
        ...

    def plan(self, source: Source, labels: Sequence[str]) -> Plan:
        """Every image of a source; ``labels`` are the classes of labels that are numbers."""
        ...


@dataclass(frozen=True)
class Choice:
    """A layout, and why it was taken."""

    layout: Layout
    why: str


LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (LensFinding(), Stacks(), *CLASS_FOLDERS, Table())}
"""Every layout by its name; of two that explain as much, the first is taken."""


def choose_layout(source: Source, name: str | None) -> Choice:
    """The layout that was asked for, or the one that explains most of a source.

    Raises
    ------
    UsageError
        If there is no layout of that name.
    InputError
        If none fits, it is a data set of lensym's already, or nobody can know which of its folders are classes.
    """
    if name is not None:
        if name not in LAYOUTS:
            raise unknown_name("layout", name, LAYOUTS)
        return Choice(LAYOUTS[name], "asked for")
    if MANIFEST_NAME in source.files:
        raise InputError("a data set of others", f"'{source.name}', which lensym made", "use it as it is")
    claims = [(layout, claim) for layout in LAYOUTS.values() if (claim := layout.recognise(source))]
    best = max(claims, key=lambda pair: pair[1].files, default=None)
    if best is None or best[1].files < _LEAST_SHARE * len(source.files):
        raise _unrecognised(source)
    if best[1].left:
        raise _left(best[0].name, best[1].left)
    return Choice(best[0], best[1].why)


def _unrecognised(source: Source) -> InputError:
    return InputError(
        f"a data set in one of the layouts {', '.join(LAYOUTS)}",
        f"'{source.name}' with {_seen(source.files)}",
        "name the layout with --layout, or arrange the files as a folder a class",
    )


def _left(layout: str, folders: Sequence[str]) -> InputError:
    names = ", ".join(f"'{folder}'" for folder in folders[:_SHOWN])
    more = f" and {len(folders) - _SHOWN} more" if len(folders) > _SHOWN else ""
    return InputError(
        f"folders of images that are all called after known classes ({', '.join(CLASS_ALIASES)})",
        f"{names}{more} beside such folders",
        f"give --layout {layout} to take every folder for a class, or leave out those that are none",
    )


def _seen(files: Sequence[str]) -> str:
    """Files by folder and ending, the commonest first.

    >>> _seen(["a/1.txt", "a/2.txt", "b/3.jpg"])
    "2 files like 'a/*.txt', 1 like 'b/*.jpg'"
    """
    counts: dict[str, int] = {}
    for path in map(PurePosixPath, files):
        pattern = str(path.with_name(f"*{path.suffix}"))
        counts[pattern] = counts.get(pattern, 0) + 1
    ranked = sorted(counts, key=lambda pattern: -counts[pattern])
    words = [f"{counts[pattern]} like '{pattern}'" for pattern in ranked[:_SHOWN]]
    more = [f"{len(ranked) - _SHOWN} other kinds"] if len(ranked) > _SHOWN else []
    return ", ".join(words + more).replace(" like", " files like", 1) or "no files"
