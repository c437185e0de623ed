"""numpy's object arrays, read without running anything: numbers, text and arrays of numbers, and nothing else.

Data sets of the lens community keep an image and its axion's mass as an object array, which in a .npy file is a pickle:
a program that may do anything. :class:`~lensym.data.readers.program.Machine` can not; here is what the names in such a
program stand for. Nothing takes more memory than the file has bytes.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType, NoneType
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from lensym.data.readers.cursor import Cursor
from lensym.data.readers.met import Element, Met, meet
from lensym.data.readers.program import Machine, UnreadableError

__all__ = ["Element", "read_object_array", "run_object_array"]

MOST_AXES = 8

_NUMBER = re.compile(r"b1|[iu][1248]|f[248]")
_TEXT = re.compile(r"U[1-9][0-9]{0,3}")


_met: OrderedDict[tuple[int, int, tuple[int, ...], bytes], Met] = OrderedDict()
"""Programs of files that were read before, the last one at the end."""
_MOST_MET = 64
_KEY = 32
"""Bytes at the beginning of a program by which it is looked up."""


def read_object_array(code: bytes, shape: tuple[int, ...], start: int = 0) -> list[Element]:
    """Elements of an object array, in numpy's order.

    The files of a data set differ in the values of image and mass alone: a program that was met is not run again.

    Parameters
    ----------
    code
        A .npy file, or what follows the header in it.
    shape
        What the header says.
    start
        Where the header ends in ``code``.

    Raises
    ------
    UnreadableError
        For whatever numpy does not write.
    """
    key = len(code), start, shape, code[start : start + _KEY]
    if (met := _met.get(key)) and (elements := met.elements(code)) is not None:
        return elements
    elements, machine = run_object_array(code, shape, start)
    if met := meet(code, start, elements, machine.blocks, machine.floats):
        _met[key] = met
        while len(_met) > _MOST_MET:
            _met.popitem(last=False)
    return elements


def run_object_array(code: bytes, shape: tuple[int, ...], start: int = 0) -> tuple[list[Element], Machine]:
    """The slow twin: elements of an object array by its program, and the machine that ran it."""
    cursor = Cursor(code, start)
    machine = Machine(cursor, Arrays(len(code)))
    found = machine.run()
    if not (isinstance(found, Array) and found.values is not None and found.values.dtype.hasobject):
        raise UnreadableError("something other than an object array")
    if found.values.shape != shape:
        raise UnreadableError(f"a header of shape {shape} before an array of shape {found.values.shape}")
    if cursor.left:
        raise UnreadableError(f"{cursor.left} bytes behind its end")
    return [_element(value) for value in found.values.ravel()], machine


def _element(value: object) -> Element:
    """A finished element."""
    if isinstance(value, Array) and value.values is not None and not value.values.dtype.hasobject:
        return value.values
    if isinstance(value, str | bool | int | float | np.generic):
        return value
    raise UnreadableError("an element that is neither number, text nor array of numbers")


class Name(Enum):
    """What numpy's programs mention."""

    ARRAY = auto()
    DTYPE = auto()
    NEW_ARRAY = auto()
    NEW_SCALAR = auto()
    ENCODE = auto()


@dataclass
class Kind:
    """A dtype: its name, and its byte order once that was said."""

    name: str
    order: str = ""

    @property
    def objects(self) -> bool:
        """Whether its values are elements of their own."""
        return self.name == "O8"

    def dtype(self) -> np.dtype[Any]:
        """numpy's own."""
        if not self.order or not (_NUMBER.fullmatch(self.name) or _TEXT.fullmatch(self.name)):
            raise UnreadableError(f"values of kind '{self.name[:20]}'")
        return np.dtype(self.order + self.name)


@dataclass
class Array:
    """An array that is announced, and what it turned out to be."""

    values: NDArray[Any] | None = None


