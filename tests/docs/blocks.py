"""Code and commands in the documentation's pages, found by their fences."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """Line number and content of every block of a language."""
    text = page.read_text("utf-8")
    return [(text[: m.start(2)].count("\n") + 1, m[2]) for m in _FENCE.finditer(text) if m[1] == language]


def commands(page: Path) -> list[tuple[int, str]]:
    """Line number and text of every ``lensym`` command, in console blocks and in running text."""
    text = page.read_text("utf-8")
    found = re.finditer(r"^\$ (lensym [^#\n]*)|(?<!`)`(lensym [^`]*)`(?!`)", text, re.MULTILINE)
    return [(text[: m.start()].count("\n") + 1, " ".join((m[1] or m[2]).split())) for m in found]
