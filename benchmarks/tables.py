"""The tables of the pages, written from the measured figures, the recipes and the registry.

    python benchmarks/tables.py            write them
    python benchmarks/tables.py --check    fail, with exit code 1, where a page differs from the figures

A page marks the place of a table by two comments, ``<!-- table: NAME -->`` and ``<!-- end of table -->``; what stands
between them is replaced. The tables are in the modules of the folder pages.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib import import_module

from pages.markdown import Measured, Tables
from pages.sources import ROOT, read

PAGES = (
    "README.md",
    *(f"docs/{page}.md" for page in ("results", "recipes", "sensitivity", "symmetry", "networks", "report", "tasks")),
)
MODULES = ("results", "recipes", "sensitivity", "symmetry", "networks", "digits", "faults", "fresh", "headline")
MODULES += ("importing", "report", "tasks", "adapt", "app", "predict", "finetune", "residual", "left_over")
MODULES += ("anomaly", "from_nothing", "off_centre", "stability", "shared_cores", "vortex_limits")
MODULES += ("substructure_signal", "physical", "design")
TABLES: Tables = {}
for _name in MODULES:
    TABLES |= import_module(f"pages.{_name}").TABLES
MARKED = re.compile(r"(?<=<!-- table: )(\w+)( -->\n).*?(?=<!-- end of table -->)", re.DOTALL)


def fill(page: str, measured: Measured) -> str:
    """The page with every marked table written anew."""
    return MARKED.sub(lambda match: f"{match[1]}{match[2]}\n{TABLES[match[1]](measured)}\n\n", page)


def main() -> int:
    """Write or check every page; the exit code is 1 where a check fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, fail where a page is out of date")
    check = parser.parse_args().check
    measured = read()
    stale = []
    for name in PAGES:
        path = ROOT / name
        former = path.read_text("utf-8")
        page = fill(former, measured)
        if page != former:
            stale.append(name)
            if not check:
                path.write_text(page, "utf-8")
    if check and stale:
        print(f"out of date: {', '.join(stale)}; run python benchmarks/tables.py", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
