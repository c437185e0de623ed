"""``report.html``: one page that opens without a network and that an astronomer can read from the top."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from lensym.evaluation.figures import data_uri, png_width
from lensym.evaluation.predictions import class_title
from lensym.evaluation.wording import count, percent, percent_range, share, share_range

_FILTERS = {
    "count": count,
    "percent": percent,
    "percent_range": percent_range,
    "share": share,
    "share_range": share_range,
    "title": class_title,
}


def render_report(results: Mapping[str, Any], figures: Mapping[str, bytes]) -> str:
    """The page, all of it: style and figures (PNG, by name) inside, every text escaped.

    Parameters
    ----------
    results
        What `lensym.evaluation.assess.assess` returns, or `lensym.evaluation.called.assess_called`.
    figures
        Any of headline, roc, confusion, reliability, audit, examples, training; others are not shown.
    """
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            r=results,
            figures={name: (data_uri(png), png_width(png)) for name, png in figures.items()},
            model=str(results["model"].get("name", "the model")),
            data=_data_words(results["data"]),
            sentences=summary_sentences(results),
            **_middle(results),
            facts={"Model": _facts(results["model"]), "Data": _facts(results["data"]), "Methods": results["methods"]},
        )
    )


def render_task_report(
    results: Mapping[str, Any],
    rows: Sequence[Sequence[str]],
    figures: Mapping[str, bytes],
    captions: Mapping[str, str],
) -> str:
    """The page of a task that is not a classification: its figures as rows of name, value and interval."""
    return (
        _environment()
        .get_template("task.html.j2")
        .render(
            r=results,
            title=f"{results['model']['name']} on {_data_words(results['data'])}",
            rows=rows,
            figures={name: (data_uri(png), png_width(png)) for name, png in figures.items()},
            captions=captions,
            facts={"Model": _facts(results["model"]), "Data": _facts(results["data"]), "Methods": results["methods"]},
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("lensym.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    return environment


def _middle(results: Mapping[str, Any]) -> dict[str, Any]:
    """The page's part on the figures: on a ranking, or on images of one class."""
    if "called" in results:
        return {"middle": "called.html.j2"}
    return {"middle": "ranking.html.j2", "class_rows": _class_rows(results)}


def summary_sentences(results: Mapping[str, Any]) -> list[str]:
    """What the figures mean, in plain words."""
    if "called" in results:
        found = [_one_class(results)]
    else:
        found = [_meaning(results), _against_baseline(results), _commonest_error(results)]
    return [sentence for sentence in [*found, _orientation(results)] if sentence]


def _one_class(results: Mapping[str, Any]) -> str:
    (truth,) = results["counts"]
    return (
        f"All of these images are of one class, {class_title(truth)}: there is nothing to rank, hence no AUC. The "
        "share called something else says little by itself. Compare it with that of images like those the network was "
        "trained on."
    )


def _meaning(results: Mapping[str, Any]) -> str:
    return (
        f"Take one image of a class and one of any other: in {percent(results['macro_auc'])} of such pairs, averaged "
        "over the classes, the network gives the right one the higher probability. A test set of this size "
        f"leaves the true share uncertain within {percent_range(results['macro_auc_ci'])} (95 % interval)."
    )


def _against_baseline(results: Mapping[str, Any]) -> str:
    baseline = results.get("baseline")
    if not baseline:
        return "No baseline was computed for this test set."
    text = (
        "The baseline, which sees only how bright each ring about the centre is and how much it varies, ranks "
        f"{percent(baseline['macro_auc'])} of the pairs right: that much needs no look at the lens's structure."
    )
    low, high = (100 * end for end in baseline["difference_ci"])
    text += (
        f" On the same images the network's share is {100 * baseline['difference']:+.1f} points from that (95 % "
        f"interval {low:+.1f} to {high:+.1f})."
    )
    wrong, baseline_wrong = 1 - results["macro_auc"], 1 - baseline["macro_auc"]
    if low > 0 and 0 < wrong < baseline_wrong / 1.5:
        text += f" The network ranks {baseline_wrong / wrong:.2g} times fewer pairs wrong."
    return text


def _commonest_error(results: Mapping[str, Any]) -> str:
    errors = np.array(results["confusion"])
    totals = errors.sum(1)
    np.fill_diagonal(errors, 0)
    if not errors.any():
        return "Not one image was named wrong."
    i, j = np.unravel_index(errors.argmax(), errors.shape)
    titles = [class_title(name) for name in results["classes"]]
    return (
        f"{count(int(errors.sum()))} of {count(results['n'])} images were named wrong, most often {titles[i]} as "
        f"{titles[j]} ({count(int(errors[i, j]))} of {count(int(totals[i]))})."
    )


def _orientation(results: Mapping[str, Any]) -> str:
    entries = results.get("audit", {}).get("group", [])
    if not entries:
        return ""
    changes = [f"{e['network']} by {e['worst']:.1g}{' (rounding)' if e['invariant'] else ''}" for e in entries]
    return (
        f"Turning and mirroring the image ({entries[0]['group']}) changes the logits of {', of '.join(changes)} at "
        "most, relative to their size."
    )


def _class_rows(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    baseline = results.get("baseline", {"auc": {}})["auc"]
    return [
        {
            "title": class_title(name),
            "n": results["counts"][name],
            "auc": results["auc"][name],
            "ci": results["auc_ci"][name],
            "baseline": baseline.get(name),
            "found": results["confusion"][k][k] / results["counts"][name],
        }
        for k, name in enumerate(results["classes"])
    ]


def _data_words(data: Mapping[str, Any]) -> str:
    """The data set's name from what is known of it."""
    recipe = data.get("recipe")
    name = f"{recipe} ({data['variant']})" if recipe and data.get("variant") else recipe or data.get("path")
    return str(name or "the test set")


def _facts(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: v if isinstance(v, str) else json.dumps(v, default=str) for key, v in values.items()}
