"""The table of substructure found without training, by what fitted smooth lenses leave."""

from __future__ import annotations

from lensym.evaluation.wording import count, share, share_range
from pages.markdown import Measured, Tables, table

SCORES = {"chi_square": "`fit_chi_square`", "excess": "`fit_excess`"}


def left_over(measured: Measured) -> str:
    """AUC of each substructure class against smooth lenses, by recipe and score."""
    found = measured["left_over"]
    runs = {name: run for name, run in found["runs"].items() if "error" not in run}
    classes = list(next(iter(runs.values()))["auc"]["excess"])
    words = f"{count(found['images'])} images of each class; AUC against smooth lenses with its 95 % interval."
    lines = [
        [name, title, *(_auc(*run["auc"][score][kind]) for kind in classes), f"{1000 * run['seconds_a_fit']:.0f}"]
        for name, run in runs.items()
        for score, title in SCORES.items()
    ]
    columns = ["recipe", "score", *(f"AUC of `{kind}`" for kind in classes), "ms a fit"]
    return f"{words}\n\n" + table(columns, lines)


def _auc(value: float, low: float, high: float) -> str:
    return f"{share(value)} ({share_range((low, high))})"


TABLES: Tables = {"left_over": left_over}
"""Every table by its name."""
