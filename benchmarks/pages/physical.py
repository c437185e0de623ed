"""The table of networks on physical lenses and on what smooth lenses leave of them."""

from __future__ import annotations

from typing import Any

from lensym.evaluation.wording import count, percent, share, share_range
from pages.headline import WORDS
from pages.markdown import Measured, Tables, table

FIT = "+fit"


def physical(measured: Measured) -> str:
    """Macro AUC, accuracy and AUC against smooth lenses of each network, and how far it is behind the first."""
    found = measured["physical"]
    runs = {name: run for name, run in found["runs"].items() if "error" not in run}
    tested = next(run["test"]["n"] for run in runs.values() if "test" in run)
    words = (
        f"{count(found['images'])} training images of each class, each shown {found['epochs']} times; "
        f"{count(tested)} tested; one seed."
    )
    columns = ["", "sees", "macro AUC (95 %)", "accuracy", "CDM against smooth", "axion against smooth"]
    columns += ["macro AUC behind `lensnet` with the fit", "min"]
    return f"{words}\n\n" + table(columns, [_row(name, run) for name, run in runs.items()])


def _row(name: str, run: dict[str, Any]) -> list[str]:
    against = [_auc(*run["against_smooth"][kind]) for kind in ("cdm", "axion")]
    if "test" not in run:
        return [f"`{name}`, no training", "the residual", "", "", *against, "", ""]
    network, test = name.removesuffix(FIT), run["test"]
    return [
        WORDS.get(network, f"`{network}`"),
        "image and residual" if name.endswith(FIT) else "image",
        _auc(test["macro_auc"], *test["interval"]),
        percent(test["accuracy"]),
        *against,
        _behind(run),
        f"{run['seconds'] / 60:.1f}",
    ]


def _behind(run: dict[str, Any]) -> str:
    if "behind" not in run:
        return ""
    low, high = run["behind"]["interval"]
    return f"{run['behind']['value']:.3f} ({low:.3f} to {high:.3f})"


def _auc(value: float, low: float, high: float) -> str:
    return f"{share(value)} ({share_range((low, high))})"


TABLES: Tables = {"physical": physical}
"""Every table by its name."""
