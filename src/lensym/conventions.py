"""Conventions that every room of the package shares.

Arrays of images are (N, C, H, W). The pixel in row ``i`` and column ``j`` of an ``n`` px wide image has its centre at
``x = (j - (n - 1) / 2) * pixel_scale`` and ``y = (i - (n - 1) / 2) * pixel_scale``: x grows with the column, y with
the row, the origin is the image's centre. Angles are measured from +x towards +y. Lengths on the sky are in arcsec,
masses in solar masses, the axion's mass in eV, pixel scales in arcsec per pixel.
"""

from __future__ import annotations

from collections.abc import Iterable

from lensym.errors import require_kind, unknown_name

CLASSES: tuple[str, ...] = ("no_sub", "cdm", "axion")
"""The three kinds of substructure, in the order of the labels 0, 1, 2."""

SMOOTH = CLASSES[0]
"""The class without substructure."""

CLASS_ALIASES: dict[str, str] = {
    "no": "no_sub",
    "no_sub": "no_sub",
    "no_substructure": "no_sub",
    "cdm": "cdm",
    "sphere": "cdm",
    "subhalo": "cdm",
    "axion": "axion",
    "vort": "axion",
    "vortex": "axion",
}
"""Names found in the DeepLense files, mapped to ours."""

CLASS_TITLES: dict[str, str] = {
    "no_sub": "no substructure",
    "cdm": "CDM subhalos",
    "axion": "axion vortex",
}
"""Names for figures and reports."""

ARCSEC_PER_RADIAN = 206264.80624709636


def canonical_class(name: str) -> str:
    """Return lensym's name of a class.

    >>> canonical_class("sphere")
    'cdm'
    """
    try:
        return CLASS_ALIASES[name.strip().lower()]
    except KeyError:
        raise unknown_name("class", name, CLASS_ALIASES) from None


def names_in(names: Iterable[str]) -> tuple[str, ...]:
    """Names as a tuple; a text alone is one name, and not a list of its letters.

    >>> names_in("axion"), names_in(["cdm", "axion"])
    (('axion',), ('cdm', 'axion'))
    """
    listed = (names,) if isinstance(names, str) else tuple(names)
    for name in listed:
        require_kind("names, each of them a text", name, str, "put it in quotes")
    return listed
