"""Tables of lensnet and its controls by the number of training images."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from lensym.evaluation.wording import count, percent, percent_range, share, share_range
from pages.markdown import Measured, Tables, table
from pages.seeds import Run, auc, difference, lost, mean

CONTROLLED = "model_1"
"""The recipe that all controls are trained on."""
OTHER_SIZES = (1000, 10_000)
"""Training images a class of the table of recipes."""
NONE = "Not run yet."
WORDS = {
    "lensnet_broken": "`lensnet` without its symmetry",
    "cnn_d4": "`cnn`, narrow, averaged over D4",
    "radial_profile": "radial profile",
}


def headline(measured: Measured) -> str:
    """Macro AUC on upright test images, by training images a class."""
    return _by_size(measured, lambda runs: _auc(runs, "upright"))


def headline_rotated(measured: Measured) -> str:
    """Macro AUC on turned scenes, and what turning costs."""
    return _by_size(measured, lambda runs: f"{_auc(runs, 'rotated')}; {lost(runs)[0]:.4f} ± {lost(runs)[1]:.4f}")


def headline_behind(measured: Measured) -> str:
    """How far each control is behind lensnet of the same size and seed, on the same images."""
    return _by_size(measured, behind)


def headline_cost(measured: Measured) -> str:
    """What each row costs: an image, and the training."""
    sizes, rows = _grouped(measured, CONTROLLED)
    lines = []
    for name, of_row in rows.items():
        run = next(iter(of_row.values()))[0]
        times = [f"{mean([r['seconds'] for r in of_row[s]]) / 60:.1f}" if s in of_row else "" for s in sizes]
        lines.append([name, count(run["parameters"]), f"{run['gflop']:.3g}", *times])
    return table(["", "parameters", "GFLOP", *(f"min, {count(size)}" for size in sizes)], lines)


def other_recipes(measured: Measured) -> str:
    """lensnet and the radial profile on every recipe, by training images a class."""
    lines = []
    for data in dict.fromkeys(run["data"] for run in _finished(measured)):
        sizes, rows = _grouped(measured, data)
        for size in sizes:
            found = [rows.get(name, {}).get(size, []) for name in ("`lensnet`", WORDS["radial_profile"])]
            if size in OTHER_SIZES and all(found):
                accuracy = percent(mean([run["test"]["upright"]["accuracy"] for run in found[0]]))
                value, half = lost(found[0])
                cells = [accuracy, f"{value:.4f} ± {half:.4f}", _auc(found[1], "upright")]
                lines.append([data, count(size), _auc(found[0], "upright"), *cells])
    columns = ["recipe", "images a class", "`lensnet` AUC (95 %)", "accuracy", "lost by turning", "radial profile AUC"]
    return table(columns, lines) if lines else NONE


def stress(measured: Measured) -> str:
    """How often scenes of the stress set, and those without substructure, are taken for scenes with some."""
    lines = []
    for run in _finished(measured):
        if "stress" in run:
            shares = [run["stress"][name] for name in ("no_sub", "stress")]
            words = [f"{percent(found['share'])} ({percent_range(found['interval'])})" for found in shares]
            lines.append([run["data"], _name(run), count(run["size"]), *words])
    columns = ["recipe", "", "images a class", "without substructure", "stress set"]
    return table(columns, lines) if lines else NONE


def _by_size(measured: Measured, cell: Callable[[Sequence[Run]], str]) -> str:
    sizes, rows = _grouped(measured, CONTROLLED)
    lines = [
        [name, *(with_number(of_row[size], cell) if size in of_row else "not run" for size in sizes)]
        for name, of_row in rows.items()
    ]
    kept = [line for line in lines if any(text.strip() and text != "not run" for text in line[1:])]
    return table(["", *(f"{count(size)} a class" for size in sizes)], kept)


def _grouped(measured: Measured, data: str) -> tuple[list[int], dict[str, dict[int, list[Run]]]]:
    """All sizes in order; the runs of each row on a recipe by size, in the benchmark's order of rows."""
    rows: dict[str, dict[int, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in _finished(measured):
        if run["data"] == data:
            rows[_name(run)][run["size"]].append(run)
    sizes = sorted({size for of_row in rows.values() for size in of_row})
    return sizes, {name: dict(of_row) for name, of_row in rows.items()}


def _finished(measured: Measured) -> list[Run]:
    return [run for run in measured["headline"]["runs"].values() if "error" not in run]


def named(network: str) -> str:
    """Of a network, in words."""
    return WORDS.get(network, f"`{network}`")


def _name(run: Run) -> str:
    """Of a row, in words."""
    return named(run["name"]) + ("" if run["augment"] else ", upright images alone")


def _auc(runs: Sequence[Run], test: str) -> str:
    found = auc(runs, test)
    return f"{share(found.value)} ({share_range(found.interval())})"


def behind(runs: Sequence[Run]) -> str:
    """How far a network is behind its reference, as a mean over the seeds."""
    compared = [run for run in runs if "behind" in run]
    if not compared:
        return ""
    tests = [run["test"].get("upright", run["test"]) for run in compared]
    value, half = difference([run["behind"] for run in compared], min(test["freedom"] for test in tests))
    return f"{value:.4f} ({value - half:.4f} to {value + half:.4f})"


def with_number(runs: Sequence[Run], words: Callable[[Sequence[Run]], str]) -> str:
    """Words for some runs, and how many there are, if more than one."""
    text = words(runs)
    return f"{text} [{len(runs)}]" if text and len(runs) > 1 else text


TABLES: Tables = {
    function.__name__: function
    for function in (headline, headline_rotated, headline_behind, headline_cost, other_recipes, stress)
}
"""Every table by its name."""
