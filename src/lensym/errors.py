"""Every error a user can meet.

A message says three things: what was needed, what came instead, and what to do. The command line prints it in
one line and leaves with the error's exit code.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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


def require_count(name: str, value: int | float) -> int:
    """Return a whole number that is at least 1, or refuse it.

    >>> require_count("count", 5)
    5
    """
    if not (value >= 1 and value % 1 == 0):
        raise UsageError(f"{name} must be a whole number above 0", str(value), f"choose another {name}")
    return int(value)
