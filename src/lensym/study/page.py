"""The folder of a study: results.json, results.csv, figures, and report.html, which needs no other file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from lensym.atomic import output_errors, write_atomically
from lensym.evaluation.figures import data_uri, png_bytes, png_width
from lensym.evaluation.intervals import LEVEL
from lensym.evaluation.wording import count, share, share_range
from lensym.study.curves import cost_figure, efficiency_figure, rotation_figure

_COLUMNS = (
    "recipe",
    "model",
    "size",
    "seed",
    "epochs",
    "parameters",
    "gflop",
    "validation_auc",
    *(f"{test}_{key}" for test in ("upright", "turned") for key in ("auc", "auc_low", "auc_high", "accuracy")),
    "folder",
    "error",
)

Results = Mapping[str, Any]


def write_page(out: Path, results: Results) -> None:
    """Write everything that is read: the page last."""
    pictures = {name: png_bytes(figure) for name, figure in draw_study(results).items()}
    with output_errors(out):
        (out / "figures").mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        write_atomically(out / "figures" / f"{name}.png", picture)
    write_atomically(out / "results.json", (json.dumps(results, indent=1, allow_nan=False) + "\n").encode())
    write_atomically(out / "results.csv", _csv(results["runs"]))
    write_atomically(out / "report.html", render_study(results, pictures).encode())


def draw_study(results: Results) -> dict[str, Figure]:
    """The figures of each recipe that has a finished run, by ``RECIPE-NAME``."""
    figures: dict[str, Figure] = {}
    for recipe in results["recipes"]:
        points = [point for point in results["points"] if point["recipe"] == recipe]
        largest = [point for point in points if point["size"] == results["sizes"][-1]]
        if points:
            figures[f"{recipe}-efficiency"] = efficiency_figure(points, results["models"])
        if points and results["turned"]:
            figures[f"{recipe}-rotation"] = rotation_figure(points, results["models"])
        if largest:
            figures[f"{recipe}-cost"] = cost_figure(largest, results["models"])
    return figures


def render_study(results: Results, pictures: Mapping[str, bytes]) -> str:
    """The page, all of it: style and figures (PNG, by name) inside, every text escaped."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("lensym.study"), PackageLoader("lensym.evaluation")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(count=count, share=share, share_range=share_range, signed=signed)
    return environment.get_template("study.html.j2").render(
        r=results,
        figures={name: (data_uri(png), png_width(png)) for name, png in pictures.items()},
        failed=[run for run in results["runs"] if run["error"]],
        sentences=study_sentences(results),
        tables={recipe: _table(results, recipe) for recipe in results["recipes"]},
        level=f"{100 * LEVEL:g} %",
    )


def study_sentences(results: Results) -> list[str]:
    """What the figures mean, in plain words: a sentence or two for each recipe."""
    found = []
    for recipe in results["recipes"]:
        points = [point for point in results["points"] if point["recipe"] == recipe]
        if not points:
            continue
        size = max(point["size"] for point in points)
        best = max((p for p in points if p["size"] == size), key=lambda point: float(point["upright"]["mean"]))
        found.append(
            f"{recipe}: of what was trained on {count(size)} images a class, {best['model']} ranks best, with a macro "
            f"AUC of {share(best['upright']['mean'])} at {best['gflop']:.3g} GFLOP an image."
            + _turned_words(points, size)
        )
    return found


def _turned_words(points: Sequence[Mapping[str, Any]], size: int) -> str:
    """Which networks do worse on turned scenes, where these were simulated."""
    changes = [point for point in points if point["size"] == size and "turned_minus_upright" in point]
    if not changes:
        return ""
    worse = [point["model"] for point in changes if point["turned_minus_upright"]["interval"][1] < 0]
    if not worse:
        return " None does measurably worse on turned scenes than on upright ones."
    return f" Worse on turned scenes than on upright ones: {', '.join(worse)}."


def _table(results: Results, recipe: str) -> list[list[Mapping[str, Any] | None]]:
    """A row for each network with a point for each size; None where no run is done."""
    by_place = {(point["model"], point["size"]): point for point in results["points"] if point["recipe"] == recipe}
    return [[by_place.get((model, size)) for size in results["sizes"]] for model in results["models"]]


def signed(value: float) -> str:
    """A difference with its sign, in four digits after the point.

    >>> signed(0.01234), signed(-0.5)
    ('+0.0123', '\u22120.5000')
    """
    return f"{value:+.4f}".replace("-", "\u2212")


def _csv(runs: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(runs)
    return text.getvalue().encode()
