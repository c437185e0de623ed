"""How wide a network is: one factor on the number of features of every layer."""

from __future__ import annotations

from collections.abc import Sequence


def scaled(widths: Sequence[int], factor: float) -> tuple[int, ...]:
    """Each width times the factor, rounded, and at least 1.

    >>> scaled((32, 64, 128), 0.25)
    (8, 16, 32)
    """
    return tuple(max(1, round(width * factor)) for width in widths)
