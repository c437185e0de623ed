"""The table of networks on lenses that lie beside the middle."""

from __future__ import annotations

from lensym.evaluation.wording import count, share, share_range
from pages.markdown import Measured, Tables, table


def off_centre(measured: Measured) -> str:
    """Macro AUC of each network by the distance of the lens from the middle."""
    found = measured["off_centre"]
    runs = {name: run for name, run in found["runs"].items() if "error" not in run}
    first = next(iter(runs.values()))
    words = f"Macro AUC (95 %) on {count(first['n'])} images; one seed."
    lines = [[_name(name, found), *(_auc(test) for test in run["by_shift"].values())] for name, run in runs.items()]
    return f"{words}\n\n" + table(["", *(f"{shift} px" for shift in first["by_shift"])], lines)


def _name(name: str, found: Measured) -> str:
    network, _, jitter = name.partition(", jitter ")
    if not jitter:
        return f"`{network}`, the packaged weights"
    return f"`{network}`, {count(found['size'])} a class, `--jitter {jitter}`"


def _auc(test: Measured) -> str:
    return f"{share(test['macro_auc'])} ({share_range(test['interval'])})"


TABLES: Tables = {"off_centre": off_centre}
"""Every table by its name."""
