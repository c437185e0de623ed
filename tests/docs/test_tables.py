"""The tables of the pages are those of the measured figures."""

import subprocess
import sys

import pytest

import tables

from .blocks import ROOT

SCRIPT = ROOT / "benchmarks" / "tables.py"


def check():
    return subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)


def test_the_pages_are_up_to_date():
    done = check()
    assert done.returncode == 0, done.stderr


def test_every_table_has_a_place():
    text = "".join((ROOT / page).read_text("utf-8") for page in tables.PAGES)
    assert {name for name in tables.TABLES if f"<!-- table: {name} -->" not in text} == set()


def test_a_changed_number_is_seen():
    measured = {"published": {"rows": [{"network": "a", "study": "b", "macro_auc": 0.9, "accuracy": 0.8}]}}
    page = "before\n<!-- table: published -->\nold\n<!-- end of table -->\nafter\n"
    filled = tables.fill(page, measured)
    assert "| a | b | 0.9000 | 80.0 % |" in filled
    assert filled.startswith("before\n<!-- table: published -->\n\n|")
    assert filled.endswith("|\n\n<!-- end of table -->\nafter\n")
    assert tables.fill(filled, measured) == filled
    measured["published"]["rows"][0]["macro_auc"] = 0.91
    assert tables.fill(filled, measured) != filled


def test_an_unknown_table_is_refused():
    with pytest.raises(KeyError, match="nonsense"):
        tables.fill("<!-- table: nonsense -->\n<!-- end of table -->\n", {})
