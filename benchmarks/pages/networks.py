"""Tables of the page on networks: the registry, and the comparison on a small Model I."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from lensym.evaluation.wording import count
from pages.markdown import Measured, Tables, table
from pages.seeds import Run, compared, mean

BASELINE = "radial_profile"
KINDS = (
    "no network",
    "without symmetry, trained on turned images",
    "without symmetry, trained on upright images",
    "exact under a part of D4",
    "exact under D4",
    "larger groups, exact on the grid",
)
EQUAL_COST = ("cnn", "equal_c8", "equal_c16", "peak_c16")


def registry(measured: Measured) -> str:
    """Every network of the registry, as ``lensym models --json`` says."""
    rows = [
        [
            f"`{row['name']}`",
            row["group"],
            "exact" if row["exact"] else "approximate",
            count(row["parameters"]),
            "refused" if row["gflop_64"] is None else _gflop(row["gflop_64"]),
            _gflop(row["gflop_150"]),
            row["reference"],
        ]
        for row in measured["models"]
    ]
    return table(["name", "group", "", "parameters", "GFLOP, 64 px", "GFLOP, 150 px", "reference"], rows)


def networks(measured: Measured) -> str:
    """Every network with the same images and the same budget."""
    runs = _finished(measured)
    found: dict[str, list[list[Run]]] = defaultdict(list)
    for of_row in _by_row(runs):
        found[_kind(of_row[0])].append(of_row)
    rows: list[list[str]] = []
    for kind in KINDS:
        if found[kind]:
            rows.append([f"**{kind}**", *("" for _ in range(12))])
            rows += [_row(of_row) for of_row in sorted(found[kind], key=lambda row: row[0]["gflop"])]
    columns = ["", "upright AUC (95 %)", "rotated AUC (95 %)", "lost by turning", "invariance error", "under D4"]
    columns += ["change at 45°", "parameters", "GFLOP", "seconds", "MiB", "images shown, tested", "seeds"]
    return f"{_which(measured)}\n\n{table(columns, rows)}"


def turned_45(measured: Measured) -> str:
    """Networks of one cost: what a turn by 45 degrees changes."""
    rows = {row[0]["name"]: row for row in _by_row(_finished(measured)) if row[0]["augment"] and row[0]["width"] == 1}
    changes = {name: _mean_of(rows[name], "turned_45", "change") for name in EQUAL_COST if name in rows}
    plain = changes.get(EQUAL_COST[0])
    lines = [
        [
            f"`{name}`",
            rows[name][0]["group"],
            _gflop(rows[name][0]["gflop"]),
            f"{change:.3f}",
            f"{change / plain:.2f}" if plain else "",
            *(f"{_mean_of(rows[name], 'turned_45', key):.3f}" for key in ("with_noise", "noise_alone")),
        ]
        for name, change in changes.items()
    ]
    columns = ["", "group", "GFLOP", "change at 45°", "over cnn's", "with noise", "noise alone"]
    return table(columns, lines)


def _finished(measured: Measured) -> list[Run]:
    return [run for run in measured["networks"]["runs"].values() if "error" not in run]


def _by_row(runs: Iterable[Run]) -> list[list[Run]]:
    """Runs that differ in their seed alone, together."""
    rows: dict[tuple[object, ...], list[Run]] = defaultdict(list)
    for run in runs:
        rows[run["name"], run["width"], run["augment"]].append(run)
    return list(rows.values())


def _kind(run: Run) -> str:
    """What a network is compared as, of KINDS."""
    if run["name"] == BASELINE:
        return KINDS[0]
    if run["group"] == "C1":
        return KINDS[1] if run["augment"] else KINDS[2]
    if not run["exact"]:
        return KINDS[5]
    return KINDS[4] if run["group"] == "D4" else KINDS[3]


def _row(runs: Sequence[Run]) -> list[str]:
    run = runs[0]
    return [
        *compared(runs),
        *_errors(runs),
        f"{_mean_of(runs, 'turned_45', 'change'):.3f}",
        count(run["parameters"]),
        _gflop(run["gflop"]),
        count(round(_mean_of(runs, "training", "seconds"))),
        count(round(_mean_of(runs, "training", "memory_mib"))),
        f"{count(round(_mean_of(runs, 'training', 'images')))}, {count(round(_mean_of(runs, 'test', 'n')))}",
        str(len(runs)),
    ]


def _errors(runs: Sequence[Run]) -> list[str]:
    """Largest change of the logits under the network's own elements on the pixel grid, and under D4's."""
    worst = {group: max(run["invariance"][group] for run in runs) for group in runs[0]["invariance"]}
    own = next(iter(worst))
    return [f"{worst[own]:.0e} ({own})" if own != "C1" else "", f"{worst['D4']:.0e}"]


def _mean_of(runs: Sequence[Run], part: str, key: str) -> float:
    return mean([run[part][key] for run in runs])


def _which(measured: Measured) -> str:
    """How many runs there are of each seed, and what did not run."""
    runs = _finished(measured)
    seeds = Counter(run["seed"] for run in runs)
    text = "Runs: " + ", ".join(f"{number} with seed {seed}" for seed, number in sorted(seeds.items())) + "."
    failed = [f"{name} ({run['error']})" for name, run in measured["networks"]["runs"].items() if "error" in run]
    return text + (f" Failed: {'; '.join(failed)}." if failed else "")


def _gflop(value: float) -> str:
    """Three digits.

    >>> _gflop(0.000279), _gflop(65.4693), _gflop(1044.6)
    ('0.00028', '65.5', '1045')
    """
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 else f"{value:.5f}"


TABLES: Tables = {function.__name__: function for function in (registry, networks, turned_45)}
