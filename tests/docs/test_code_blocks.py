"""Every Python block of the documentation runs, and prints what the page says it prints."""

import sys
from typing import Any

import pytest
import torch

from lensym.models import registry

from .blocks import PAGES, ROOT, blocks

WITH_CODE = [page for page in PAGES if blocks(page, "python")]


@pytest.fixture(autouse=True)
def _one_thread():
    """Small work is slower on many threads."""
    former = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(former)


@pytest.fixture(autouse=True)
def _registry_as_before(monkeypatch):
    """A network that a page registers is gone after it."""
    registry.available()  # so that the families are in what comes back
    monkeypatch.setattr(registry, "_ENTRIES", dict(registry._ENTRIES))


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.name)
def test_code_runs_and_prints_what_the_page_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {}
    for line, code in blocks(page, "python"):
        assert run(code, f"{page.relative_to(ROOT)}, block at line {line}", namespace) == promised(code)


def run(code: str, name: str, namespace: dict[str, Any]) -> dict[int, str]:
    """Execute a block; what it printed, by line, as far as the page says what to expect."""
    printed: dict[int, list[str]] = {}

    def record(*values: object) -> None:
        printed.setdefault(sys._getframe(1).f_lineno, []).append(" ".join(map(str, values)))

    namespace["print"] = record
    exec(compile(code, name, "exec"), namespace)
    return {line: " ".join(texts) for line, texts in printed.items() if line in promised(code)}


def promised(code: str) -> dict[int, str]:
    """The comment behind a print, by line."""
    lines = enumerate(code.splitlines(), 1)
    parts = ((number, line.rpartition("  # ")) for number, line in lines if line.lstrip().startswith("print("))
    return {number: comment for number, (_, mark, comment) in parts if mark}


def test_a_wrong_promise_is_seen():
    code = "print(1 + 1)  # 3\n"
    assert run(code, "planted", {}) != promised(code)


def test_the_blocks_are_found():
    assert {"README.md", "start.md", "symmetry.md"} <= {page.name for page in WITH_CODE}
