"""A machine for the few instructions of a pickle that numpy writes, without any way to import or to call.

A pickle is a little program that builds an object, and Python's own machine for it lets the program call any function.
This one knows the instructions of protocols 2 to 4 that numpy (1.23 to 2.x) uses for arrays, as ``pickletools``
describes them. Names are looked up in a table of markers; what a call or a state means is the business of the
:class:`Vocabulary`. Anything else ends the reading.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from lensym.data.readers.cursor import Cursor

MOST_STEPS = 100_000
"""Instructions of one file: some 3 000 arrays."""

LONGEST_NAME = 100


class UnreadableError(Exception):
    """The program is not one that numpy writes; says what it has instead."""


@runtime_checkable
class Vocabulary(Protocol):
    """What the names of a program stand for."""

    names: Mapping[tuple[str, str], Enum]

    def call(self, name: Enum, arguments: tuple[Any, ...]) -> object:
        """What the program means by a call."""
        ...

    def build(self, target: object, state: object) -> None:
        """Give an announced object its state."""
        ...


class Mark:
    """Where a list or tuple begins on the stack."""


class Machine:
    """Stack, memory and instructions; and where in the code bytes of any value and floats of any value stand."""

    def __init__(self, code: Cursor, vocabulary: Vocabulary) -> None:
        self.code, self.vocabulary = code, vocabulary
        self.stack: list[Any] = []
        self.memory: dict[int, Any] = {}
        self.blocks: list[tuple[int, int]] = []
        self.floats: list[int] = []

    def run(self) -> object:
        """Carry out the program, and return what it leaves.

        Raises
        ------
        UnreadableError
            For whatever numpy does not write.
        """
        try:
            return self._run()
        except EOFError:
            raise UnreadableError("a program that ends early") from None
        except (IndexError, KeyError, ValueError, struct.error):
            raise UnreadableError("a damaged program") from None

    def _run(self) -> object:
        for _ in range(MOST_STEPS):
            code = self.code.byte()
            if code == _STOP:
                return self._only()
            instruction = _INSTRUCTIONS.get(code)
            if instruction is None:
                raise UnreadableError(f"the instruction {bytes([code])!r}")
            instruction(self)
        raise UnreadableError(f"more than {MOST_STEPS} instructions")

    def _only(self) -> object:
        if len(self.stack) != 1:
            raise UnreadableError("a program that leaves several things")
        return self.stack.pop()

    def number(self, form: struct.Struct) -> Any:
        """A number of the given form."""
        return form.unpack(self.code.take(form.size))[0]

    def block(self, size: int) -> bytes:
        """So many bytes, whatever they are."""
        self.blocks.append((self.code.place, size))
        return self.code.take(size)

    def float(self) -> float:
        """A float, whatever it is."""
        self.floats.append(self.code.place)
        value: float = self.number(_FLOAT)
        return value

    def long(self) -> int:
        """A whole number of up to eight bytes."""
        size = self.code.byte()
        if size > 8:
            raise UnreadableError("a number of more than 64 bits")
        return int.from_bytes(self.code.take(size), "little", signed=True)

    def text(self, length: int) -> str:
        """Text of so many bytes."""
        return self.code.take(length).decode("utf-8", "surrogatepass")

    def line(self) -> str:
        """Text up to the end of the line."""
        return self.code.line(LONGEST_NAME).decode("ascii")

    def since_mark(self) -> list[Any]:
        """Take what was put on the stack since the last mark, and the mark."""
        for start in range(len(self.stack) - 1, -1, -1):
            if isinstance(self.stack[start], Mark):
                found = self.stack[start + 1 :]
                del self.stack[start:]
                return found
        raise UnreadableError("an end without a beginning")

    def last(self, count: int) -> tuple[Any, ...]:
        """Take the last ``count`` things off the stack."""
        if len(self.stack) < count:
            raise IndexError
        found = tuple(self.stack[-count:])
        del self.stack[-count:]
        return found

    def keep(self, place: int) -> None:
        """Remember the top of the stack."""
        self.memory[place] = self.stack[-1]

    def require(self, count: int) -> None:
        """End the reading unless so many bytes follow."""
        if count > self.code.left:
            raise EOFError

    def protocol(self) -> None:
        """Refuse protocols that numpy did not write object arrays with."""
        if (found := self.code.byte()) not in (2, 3, 4):
            raise UnreadableError(f"pickle protocol {found}")

    def name(self, module: object, name: object) -> None:
        """Put the marker of a name on the stack."""
        if not (isinstance(module, str) and isinstance(name, str)):
            raise UnreadableError("a name that is no text")
        marker = self.vocabulary.names.get((module, name))
        if marker is None:
            raise UnreadableError(f"the name '{module[:LONGEST_NAME]}.{name[:LONGEST_NAME]}', whose code would run")
        self.stack.append(marker)

    def extend(self, values: list[Any]) -> None:
        """Append to the list on the stack."""
        target = self.stack[-1]
        if not isinstance(target, list):
            raise UnreadableError("values for something that is no list")
        target.extend(values)

    def reduce(self) -> None:
        """What would be a call."""
        name, arguments = self.last(2)
        if not (isinstance(name, Enum) and isinstance(arguments, tuple)):
            raise UnreadableError("a call of something that is no name")
        self.stack.append(self.vocabulary.call(name, arguments))

    def build(self) -> None:
        """Give the object on the stack its state."""
        (state,) = self.last(1)
        self.vocabulary.build(self.stack[-1], state)


Instruction = Callable[[Machine], None]


def _pushes(read: Callable[[Machine], Any]) -> Instruction:
    """Instruction that puts what it reads on the stack."""

    def instruction(machine: Machine) -> None:
        machine.stack.append(read(machine))

    return instruction


_SHORT, _INT, _WHOLE, _LONG = map(struct.Struct, ("<H", "<i", "<I", "<Q"))
_FLOAT = struct.Struct(">d")
_STOP = ord(".")

_INSTRUCTIONS: dict[int, Instruction] = {
    ord(code): instruction
    for code, instruction in {
        b"\x80": Machine.protocol,
        b"\x95": lambda m: m.require(m.number(_LONG)),  # a frame
        b"(": _pushes(lambda m: Mark()),
        b"N": _pushes(lambda m: None),
        b"\x88": _pushes(lambda m: True),
        b"\x89": _pushes(lambda m: False),
        b"J": _pushes(lambda m: m.number(_INT)),
        b"K": _pushes(lambda m: m.code.byte()),
        b"M": _pushes(lambda m: m.number(_SHORT)),
        b"\x8a": _pushes(Machine.long),
        b"G": _pushes(Machine.float),
        b"X": _pushes(lambda m: m.text(m.number(_WHOLE))),
        b"\x8c": _pushes(lambda m: m.text(m.code.byte())),
        b"\x8d": _pushes(lambda m: m.text(m.number(_LONG))),
        b"B": _pushes(lambda m: m.block(m.number(_WHOLE))),
        b"C": _pushes(lambda m: m.code.take(m.code.byte())),
        b"\x8e": _pushes(lambda m: m.block(m.number(_LONG))),
        b"c": lambda m: m.name(m.line(), m.line()),
        b"\x93": lambda m: m.name(*m.last(2)),
        b")": _pushes(lambda m: ()),
        b"\x85": _pushes(lambda m: m.last(1)),
        b"\x86": _pushes(lambda m: m.last(2)),
        b"\x87": _pushes(lambda m: m.last(3)),
        b"t": _pushes(lambda m: tuple(m.since_mark())),
        b"]": _pushes(lambda m: []),
        b"a": lambda m: m.extend([m.stack.pop()]),
        b"e": lambda m: m.extend(m.since_mark()),
        b"q": lambda m: m.keep(m.code.byte()),
        b"r": lambda m: m.keep(m.number(_WHOLE)),
        b"\x94": lambda m: m.keep(len(m.memory)),
        b"h": _pushes(lambda m: m.memory[m.code.byte()]),
        b"j": _pushes(lambda m: m.memory[m.number(_WHOLE)]),
        b"R": Machine.reduce,
        b"b": Machine.build,
    }.items()
}
