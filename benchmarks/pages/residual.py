"""The table of networks on images, and on what a fit of the smooth lens leaves of them too."""

from __future__ import annotations

from lensym.evaluation.wording import count, percent, share, share_range
from pages.markdown import Measured, Tables, table


def residual(measured: Measured) -> str:
    """Macro AUC and accuracy by input, network and number of training images."""
    found = measured["residual"]
    runs = [run for run in found["runs"].values() if "error" not in run]
    sizes = sorted({run["size"] for run in runs})
    rows = {(run["network"], run["seen"]): {} for run in runs}
    for run in runs:
        rows[run["network"], run["seen"]][run["size"]] = run
    lines = [
        [f"`{name}`", seen, *(_cell(of_row[size]) if size in of_row else "not run" for size in sizes)]
        for (name, seen), of_row in rows.items()
    ]
    words = (
        f"Macro AUC (95 %) and accuracy on {count(runs[0]['test']['n'])} images; one seed. A fit takes "
        f"{found['fit_seconds'] * 1000:.0f} ms of one core."
    )
    return f"{words}\n\n" + table(["", "sees", *(f"{count(size)} a class" for size in sizes)], lines)


def _cell(run: Measured) -> str:
    test = run["test"]
    return f"{share(test['macro_auc'])} ({share_range(test['interval'])}), {percent(test['accuracy'])}"


TABLES: Tables = {"residual": residual}
"""Every table by its name."""