class Arrays:
    """Vocabulary of a program that builds arrays.

    Parameters
    ----------
    size
        Bytes that calls may make together. Each call of a genuine program makes no more than it read, while another
        could make the same text into bytes again and again.
    """

    names: Mapping[tuple[str, str], Enum] = MappingProxyType(
        {
            ("numpy", "ndarray"): Name.ARRAY,
            ("numpy", "dtype"): Name.DTYPE,
            ("_codecs", "encode"): Name.ENCODE,
            ("numpy.core.multiarray", "_reconstruct"): Name.NEW_ARRAY,
            ("numpy._core.multiarray", "_reconstruct"): Name.NEW_ARRAY,
            ("numpy.core.multiarray", "scalar"): Name.NEW_SCALAR,
            ("numpy._core.multiarray", "scalar"): Name.NEW_SCALAR,
        }
    )

    def __init__(self, size: int) -> None:
        self.left = size
        self.calls: dict[Enum, Callable[[tuple[Any, ...]], object]] = {
            Name.NEW_ARRAY: _new_array,
            Name.DTYPE: _new_kind,
            Name.NEW_SCALAR: self._new_scalar,
            Name.ENCODE: self._encode,
        }

    def call(self, name: Enum, arguments: tuple[Any, ...]) -> object:
        """One of the four that numpy writes."""
        if name not in self.calls:
            raise UnreadableError(f"a call of '{name.name.lower()}'")
        return self.calls[name](arguments)

    def build(self, target: object, state: object) -> None:
        """Give an array its values, or a dtype its byte order; each once."""
        if isinstance(target, Array) and target.values is None:
            target.values = _values(state)
        elif isinstance(target, Kind) and not target.order:
            target.order = _order(state)
        else:
            raise UnreadableError("a state for something that has none")

    def _new_scalar(self, arguments: tuple[Any, ...]) -> object:
        if not _are(arguments, Kind, bytes):
            raise UnreadableError("a scalar that is announced in another way")
        self._spend(len(arguments[1]))
        return _filled((), arguments[0], False, arguments[1])[()]

    def _encode(self, arguments: tuple[Any, ...]) -> bytes:
        """Bytes, which protocol 2 writes as text."""
        if not _are(arguments, str, str) or arguments[1] != "latin1":
            raise UnreadableError("a conversion of text other than to bytes")
        self._spend(len(arguments[0]))
        found: bytes = arguments[0].encode("latin1")
        return found

    def _spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise UnreadableError("more bytes than the file has")


def _are(values: object, *types: type) -> TypeGuard[tuple[Any, ...]]:
    """Whether this is a tuple of values of just these types."""
    return isinstance(values, tuple) and tuple(map(type, values)) == types


def _new_array(arguments: tuple[Any, ...]) -> Array:
    if not _are(arguments, Name, tuple, bytes) or arguments[0] is not Name.ARRAY:
        raise UnreadableError("an array that is announced in another way")
    return Array()


def _new_kind(arguments: tuple[Any, ...]) -> Kind:
    if not _are(arguments, str, bool, bool):
        raise UnreadableError("a dtype that is announced in another way")
    return Kind(arguments[0])


def _order(state: object) -> str:
    """Byte order from a dtype's state."""
    if not _are(state, int, str, NoneType, NoneType, NoneType, int, int, int):
        raise UnreadableError("a dtype with fields, units or a date")
    version, order = state[:2]
    if version != 3 or order not in ("<", ">", "|"):
        raise UnreadableError("a dtype of another version")
    return str(order)


def _values(state: object) -> NDArray[Any]:
    """Values from an array's state: version, shape, dtype, order, and bytes or a list."""
    if not (_are(state, int, tuple, Kind, bool, bytes) or _are(state, int, tuple, Kind, bool, list)):
        raise UnreadableError("an array with another state")
    version, shape, kind, fortran, content = state
    if version != 1 or len(shape) > MOST_AXES or not all(type(n) is int and n >= 0 for n in shape):
        raise UnreadableError("an array of an impossible shape")
    if kind.objects != isinstance(content, list):
        raise UnreadableError("an array whose values do not fit its dtype")
    return _of_objects(shape, fortran, content) if kind.objects else _filled(shape, kind, fortran, content)


def _of_objects(shape: tuple[int, ...], fortran: bool, content: list[Any]) -> NDArray[Any]:
    if math.prod(shape) != len(content):
        raise UnreadableError(f"{len(content)} elements for another shape")
    array = np.empty(len(content), object)
    for place, value in enumerate(content):  # at once, numpy would look into arrays
        array[place] = value
    return array.reshape(shape, order="F" if fortran else "C")


def _filled(shape: tuple[int, ...], kind: Kind, fortran: bool, content: bytes) -> NDArray[Any]:
    dtype = kind.dtype()
    if math.prod(shape) * dtype.itemsize != len(content):
        raise UnreadableError(f"{len(content)} bytes for another shape of {dtype}")
    if dtype.kind == "b" and content.strip(b"\0\1"):
        raise UnreadableError("truth values that are neither")
    if dtype.kind == "U":
        content.decode(f"utf-32-{'be' if kind.order == '>' else 'le'}")  # numpy would take what is no text
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")
