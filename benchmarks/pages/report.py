"""Tables of the report: what was built of each paper, and what it gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lensym.evaluation.wording import count
from pages.markdown import Measured, Tables, table
from pages.seeds import Run, compared, mean
from pages.sources import ROOT

NOT_RUN = "not run"


@dataclass(frozen=True)
class Paper:
    """A paper whose networks are in the registry: its short name, those networks, and the file they are in."""

    title: str
    networks: tuple[str, ...]
    file: str


PAPERS = {
    "gcnn": Paper("G-CNN, 2016", ("p4cnn", "p4mcnn"), "gcnn.py"),
    "steerable": Paper("steerable CNN, 2017", ("steerable_d4",), "steerable_d4.py"),
    "e2cnn": Paper("E(2)-CNN, 2019", ("e2cnn_c4", "e2cnn_c8", "e2cnn_d4", "e2cnn_d8"), "e2cnn.py"),
    "harmonic": Paper("harmonic network, 2017", ("harmonic",), "harmonic.py"),
    "egnn": Paper("EGNN, 2021", ("egnn",), "egnn.py"),
    "dynamics": Paper("symmetry-aware dynamics, 2021", ("symmetry_dynamics",), "symmetry_dynamics.py"),
    "ensemble": Paper("rotation-equivariant ensemble, 2019", ("angular_ensemble",), "angular_ensemble.py"),
    "red_nn": Paper("RED-NN, 2019", ("red_nn",), "red_nn.py"),
    "equivarify": Paper("equivarification, 2019", ("equivarify",), "equivarify.py"),
    "transformer": Paper("equivariant transformer, 2019", ("equivariant_transformer",), "equivariant_transformer.py"),
    "wrn": Paper("equivariant wide ResNet, 2019", ("e2_wrn",), "e2_wrn.py"),
}
OURS = ("lensnet", "lensnet-tiny", "cnn", "radial_profile")
"""What the papers' networks stand beside: ours, the control, the baseline."""

BENCHMARKS = {
    "regression": "The axion's mass and the vortex's angle (`benchmarks/regression.py`)",
    "finetune": "Weights going on to images of another telescope (`benchmarks/finetune.py`)",
    "adapt": "Adapting to other images without labels (`benchmarks/adapt.py`)",
    "anomaly": "Detectors that see smooth lenses alone (`benchmarks/anomaly.py`)",
    "design": "The search for designs of `lensnet` (`benchmarks/design.py`)",
    "off_centre": "Lenses a few pixels beside the middle (`benchmarks/off_centre.py`)",
    "stability": "Training with other seeds and learning rates (`benchmarks/stability.py`)",
}
"""Benchmarks, by the name of their file of figures, that there may be no figures of yet."""

COLUMNS = [
    "invariant under",
    "upright AUC (95 %)",
    "rotated AUC (95 %)",
    "lost by turning",
    "change under D4",
    "GFLOP",
    "images shown",
]


def report_summary(measured: Measured) -> str:
    """One row for each network of each paper, then ours and the controls."""
    rows = [
        [title, *row]
        for title, networks in (*((p.title, p.networks) for p in PAPERS.values()), ("beside them", OURS))
        for row in _rows(measured, networks)
    ]
    return table(["paper", "network", *COLUMNS], rows)


def report_not_run(measured: Measured) -> str:
    """What there are no figures of, as a list."""
    run = {name for name, _ in _by_network(measured)}
    missing = [f"`{row['name']}`" for row in measured["models"] if row["name"] not in run]
    lines = [f"- In the comparison of networks: {', '.join(missing)}."] if missing else []
    lines += [f"- {words}." for name, words in BENCHMARKS.items() if not (_results() / f"{name}.json").exists()]
    if not any(run["name"].startswith("example_") for run in measured["digits"]["runs"].values()):
        lines.append("- On rotated digits: e2cnn's own networks beside those of this package.")
    return "\n".join(lines) or "Every benchmark has figures; single rows without any say *not run* in their tables."


def _results() -> Path:
    return ROOT / "benchmarks" / "results"


def _of_paper(paper: Paper) -> Callable[[Measured], str]:
    def of_paper(measured: Measured) -> str:
        where = f"In `src/lensym/models/{paper.file}`."
        return f"{where}\n\n{table(['network', *COLUMNS], _rows(measured, paper.networks))}"

    return of_paper


def _rows(measured: Measured, networks: tuple[str, ...]) -> list[list[str]]:
    """A row for each width that a network was run at, or one that says it was not run."""
    found = _by_network(measured)
    groups = {row["name"]: row["group"] for row in measured["models"]}
    rows = []
    for name in networks:
        runs = [of_width for (of, _), of_width in sorted(found.items()) if of == name]
        rows += [_row(of_width) for of_width in runs] or [[f"`{name}`", groups[name], NOT_RUN, *[""] * 5]]
    return rows


def _by_network(measured: Measured) -> dict[tuple[str, float], list[Run]]:
    """Finished runs on turned images by name and width, those of several seeds together."""
    found: dict[tuple[str, float], list[Run]] = defaultdict(list)
    for run in measured["networks"]["runs"].values():
        if "error" not in run and run["augment"]:
            found[run["name"], run["width"]].append(run)
    return found


def _row(runs: list[Run]) -> list[str]:
    run = runs[0]
    name, *figures = compared(runs)
    return [
        name,
        run["group"],
        *figures,
        f"{max(one['invariance']['D4'] for one in runs):.0e}",
        f"{run['gflop']:.3g}",
        count(round(mean([one["training"]["images"] for one in runs]))),
    ]


TABLES: Tables = {"report_summary": report_summary, "report_not_run": report_not_run}
TABLES |= {f"report_{key}": _of_paper(paper) for key, paper in PAPERS.items()}
