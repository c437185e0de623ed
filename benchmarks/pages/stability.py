"""The table of how far a training's outcome depends on its seed and learning rate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lensym.evaluation.wording import count, share
from pages.markdown import Measured, Tables, table
from pages.seeds import Run, mean

REACHED = 0.9
"""Macro AUC on the validation images whose first look is told."""


def stability(measured: Measured) -> str:
    """AUC of each network by factor on the learning rate, and over all of its runs."""
    found = measured["stability"]
    rows: dict[str, dict[float, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in found["runs"].values():
        if "error" not in run:
            rows[run["name"]][run["factor"]].append(run)
    factors = sorted({factor for of_row in rows.values() for factor in of_row})
    words = (
        f"Each run sees {count(found['presentations'])} images. Mean macro AUC on the test images, and lowest to "
        f"highest of the seeds, whose number is in square brackets."
    )
    heads = ["", *(f"rate x{factor:g}" for factor in factors), "highest less lowest", "ended", f"images to {REACHED}"]
    return f"{words}\n\n" + table(heads, [_row(name, of_row, factors, found) for name, of_row in rows.items()])


def _row(name: str, of_row: dict[float, list[Run]], factors: Sequence[float], found: Measured) -> list[str]:
    runs = [run for of_factor in of_row.values() for run in of_factor]
    aucs = [run["macro_auc"] for run in runs if "ended" not in run]
    ended = sum("ended" in run for run in runs)
    usual = [run for run in of_row.get(1.0, []) if "ended" not in run]
    return [
        f"`{name}`",
        *(_cell(of_row[factor]) if factor in of_row else "not run" for factor in factors),
        f"{max(aucs) - min(aucs):.4f}" if aucs else "",
        f"{ended} of {len(runs)}",
        _reached(usual, found["presentations"]),
    ]


def _cell(runs: Sequence[Run]) -> str:
    aucs = [run["macro_auc"] for run in runs if "ended" not in run]
    if not aucs:
        return f"all ended [{len(runs)}]"
    return f"{share(mean(aucs))} ({share(min(aucs))} to {share(max(aucs))}) [{len(aucs)}]"


def _reached(runs: Sequence[Run], presentations: int) -> str:
    """Images at the usual rate until a look saw the AUC, on average over the seeds that got there."""
    looks = [run["validation_auc"] for run in runs]
    first = [next((k for k, auc in enumerate(aucs, 1) if auc >= REACHED), None) for aucs in looks]
    there = [presentations * k / len(aucs) for k, aucs in zip(first, looks, strict=True) if k]
    return f"{count(round(mean(there)))} ({len(there)} of {len(runs)})" if there else "not reached"


TABLES: Tables = {"stability": stability}
"""Every table by its name."""
