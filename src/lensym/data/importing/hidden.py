"""Files that no data set consists of."""

from __future__ import annotations


def is_hidden(file: str) -> bool:
    """Whether a file is one that systems leave behind, for themselves.

    >>> [is_hidden(name) for name in ("axion/1.npy", "axion/.DS_Store", "__MACOSX/axion/1.npy")]
    [False, True, True]
    """
    return any(part.startswith(".") or part == "__MACOSX" for part in file.split("/"))
