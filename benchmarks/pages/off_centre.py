"""The tables of networks on lenses that lie beside the middle."""

from __future__ import annotations

from collections.abc import Callable

from lensym.evaluation.wording import count, percent, share, share_range
from pages.markdown import Measured, Tables, table


def off_centre(measured: Measured) -> str:
    """Macro AUC of each network by the distance of the lens from the middle."""
    return _by_distance(
        measured, "Macro AUC (95 %)", lambda test: f"{share(test['macro_auc'])} ({share_range(test['interval'])})"
    )


def off_centre_labels(measured: Measured) -> str:
    """How often each network is right, and how often it gives a label at all."""
    return _by_distance(
        measured,
        "Accuracy of the likeliest class, and after the stroke the images that get a label",
        lambda test: f"{percent(test['accuracy'])} / {percent(test['labelled'])}",
    )


def _by_distance(measured: Measured, what: str, cell: Callable[[Measured], str]) -> str:
    found = measured["off_centre"]
    runs = {name: run for name, run in found["runs"].items() if "error" not in run}
    first = next(iter(runs.values()))
    words = f"{what} on {count(first['n'])} images at each distance; one seed."
    lines = [[_name(name, found), *map(cell, run["by_shift"].values())] for name, run in runs.items()]
    return f"{words}\n\n" + table(["", *(f"{shift} px" for shift in first["by_shift"])], lines)


def _name(name: str, found: Measured) -> str:
    network, _, option = name.partition(", ")
    if option.startswith("jitter"):
        return f"`{network}`, {count(found['size'])} a class, `--{option}`"
    return f"`{network}`, packaged" + (f", `{option}`" if option else "")


TABLES: Tables = {function.__name__: function for function in (off_centre, off_centre_labels)}
"""Every table by its name."""
