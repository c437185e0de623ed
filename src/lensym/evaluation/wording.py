"""Numbers as a reader wants them: in as many digits as say something."""

from __future__ import annotations

import math
from collections.abc import Sequence

_MOST_DIGITS = 7


def share(value: float) -> str:
    """A share from 0 to 1, four digits at least and two that tell it from 1.

    >>> share(0.98), share(0.999913), share(1.0)
    ('0.9800', '0.999913', '1.0000')
    """
    return f"{value:.{max(4, _digits_to_one(value) + 1)}f}"


def percent(value: float) -> str:
    """A share as per cent, one digit after the point at least and two that tell it from 100.

    >>> percent(0.333), percent(0.99913), percent(1.0)
    ('33.3 %', '99.913 %', '100.0 %')
    """
    return f"{100 * value:.{max(1, _digits_to_one(value) - 1)}f} %"


def percent_range(interval: Sequence[float]) -> str:
    """An interval as per cent, both ends in as many digits as the upper one calls for.

    >>> percent_range([0.9963, 0.99913])
    '99.630 to 99.913 %'
    """
    low, high = interval
    digits = max(1, _digits_to_one(high) - 1)
    return f"{100 * low:.{digits}f} to {100 * high:.{digits}f} %"


def share_range(interval: Sequence[float]) -> str:
    """An interval of a share, both ends in as many digits as the upper one calls for.

    >>> share_range([0.9963, 0.99913])
    '0.99630 to 0.99913'
    """
    low, high = interval
    digits = max(4, _digits_to_one(high) + 1)
    return f"{low:.{digits}f} to {high:.{digits}f}"


def count(n: int) -> str:
    """A number of things, with thin spaces between the thousands.

    >>> count(6000).replace(chr(0x202F), "_")
    '6_000'
    """
    return f"{n:,}".replace(",", "\u202f")


def _digits_to_one(value: float) -> int:
    """Digits after the point up to the first in which ``value`` differs from 1."""
    return min(_MOST_DIGITS, math.ceil(-math.log10(1 - value))) if 0 < value < 1 else 0
