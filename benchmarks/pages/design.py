"""The table of designs of lensnet that a search found."""

from __future__ import annotations

from typing import Any

from lensym.evaluation.wording import count, share
from pages.markdown import Measured, Tables, table

DEAR = 0.01
"""GFLOP an image. The search seeks cheap designs too: how many lie above says how well dear ones were searched."""

SPLITS = {"train": "training", "val": "validation"}


def design(measured: Measured) -> str:
    """The package's sizes, and the drawn designs that no other beats in both AUC and cost, the cheapest first."""
    found = measured["design"]
    drawn = [trial for trial in found["trials"] if not trial["name"]]
    rows = [_row(trial) for trial in found["trials"] if trial["name"]]
    rows += [_row(trial) for trial in sorted(front(drawn), key=lambda trial: trial["gflop"])]
    dearer = sum(trial["gflop"] > DEAR for trial in drawn)
    images = " and ".join(f"{count(found['counts'][split])} {word}" for split, word in SPLITS.items())
    words = (
        f"{len(drawn)} designs drawn, {dearer} of them of more than {DEAR} GFLOP; {images} images a class, "
        f"{count(found['presentations'])} presentations."
    )
    heads = ["design", "GFLOP", "parameters", "macro AUC", "radii x angles", "reach", "widths", "blocks", "kernel"]
    return f"{words}\n\n" + table([*heads, "stem", "rate", "min"], rows)


def front(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that no other one is better than in one figure and as good as in the other."""
    return [one for one in trials if not any(_beats(other, one) for other in trials)]


def _beats(one: dict[str, Any], other: dict[str, Any]) -> bool:
    figures, others = ((trial["auc"], -trial["gflop"]) for trial in (one, other))
    return figures != others and figures[0] >= others[0] and figures[1] >= others[1]


def _row(trial: dict[str, Any]) -> list[str]:
    size = trial["design"]
    name = f"`{trial['name']}`, seed {size['seed']}" if trial["name"] else "drawn"
    return [
        name,
        f"{trial['gflop']:.4f}",
        count(trial["parameters"]),
        share(trial["auc"]),
        f"{size['radii']} x {size['angles']}",
        f"{size['reach']:.2f}",
        ", ".join(map(str, size["widths"])),
        ", ".join(map(str, size["depths"])),
        str(size["kernel"]),
        " x ".join(map(str, size["stem_stride"])),
        f"{size['learning_rate']:.4f}",
        f"{trial['seconds'] / 60:.1f}",
    ]


TABLES: Tables = {"design": design}
"""Every table by its name."""
