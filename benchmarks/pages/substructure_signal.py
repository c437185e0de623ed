"""The table of what images hold of substructure."""

from __future__ import annotations

from typing import Any

from lensym.evaluation.wording import count, percent, percent_range
from pages.markdown import Measured, Tables, table

OBSERVERS = {"unknown": "nothing known", "known": "what is always the same known"}


def substructure_signal(measured: Measured) -> str:
    """Signal of each class against the most similar smooth scene, by recipe and observer."""
    found = measured["substructure_signal"]
    words = (
        f"{count(found['scenes'])} scenes of each class. *Signal*: median and quartiles, in standard deviations. "
        f"*Clear*: above {found['clear']}. *AUC at most*: of who is told what to look for, against smooth lenses."
    )
    lines = [
        [recipe, f"`{kind}`", *(cell for name in OBSERVERS for cell in _cells(of[name]))]
        for recipe, run in found["runs"].items()
        if "error" not in run
        for kind, of in run["classes"].items()
    ]
    columns = [f"{of}: {what}" for of in OBSERVERS.values() for what in ("signal", "clear", "AUC at most (95 %)")]
    return f"{words}\n\n" + table(["recipe", "class", *columns], lines)


def _cells(found: dict[str, Any]) -> list[str]:
    low, median, high = (f"{value:.0f}" if value >= 10 else f"{value:.2g}" for value in found["quartiles"])
    part, *ends = found["clear"]
    auc, *interval = found["auc"]
    return [
        f"{median} ({low} to {high})",
        f"{percent(part)} ({percent_range((ends[0], ends[1]))})",
        f"{auc:.3f} ({interval[0]:.3f} to {interval[1]:.3f})",
    ]


TABLES: Tables = {"substructure_signal": substructure_signal}
"""Every table by its name."""
