"""Which of a file's arrays is the image: found when there is only one, asked for otherwise."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lensym.data.readers.frame import ArrayEntry, is_image_shape
from lensym.data.readers.planes import Planes, split_planes
from lensym.errors import InputError, UsageError, unknown_name

_COMPANION = re.compile(
    r"(?<![a-z])(psf|prf|kernel|rms|noise|sigma|std|err|error|var|variance|ivar|invvar|cov|mask|dq|flags?|seg"
    r"|segmentation|wht|weights?|ctx|exp|exposure|bkg|background)(?![a-z])",
    re.IGNORECASE,
)
_MOST_LISTED = 12
_TRUTH = "truth/"
"""Group of a shard of a data set (`lensym.store`): tables of what is known of its images, one row for each."""


def is_companion(name: str) -> bool:
    """Whether a name says that its array goes with an image without being one: a PSF, a noise map, a mask.

    >>> [is_companion(name) for name in ("VIS_PSF", "exposure_time", "VIS_BGSUB", "masked_image2")]
    [True, True, False, False]
    """
    return _COMPANION.search(name) is not None


def choose(entries: Sequence[ArrayEntry], wanted: str | None, source: Path) -> tuple[ArrayEntry, Planes]:
    """Return the image among the arrays of the file ``source``, or the one that ``wanted`` names, and its planes.

    Raises
    ------
    InputError
        If there is no image, or more than one and ``wanted`` is None.
    UsageError
        If ``wanted`` names none of them.
    """
    if wanted is not None:
        name, planes = split_planes(wanted)
        return _named(entries, name, source), planes
    images = images_among(entries)
    if len(images) != 1:
        raise _undecided(entries, images, source)
    return images[0], ()


def images_among(entries: Sequence[ArrayEntry]) -> list[ArrayEntry]:
    """Those arrays that have an image's shape, and neither a companion's name nor a truth table's."""
    return [entry for entry in entries if is_image_shape(entry.shape) and _may_be_image(entry)]


def choice_in_words(entries: Sequence[ArrayEntry], chosen: ArrayEntry) -> str:
    """Say what was taken and what was left, empty where there was nothing to choose."""
    left = [str(entry) for entry in entries if str(entry) != str(chosen)]
    return f"took {chosen} and left {_listed(left)}" if left else ""


def _may_be_image(entry: ArrayEntry) -> bool:
    return not (is_companion(entry.name) or entry.name.startswith(_TRUTH))


def _stacks_among(entries: Sequence[ArrayEntry]) -> list[ArrayEntry]:
    """Those arrays that are no image, but whose planes are."""
    return [
        entry
        for entry in entries
        if 0 not in entry.shape
        and is_image_shape(entry.shape[1:])
        and not is_image_shape(entry.shape)
        and _may_be_image(entry)
    ]


def _named(entries: Sequence[ArrayEntry], wanted: str, source: Path) -> ArrayEntry:
    if not wanted and len(entries) == 1:
        return entries[0]
    if not any(entry.name for entry in entries):
        plane = f", or take {_plane_of(stacks[0])}" if (stacks := _stacks_among(entries)) else ""
        needed = f"--hdu without a name for '{source}', whose format has no names"
        raise UsageError(needed, f"--hdu {wanted}", f"leave it out{plane}")
    key = wanted.lower()
    for entry in entries:
        if key in (entry.name.lower(), str(entry.index)):
            return entry
    versions = [entry.name for entry in entries if key == entry.name.rpartition(",")[0].lower()]
    if versions:
        got = f"--hdu {wanted}, which is {_listed(versions)}"
        raise UsageError(f"one extension of '{source}'", got, f"choose, for instance --hdu {versions[0]}")
    raise unknown_name(f"extension of '{source}'", wanted, [entry.name or str(entry.index) for entry in entries])


def _undecided(entries: Sequence[ArrayEntry], images: Sequence[ArrayEntry], source: Path) -> InputError:
    stacks = _stacks_among(entries)
    if images:
        beside = f", and stacks of images: {_listed([str(entry) for entry in stacks])}" if stacks else ""
        got = f"{len(images)} in '{source}': {_listed([str(entry) for entry in images])}{beside}"
        remedy = f"choose with --hdu, for instance --hdu {_handle(images[0])}, from Python hdu"
        return InputError("one image", got, remedy)
    needed = "an image of rows and columns"
    if not entries:
        return InputError(needed, f"none in '{source}'", "give the file that holds the image")
    stacks_first = [*stacks, *(entry for entry in entries if entry not in stacks)]
    got = f"only {_listed([str(entry) for entry in stacks_first])} in '{source}'"
    ways = ["one of these with --hdu"] if any(map(_handle, entries)) else []
    ways += [_plane_of(stacks[0])] if stacks else []
    return InputError(needed, got, "give another file" + (f", or take {', '.join(ways)}" if ways else ""))


def _handle(entry: ArrayEntry) -> str:
    """What ``--hdu`` calls an array: its name or its number, nothing where the format has neither."""
    return entry.name or ("" if entry.index is None else str(entry.index))


def _plane_of(stack: ArrayEntry) -> str:
    return f"one plane with --hdu '{_handle(stack)}[0]'"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def with_versions(names: Sequence[str]) -> list[str]:
    """Make names unique, as FITS does, by the number of their occurrence.

    >>> with_versions(["SCI", "ERR", "SCI"])
    ['SCI,1', 'ERR', 'SCI,2']
    """
    total, seen, unique = Counter(names), Counter[str](), []
    for name in names:
        seen[name] += 1
        unique.append(f"{name},{seen[name]}" if name and total[name] > 1 else name)
    return unique
