"""Whether a file is in the unit of a recipe's images, by what a smooth lens leaves of it."""

from __future__ import annotations

_LEFT_BY_FITS = (0.5, 10.0)
"""Mean squares of what smooth lenses leave of a recipe's images, in units of the noise: 1 without substructure, and
several times as much with a strong one."""


def unit_doubt(chi_square: float, recipe: str) -> str:
    """Words where ``chi_square``, what a fit leaves, is no noise of the recipe; empty where it may be.

    >>> unit_doubt(1.1, "model_1"), unit_doubt(0.01, "model_1")[:45]
    ('', 'what a smooth lens leaves of it is 0.01 times')
    """
    low, high = _LEFT_BY_FITS
    if low < chi_square < high:
        return ""
    return (
        f"what a smooth lens leaves of it is {chi_square:.2g} times the noise of {recipe}, squared: the file must be "
        "in the unit of the recipe's images, as `lensym simulate` makes them"
    )
