"""A place in a piece of bytes, from which no more is taken than there is, whatever lengths the bytes claim."""

from __future__ import annotations


class Cursor:
    """Takes bytes one after the other; EOFError where they end early."""

    def __init__(self, content: bytes, place: int = 0) -> None:
        self.content, self.place = content, place

    @property
    def left(self) -> int:
        """Bytes that were not taken."""
        return len(self.content) - self.place

    def byte(self) -> int:
        """The next byte."""
        if self.place >= len(self.content):
            raise EOFError
        self.place += 1
        return self.content[self.place - 1]

    def take(self, count: int) -> bytes:
        """The next bytes."""
        start = self.place
        if count > len(self.content) - start:
            raise EOFError
        self.place = start + count
        return self.content[start : self.place]

    def line(self, longest: int) -> bytes:
        """The bytes up to the next line's end, which is taken too."""
        end = self.content.find(b"\n", self.place, self.place + longest)
        if end < 0:
            raise EOFError
        found = self.take(end - self.place)
        self.place += 1
        return found
