"""The table of what images that are simulated while training are worth."""

from __future__ import annotations

from lensym.evaluation.wording import count, percent, percent_range, share, share_range
from pages.markdown import Measured, Tables, table


def fresh(measured: Measured) -> str:
    """Each number of different images with its test, and what it lost to the fresh ones, image by image."""
    rows = []
    for run in measured["fresh"]["runs"].values():
        lost = run.get("lost")
        rows.append(
            [
                count(run["images"]),
                str(run["passes"]),
                f"{share(run['macro_auc'])} ({share_range(run['interval'])})",
                f"{percent(run['accuracy'])} ({percent_range(run['accuracy_interval'])})",
                f"{lost['value']:.4f} ({lost['interval'][0]:.4f} to {lost['interval'][1]:.4f})" if lost else "",
                f"{run['seconds'] / 60:.1f}",
            ]
        )
    found = measured["fresh"]
    val, test = (count(found["counts"][split]) for split in ("val", "test"))
    words = f"{count(found['presentations'])} presentations; {val} validation and {test} test images a class."
    return f"{words}\n\n" + table(
        ["images", "shown", "macro AUC (95 %)", "accuracy (95 %)", "lost (95 %)", "min"], rows
    )


TABLES: Tables = {"fresh": fresh}
"""Every table by its name."""
