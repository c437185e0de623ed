"""What the runs of a study come to: curves with bands, the front of cost and AUC, paired comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import lensym
from lensym.evaluation.intervals import auc_difference
from lensym.evaluation.predictions import Predictions
from lensym.study.paired import Comparison, compare
from lensym.study.plan import PlannedRun, Study
from lensym.study.trial import read_answers

Row = Mapping[str, Any]
Point = tuple[str, str, int]
"""Recipe, network and images a class."""


def summarise(
    study: Study, runs: Sequence[PlannedRun], results: Mapping[str, Row], errors: Mapping[str, str], out: Path
) -> dict[str, Any]:
    """Content of results.json, from the finished runs and the reasons of those that failed, both by folder."""
    answers = {
        test: _by_point(runs, results, out, test) for test in (("upright", "turned") if study.turned else ("upright",))
    }
    points = _points(study, runs, results, answers)
    return {
        "recipes": [recipe.label for recipe in study.recipes],
        "models": [model.label for model in study.models],
        "sizes": list(study.sizes),
        "seeds": list(study.seeds),
        "epochs": study.epochs,
        "presentations": study.presentations,
        "val": study.val,
        "test": study.test,
        "turned": study.turned,
        "test_seed": runs[0].tests.seed,
        "runs": [_run_row(run, results.get(run.folder), errors.get(run.folder, "")) for run in runs],
        "points": points,
        "comparisons": _comparisons(study, answers["upright"]),
        "lensym_version": lensym.__version__,
    }


def _run_row(run: PlannedRun, result: Row | None, error: str) -> dict[str, Any]:
    """One run, flat: the row of results.csv."""
    row: dict[str, Any] = {
        "recipe": run.recipe.label,
        "model": run.model.label,
        "size": run.size,
        "seed": run.seed,
        "epochs": run.epochs,
        "folder": run.folder,
        "error": error,
    }
    if result is None:
        return row
    row |= {key: result[key] for key in ("gflop", "parameters")}
    row["validation_auc"] = result["validation"]["macro_auc"]
    for test, found in result["tests"].items():
        low, high = found["macro_auc_ci"]
        row |= {f"{test}_auc": found["macro_auc"], f"{test}_auc_low": low, f"{test}_auc_high": high}
        row |= {f"{test}_accuracy": found["accuracy"]}
    return row


def _by_point(
    runs: Sequence[PlannedRun], results: Mapping[str, Row], out: Path, test: str
) -> dict[Point, dict[int, Predictions]]:
    """Answers of the finished runs, by seed."""
    found: dict[Point, dict[int, Predictions]] = {}
    for run in runs:
        if run.folder in results:
            predictions = read_answers(out / run.folder, test, results[run.folder])
            found.setdefault((run.recipe.label, run.model.label, run.size), {})[run.seed] = predictions
    return found


def _points(
    study: Study,
    runs: Sequence[PlannedRun],
    results: Mapping[str, Row],
    answers: Mapping[str, Mapping[Point, Mapping[int, Predictions]]],
) -> list[dict[str, Any]]:
    """Mean and band over the seeds of every recipe, network and size."""
    grouped: dict[Point, list[Row]] = {}
    for run in runs:
        if run.folder in results:
            grouped.setdefault((run.recipe.label, run.model.label, run.size), []).append(results[run.folder])
    rows = []
    for (recipe, model, size), of_seeds in grouped.items():
        row: dict[str, Any] = {"recipe": recipe, "model": model, "size": size, "seeds": len(of_seeds)}
        row |= {"gflop": of_seeds[0]["gflop"], "parameters": of_seeds[0]["parameters"]}
        row |= {test: _band([result["tests"][test] for result in of_seeds]) for test in answers}
        if study.turned:
            row["turned_minus_upright"] = _turned_less_upright(
                *(answers[test][recipe, model, size] for test in ("turned", "upright"))
            )
        rows.append(row)
    for recipe_label in {row["recipe"] for row in rows}:
        at_largest = [row for row in rows if row["recipe"] == recipe_label and row["size"] == study.sizes[-1]]
        front = pareto([(row["gflop"], row["upright"]["mean"]) for row in at_largest])
        for k, row in enumerate(at_largest):
            row["on_front"] = k in front
    return rows


def _band(found: Sequence[Row]) -> dict[str, Any]:
    """Mean of the macro AUC with a band: lowest and highest seed, or the DeLong interval of a single one."""
    values = [figures["macro_auc"] for figures in found]
    band = [min(values), max(values)] if len(values) > 1 else found[0]["macro_auc_ci"]
    return {"mean": float(np.mean(values)), "band": list(band), "values": values}


def _turned_less_upright(turned: Mapping[int, Predictions], upright: Mapping[int, Predictions]) -> dict[str, Any]:
    """Change of the macro AUC where the scenes are turned: mean over the seeds, and the hull of their intervals."""
    found = [
        auc_difference(turned[seed].probabilities, upright[seed].probabilities, upright[seed].labels) for seed in turned
    ]
    low, high = min(d.interval.low for d in found), max(d.interval.high for d in found)
    return {"mean": float(np.mean([d.value for d in found])), "interval": [low, high]}


def pareto(points: Sequence[tuple[float, float]]) -> list[int]:
    """Places of the (cost, score) that no other beats in one without being worse in the other, by rising cost.

    >>> pareto([(3.0, 0.9), (1.0, 0.8), (2.0, 0.7), (3.0, 0.9)])
    [1, 0, 3]
    """
    order = sorted(range(len(points)), key=lambda k: points[k][0])
    return [k for k in order if not any(_beats(other, points[k]) for other in points)]


def _beats(other: tuple[float, float], point: tuple[float, float]) -> bool:
    return other[0] <= point[0] and other[1] >= point[1] and other != point


def _comparisons(study: Study, answers: Mapping[Point, Mapping[int, Predictions]]) -> list[dict[str, Any]]:
    """Every network against the first of the list, at each recipe and size."""
    reference, *others = [model.label for model in study.models]
    pairs = [
        (recipe.label, size, other)
        for recipe in study.recipes
        for size in study.sizes
        for other in others
        if answers.get((recipe.label, other, size), {}).keys() & answers.get((recipe.label, reference, size), {}).keys()
    ]
    rows = []
    for recipe_label, size, other in pairs:
        mine, theirs = answers[recipe_label, reference, size], answers[recipe_label, other, size]
        comparison = compare(mine, theirs, len(pairs))
        rows.append({"recipe": recipe_label, "size": size, "model": reference, "other": other, **_plain(comparison)})
    return rows


def _plain(comparison: Comparison) -> dict[str, Any]:
    plain = {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(comparison).items()}
    intervals = [list(interval) for interval in comparison.intervals]
    return plain | {"difference": comparison.difference, "intervals": intervals}
