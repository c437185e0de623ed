"""The table of estimates: the axion's mass and the vortex's angle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from lensym.evaluation.wording import count, percent
from pages.markdown import Measured, Tables, table
from pages.seeds import mean

LEVEL = "0.9"
UNITS = {"mass": "dex", "angle": "°"}
MODELS = ("lensnet-residual", "lensnet+fit", "lensnet", "cnn")


def regression(measured: Measured) -> str:
    """Each network's error on a test set of another seed, beside guessing, with the coverage of its intervals."""
    found = measured["regression"]
    rows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for name, run in found["runs"].items():
        if "error" not in run:
            target, model, _ = name.split()
            rows[target, model].append(run)
    tested = next(iter(rows.values()))[0]["n"]
    words = f"{count(found['images'])} training images, each shown {found['epochs']} times; {count(tested)} tested."
    columns = ["", "network", "mean error (95 %)", "of a guess", "inside 90 % intervals", "their width"]
    columns += ["change under D4", "min", "seeds"]
    return f"{words}\n\n" + table(columns, [_row(t, model, rows[t, model]) for t in UNITS for model in MODELS])


def _row(target: str, model: str, runs: Sequence[dict[str, Any]]) -> list[str]:
    unit = UNITS[target]
    if not runs:
        return [target, f"`{model}`", "not run", *("" for _ in range(6))]
    low, high = (mean([run["mae_ci"][end] for run in runs]) for end in (0, 1))
    return [
        target,
        f"`{model}`",
        f"{_mean(runs, 'mae'):.3g} {unit} ({low:.3g} to {high:.3g})",
        f"{mean([run['guess']['mae'] for run in runs]):.3g} {unit}",
        percent(mean([run["coverage"][LEVEL] for run in runs])),
        f"{mean([run['width'][LEVEL] for run in runs]):.3g} {unit}",
        f"{max(run['symmetry']['worst'] for run in runs):.0e}",
        f"{_mean(runs, 'seconds') / 60:.1f}",
        str(len(runs)),
    ]


def _mean(runs: Sequence[dict[str, Any]], key: str) -> float:
    return mean([run[key] for run in runs])


TABLES: Tables = {"regression": regression}
"""Every table by its name."""
