"""Planes of a cube, as ``--hdu`` names them: ``NAME[K]``, or ``NAME[K,L,M]`` for the channels of one image.

Of a file's only array the name may be left out: ``[K]``.
"""

from __future__ import annotations

import re
from typing import Any

from numpy.typing import NDArray

from lensym.data.readers.frame import axes_first, is_image_shape
from lensym.errors import UsageError

_WITH_PLANES = re.compile(r"(.*)\[(\d{1,9}(?:,\d{1,9})*)\]", re.DOTALL)

Planes = tuple[int, ...]
"""Numbers from 0; none for the whole array."""


def split_planes(wanted: str) -> tuple[str, Planes]:
    """Name of an array, and the planes of it that are asked for.

    >>> split_planes("SCI[2]"), split_planes("1[0,2,4]"), split_planes("SCI"), split_planes("[2]")
    (('SCI', (2,)), ('1', (0, 2, 4)), ('SCI', ()), ('', (2,)))
    """
    match = _WITH_PLANES.fullmatch(wanted)
    return (match[1], tuple(map(int, match[2].split(",")))) if match else (wanted, ())


def planes_in_words(planes: Planes) -> str:
    """As they are written behind a name.

    >>> planes_in_words((0, 2)), planes_in_words(())
    ('[0,2]', '')
    """
    return f"[{','.join(map(str, planes))}]" if planes else ""


def take_planes(array: NDArray[Any], planes: Planes, where: str) -> NDArray[Any]:
    """Those planes of an array as one image; all of it where none are asked for.

    Raises
    ------
    UsageError
        If there is no such plane.
    """
    if not planes:
        return array
    stack = axes_first(array, where) if is_image_shape(array.shape) else array
    if stack.ndim < 3 or max(planes) >= len(stack):
        count = len(stack) if stack.ndim >= 3 else 0
        raise UsageError(
            f"planes of {where} from 0 to {count - 1}" if count else f"an array of planes in {where}",
            planes_in_words(planes),
            "choose others with --hdu",
        )
    return stack[planes[0]] if len(planes) == 1 else stack[list(planes)]
