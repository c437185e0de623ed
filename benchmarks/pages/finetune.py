"""The table of packaged weights that go on learning on few images, beside training from scratch."""

from __future__ import annotations

from collections.abc import Sequence

from lensym.evaluation.wording import count, percent, percent_range, share, share_range
from pages.markdown import Measured, Tables, table
from pages.seeds import Run, mean

WAYS = {"scratch": "from scratch", "finetune": "`lensym finetune`"}


def finetune(measured: Measured) -> str:
    """Macro AUC and accuracy by training images a class, both ways, below the weights as they are."""
    found = measured["finetune"]
    runs = {name: run for name, run in found["runs"].items() if "error" not in run}
    before = runs["as_it_is"]
    seeds = {name.split()[2] for name in runs if name != "as_it_is"}
    words = (
        f"Each image is shown {found['epochs']} times; {count(before['n'])} images tested. In brackets the lowest and "
        f"the highest of {len(seeds)} seeds, in the first row the 95 % interval of the test images."
    )
    auc = f"{share(before['macro_auc'])} ({share_range(before['interval'])})"
    right = f"{percent(before['accuracy'])} ({percent_range(before['accuracy_interval'])})"
    rows = [["0: the packaged weights", "", auc, "", right]]
    for size in sorted({int(name.split()[1]) for name in runs if name != "as_it_is"}):
        of_size = [[run for name, run in runs.items() if name.startswith(f"{way} {size} ")] for way in WAYS]
        rows.append([count(size), *map(_auc, of_size), *map(_accuracy, of_size)])
    heads = [f"{figure}, {way}" for figure in ("macro AUC", "accuracy") for way in WAYS.values()]
    return f"{words}\n\n" + table(["images a class", *heads], rows)


def _auc(runs: Sequence[Run]) -> str:
    values = [run["macro_auc"] for run in runs]
    return f"{share(mean(values))} ({share(min(values))} to {share(max(values))})" if runs else "not run"


def _accuracy(runs: Sequence[Run]) -> str:
    values = [run["accuracy"] for run in runs]
    return f"{percent(mean(values))} ({percent(min(values))} to {percent(max(values))})" if runs else "not run"


TABLES: Tables = {"finetune": finetune}
"""Every table by its name."""
