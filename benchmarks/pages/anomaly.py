"""The table of detectors that learned from smooth lenses alone."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from lensym.evaluation.wording import count, percent, share, share_range
from pages.markdown import Measured, Tables, table
from pages.seeds import mean

SINGLE = ("reconstruction", "wasserstein", "density")


def anomaly(measured: Measured) -> str:
    """AUC of each substructure class against smooth lenses, by recipe and kind of detector."""
    found = measured["anomaly"]
    rows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for name, run in found["runs"].items():
        if "error" not in run:
            recipe, kind, _ = name.rsplit(maxsplit=2)
            rows[recipe, kind].append(run)
    first = next(iter(rows.values()))[0]
    classes = list(first["auc"]["combined"])
    words = (
        f"{count(found['images'])} smooth training images, each shown {found['epochs']} times; "
        f"{count(first['n'])} tested. Interval of the test images, averaged over the seeds."
    )
    columns = [
        "recipe",
        "`--model`",
        *(f"AUC of `{name}` (95 %)" for name in classes),
        "both",
        *(f"both, `{score}`" for score in SINGLE),
    ]
    columns += ["smooth ones called strange", "change under D4", "min", "seeds"]
    return f"{words}\n\n" + table(columns, [_row(*key, runs, classes) for key, runs in rows.items()])


def _row(recipe: str, kind: str, runs: list[dict[str, Any]], classes: list[str]) -> list[str]:
    return [
        recipe,
        f"`{kind}`",
        *(_auc(runs, name) for name in classes),
        *(share(mean([mean(list(run["auc"][score].values())) for run in runs])) for score in ("combined", *SINGLE)),
        percent(mean([run["called_strange"]["no_sub"] for run in runs])),
        f"{max(run['symmetry']['worst'] for run in runs):.0e}",
        f"{mean([run['seconds'] for run in runs]) / 60:.1f}",
        str(len(runs)),
    ]


def _auc(runs: list[dict[str, Any]], name: str) -> str:
    low, high = (mean([run["auc_ci"]["combined"][name][end] for run in runs]) for end in (0, 1))
    return f"{share(mean([run['auc']['combined'][name] for run in runs]))} ({share_range((low, high))})"


def published_anomaly(measured: Measured) -> str:
    """What others published of detectors that learned from smooth lenses alone, on the released images."""
    rows = [[row["kind"], f"{row['model_a']:.3f}", f"{row['model_b']:.3f}"] for row in measured["published"]["anomaly"]]
    return table(["published", "AUC, Model A", "AUC, Model B"], rows)


TABLES: Tables = {"anomaly": anomaly, "published_anomaly": published_anomaly}
"""Every table by its name."""
