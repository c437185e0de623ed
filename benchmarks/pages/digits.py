"""The table of rotated digits: the package's networks beside e2cnn's."""

from __future__ import annotations

from collections.abc import Sequence

from lensym.evaluation.intervals import wilson
from lensym.evaluation.wording import count, percent_range
from lensym.study.paired import mcnemar
from pages.markdown import Measured, Tables, table
from pages.seeds import Run

OTHERS = "example_"
"""How the names of e2cnn's networks begin."""


def digits(measured: Measured) -> str:
    """Error of each network on the test digits, against the best of e2cnn's."""
    found = [run for run in measured["digits"]["runs"].values() if "error" not in run]
    failed = [f"{name} ({run['error']})" for name, run in measured["digits"]["runs"].items() if "error" in run]
    best = min((run for run in found if _is_e2cnn(run)), key=_error, default=None)
    rows = [_row(run, best) for run in sorted(found, key=_error)]
    columns = [
        "",
        "group",
        "error (95 %)",
        "p",
        "parameters",
        "MFLOP",
        "of its MFLOP",
        "digits shown, tested",
        "seconds",
    ]
    text = f"Runs: {len(found)}{'' if best else ', none of e2cnn yet'}."
    text += f" Failed: {'; '.join(failed)}." if failed else ""
    return f"{text}\n\n{table(columns, rows)}"


def _row(run: Run, best: Run | None) -> list[str]:
    name = f"`{run['name']}`" + (f" x {run['width']:g}" if run["width"] != 1 else "")
    error = _error(run)
    against = ["", ""]
    if best is not None and run is not best:
        both = min(run["n"], best["n"])  # the first digits, which either saw
        wrong = [[k for k in one["wrong"] if k < both] for one in (run, best)]
        against = [_chance(mcnemar(*wrong)), _size(run["gflop"] / best["gflop"], digits=2)]
    return [
        f"e2cnn, {name}" if _is_e2cnn(run) else name,
        run["group"],
        f"{100 * error:.2f} % ({percent_range(wilson(len(run['wrong']), run['n']))})",
        against[0],
        count(run["parameters"]),
        _size(1e3 * run["gflop"], digits=3),
        against[1],
        f"{count(run['images'])}, {count(run['n'])}",
        count(round(run["seconds"])),
    ]


def _chance(p: float) -> str:
    return f"{p:.2g}" if p >= 1e-9 else "< 1e-9"


def _size(value: float, digits: int) -> str:
    """So many digits, or whole numbers above a hundred.

    >>> _size(0.0812, 2), _size(31948.2, 3)
    ('0.081', '31\\u202f948')
    """
    return count(round(value)) if value >= 100 else f"{value:.{digits}g}"


def _error(run: Run) -> float:
    wrong: Sequence[int] = run["wrong"]
    return len(wrong) / run["n"]


def _is_e2cnn(run: Run) -> bool:
    return bool(run["name"].startswith(OTHERS))


TABLES: Tables = {"digits": digits}
