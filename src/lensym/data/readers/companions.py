"""What goes with an image in its file without being one: the point spread function, the noise, the exposure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lensym.data.readers.frame import ArrayEntry, is_image_shape

_ROLES = {
    "psf": {"psf", "prf", "kernel"},
    "rms": {"rms", "noise", "sigma", "std", "err", "error"},
    "exposure": {"exp", "exposure"},
}
"""What is kept with an image, and the words by which it is called."""

_FILLERS = {"map", "time", "image", "data", "point", "source"}
"""Words of a companion's name that say nothing of the image it goes with."""

_PIXEL_BY_PIXEL = ("rms", "exposure")


def companions_of(image: ArrayEntry, entries: Sequence[ArrayEntry]) -> dict[str, ArrayEntry]:
    """The arrays of a file that go with ``image``, by their role: ``psf``, ``rms``, ``exposure``.

    What a companion's name has beside its role must be in the image's name: VIS_PSF goes with VIS_BGSUB, ERR,2 with
    SCI,2, and PSF with any. Of several for a role, the one whose name says most is taken.

    >>> names = ["VIS_BGSUB", "VIS_PSF", "NIR_Y_BGSUB", "NIR_Y_PSF", "RMS"]
    >>> entries = [ArrayEntry(name, (9, 9), "float32") for name in names]
    >>> {role: entry.name for role, entry in companions_of(entries[2], entries).items()}
    {'psf': 'NIR_Y_PSF', 'rms': 'RMS'}
    """
    own, found = _words(image.name), dict[str, ArrayEntry]()
    for role, called in _ROLES.items():
        fitting = [
            (len(rest), entry)
            for entry in entries
            if entry is not image and _words(entry.name) & called and _fits(role, entry, image)
            if (rest := _words(entry.name) - called - _FILLERS) <= own
        ]
        if fitting:
            found[role] = max(fitting, key=lambda pair: pair[0])[1]
    return found


def _words(name: str) -> set[str]:
    """Words of a name in small letters.

    >>> sorted(_words("group/VIS_PSF,2"))
    ['2', 'group', 'psf', 'vis']
    """
    return set(re.split(r"[^a-z0-9]+", name.lower())) - {""}


def _fits(role: str, entry: ArrayEntry, image: ArrayEntry) -> bool:
    return entry.shape == image.shape if role in _PIXEL_BY_PIXEL else is_image_shape(entry.shape)
