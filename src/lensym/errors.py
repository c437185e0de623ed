"""Every error a user can meet.

A message says three things: what was needed, what came instead, and what to do. The command line prints it in
one line and leaves with the error's exit code.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from numbers import Integral


class LensymError(Exception):
    """Base of all errors that a user can cause or mend.

    Parameters
    ----------
    needed
        The invariant: what was required.
    got
        What was found instead, values quoted.
    remedy
        What to do about it.
    """

    exit_code = 1

    def __init__(self, needed: str, got: str, remedy: str) -> None:
        self.needed, self.got, self.remedy = needed, got, remedy
        super().__init__(f"{needed}; got {got}; {remedy}")

    def __reduce__(self) -> tuple[type[LensymError], tuple[str, str, str]]:
        """Cross a process boundary whole: the default would replay the joined message as ``needed``."""
        return type(self), (self.needed, self.got, self.remedy)


class UsageError(LensymError):
    """A wrong option, name or combination: nothing was started."""

    exit_code = 2


class InputError(LensymError):
    """A file or array that is not what it should be."""


class IntegrityError(LensymError):
    """Stored bytes differ from what was written: truncated, changed, or of another model."""


class OutputError(LensymError):
    """A result could not be written."""


class SymmetryError(LensymError):
    """A size, group, field or layer that would break the symmetry."""

    exit_code = 2


class TrainingError(LensymError):
    """Training could not go on."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UsageError:
    """Error for a name that is not among ``known``, with the nearest one suggested.

    >>> str(unknown_name("model", "lensnt", ["cnn", "lensnet"]))
    "a known model is needed; got 'lensnt'; did you mean 'lensnet'? (known: cnn, lensnet)"
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    guess = f"did you mean '{near[0]}'? " if near else "choose one of these "
    return UsageError(f"a known {kind} is needed", f"'{name}'", f"{guess}(known: {', '.join(names)})")


def require_count(name: str, value: object, least: int = 1) -> int:
    """Return a whole number that is at least ``least``, or refuse it.

    >>> require_count("count", 5), require_count("seed", 0, least=0)
    (5, 0)
    """
    whole = _whole(value)
    if whole is None or whole < least:
        bound = "above 0" if least == 1 else f"of at least {least}"
        raise UsageError(f"{name} must be a whole number {bound}", in_short(value), f"choose another {name}")
    return whole


def _whole(value: object) -> int | None:
    """A whole number of any kind as an int; None for all else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Integral):
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else None


def require_kind(needed: str, value: object, kinds: type | tuple[type, ...], remedy: str) -> None:
    """Refuse a value that is of none of the kinds.

    >>> require_kind("a name", "model_1", str, "give one")
    """
    if not isinstance(value, kinds):
        raise UsageError(needed, f"{in_short(value)} of type {type(value).__name__}", remedy)


def in_short(value: object) -> str:
    """A value in one line that is not long.

    >>> in_short(2.5), in_short("a\\nb"), in_short(list(range(100)))
    ('2.5', "'a\\\\nb'", '[0, 1, 2, 3, 4, 5, ...]')
    """
    return " ".join(reprlib.repr(value).split())
