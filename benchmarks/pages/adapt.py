"""Tables of adapting without labels: ours by kind of images, network and method, and the published ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from lensym.evaluation.wording import count, percent, percent_range, share, share_range
from pages.markdown import Measured, Tables, table
from pages.seeds import mean

PAIRS = {
    "a_to_b": "Model A to B",
    "other_telescope": "Model I to another telescope",
    "turned": "Model I to turned scenes",
    "physical": "Model II, `published` to `physical`",
}
NETWORKS = ("lensnet", "cnn")
"""Those of the whole benchmark."""

METHODS = {
    "none": "none",
    "adda": "ADDA",
    "adamatch": "AdaMatch",
    "self_ensembling": "self-ensembling",
    "cgdm": "CGDM",
    "sinkhorn": "Sinkhorn",
    "labels": "the second kind's labels",
}
_FIGURES = 6
"""Cells of a row that has figures."""


def adaptation(measured: Measured) -> str:
    """Each network's figures on images of the kind that it was adapted to, by method."""
    found = measured["adapt"]
    rows: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for name, run in found["runs"].items():
        if "error" not in run:
            pair, network, method, _ = name.split()
            rows[pair, network][method].append(run)
    tested = next(run["n"] for run in found["runs"].values() if "error" not in run)
    words = (
        f"{count(found['images'])} training images of each class in each set, those with labels shown "
        f"{found['epochs']} times; {count(tested)} tested."
    )
    columns = ["", "network", "method", "macro AUC (95 %)", "accuracy (95 %)", "on images of the first kind, macro AUC"]
    columns += ["told apart, before and after", "min", "seeds"]
    lines = [line for pair in PAIRS for network in _networks(pair, list(rows)) for line in _lines(pair, network, rows)]
    return f"{words}\n\n" + table(columns, lines)


def _networks(pair: str, run: Sequence[tuple[str, str]]) -> list[str]:
    """Those that were run on a pair, and those that are to be."""
    return list(dict.fromkeys([*(network for other, network in run if other == pair), *NETWORKS]))


def _lines(pair: str, network: str, rows: Any) -> list[list[str]]:
    methods = rows.get((pair, network))
    if methods is None:
        return [[PAIRS[pair], f"`{network}`", "not run", *[""] * _FIGURES]]
    return [[PAIRS[pair], f"`{network}`", title, *_cells(methods.get(name, []))] for name, title in METHODS.items()]


def _cells(runs: Sequence[dict[str, Any]]) -> list[str]:
    if not runs:
        return ["not run", *[""] * (_FIGURES - 1)]
    ends = {key: [mean([run[key][k] for run in runs]) for k in (0, 1)] for key in ("interval", "accuracy_interval")}
    shifts = [run["shift"] for run in runs if run["shift"]]
    apart = [f"{mean([shift[when]['auc'] for shift in shifts]):.3f}" for when in ("before", "after") if shifts]
    return [
        f"{share(_mean(runs, 'macro_auc'))} ({share_range(ends['interval'])})",
        f"{percent(_mean(runs, 'accuracy'))} ({percent_range(ends['accuracy_interval'])})",
        share(_mean(runs, "labelled_macro_auc")),
        ", ".join(apart),
        f"{_mean(runs, 'seconds') / 60:.1f}",
        str(len(runs)),
    ]


def _mean(runs: Sequence[dict[str, Any]], key: str) -> float:
    return mean([run[key] for run in runs])


def published_adaptation(measured: Measured) -> str:
    """What others published of Model A to B, on the released images."""
    rows = [
        [row["encoder"], METHODS[row["method"]], f"{row['auc']:.3f}", f"{100 * row['accuracy']:.1f} %"]
        for row in measured["published"]["adaptation"]["rows"]
    ]
    return table(["published encoder", "method", "AUC", "accuracy"], rows)


TABLES: Tables = {"adaptation": adaptation, "published_adaptation": published_adaptation}
"""Every table by its name."""
