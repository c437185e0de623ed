"""Programs of object arrays that were met: those that differ in an image's values and in one float alone need not run.

The values of an array of numbers are the bytes of one instruction, which the machine never looks at, and so are those
of a float. Two programs that have the same bytes everywhere else do the same, each with its own values.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Element = NDArray[Any] | np.generic | float | int | bool | str

_FLOAT = struct.Struct(">d")
_LONGEST = 10_000
"""Bytes of a program beside its values, so that what is remembered stays small."""
_SHORTEST = 256
"""Bytes of an array that cannot stand in an instruction for short ones."""


@dataclass(frozen=True)
class Met:
    """A program that was met.

    Parameters
    ----------
    fixed
        Pieces of it with their places, all but the values.
    template
        Its elements, but for the array.
    array, array_place
        Which of them is the array, and where its values stand.
    dtype, shape, order
        Of the array.
    number, number_place
        Which of them is the float, and where it stands; -1 where there is none.
    """

    fixed: tuple[tuple[int, bytes], ...]
    template: tuple[Element, ...]
    array: int
    array_place: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    order: Literal["C", "F"]
    number: int
    number_place: int

    def elements(self, code: bytes) -> list[Element] | None:
        """Elements of a program of the same length; None if it is another."""
        if not all(code.startswith(piece, place) for place, piece in self.fixed):
            return None
        found = list(self.template)
        values = np.frombuffer(code, self.dtype, math.prod(self.shape), self.array_place)
        found[self.array] = values.reshape(self.shape, order=self.order)
        if self.number >= 0:
            found[self.number] = float(_FLOAT.unpack_from(code, self.number_place)[0])
        return found


def meet(
    code: bytes, start: int, elements: Sequence[Element], blocks: Sequence[tuple[int, int]], floats: Sequence[int]
) -> Met | None:
    """What is to be remembered of a program that has one array of numbers and at most one float; None of another.

    Parameters
    ----------
    start
        Where it begins.
    blocks
        Place and length of bytes in instructions for long ones.
    floats
        Places of floats.
    """
    arrays = [i for i, element in enumerate(elements) if isinstance(element, np.ndarray)]
    numbers = [i for i, element in enumerate(elements) if type(element) is float]
    if len(arrays) != 1 or len(blocks) != 1 or len(floats) > 1 or len(numbers) != len(floats):
        return None
    array = elements[arrays[0]]
    place, length = blocks[0]
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iuf" or not _SHORTEST <= array.nbytes == length:
        return None
    if len(code) - start - length > _LONGEST:
        return None
    template = list(elements)
    template[arrays[0]] = 0
    holes = sorted([(place, length), *((float_place, _FLOAT.size) for float_place in floats)])
    return Met(
        tuple(_pieces(code, start, holes)),
        tuple(template),
        arrays[0],
        place,
        array.dtype,
        array.shape,
        "C" if array.flags.c_contiguous else "F",
        numbers[0] if numbers else -1,
        floats[0] if floats else -1,
    )


def _pieces(code: bytes, start: int, holes: Sequence[tuple[int, int]]) -> list[tuple[int, bytes]]:
    """What lies between the holes."""
    starts = [start, *(place + length for place, length in holes)]
    ends = [*(place for place, _ in holes), len(code)]
    return [(begin, code[begin:end]) for begin, end in zip(starts, ends, strict=True)]
