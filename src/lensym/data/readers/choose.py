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
    """Those arrays that have an image's shape and no companion's name."""
    return [entry for entry in entries if is_image_shape(entry.shape) and not is_companion(entry.name)]


def choice_in_words(entries: Sequence[ArrayEntry], chosen: ArrayEntry) -> str:
    """Say what was taken and what was left, empty where there was nothing to choose."""
    left = [str(entry) for entry in entries if str(entry) != str(chosen)]
    return f"took {chosen} and left {_listed(left)}" if left else ""


def _named(entries: Sequence[ArrayEntry], wanted: str, source: Path) -> ArrayEntry:
    if not any(entry.name for entry in entries):
        raise UsageError(f"no --hdu for '{source}', whose format has no names", f"--hdu {wanted}", "leave it out")
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
    if images:
        got = f"{len(images)} in '{source}': {_listed([str(entry) for entry in images])}"
        example = images[0].name or images[0].index
        return InputError("one image", got, f"choose with --hdu, for instance --hdu {example}")
    needed = "an image of rows and columns"
    if not entries:
        return InputError(needed, f"none in '{source}'", "give the file that holds the image")
    got = f"only {_listed([str(entry) for entry in entries])} in '{source}'"
    cubes = [entry for entry in entries if len(entry.shape) == 3 and not is_companion(entry.name)]
    plane = f", one plane with --hdu '{cubes[0].name or cubes[0].index}[0]'" if cubes else ""
    return InputError(needed, got, f"give another file, or take one of these with --hdu{plane}")


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
