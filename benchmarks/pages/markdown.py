"""What every page's tables are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Measured = dict[str, Any]
"""Contents of the files of figures, by name."""

Tables = dict[str, Callable[[Measured], str]]
"""Tables by name."""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [columns, *rows]
    text = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([text[0], "|---" * len(columns) + "|", *text[1:]])
