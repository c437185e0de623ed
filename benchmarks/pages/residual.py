"""Tables of networks on images, and on what a fit of the smooth lens leaves of them too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from lensym.evaluation.wording import count, percent, share, share_range
from pages.headline import behind, named, with_number
from pages.markdown import Measured, Tables, table
from pages.seeds import Run, estimate, mean


def residual(measured: Measured) -> str:
    """Macro AUC and accuracy by input, network and number of training images."""
    found = measured["residual"]
    tested = next(run["test"]["n"] for run in found["runs"].values() if "error" not in run)
    words = (
        f"Macro AUC (95 %) and accuracy on {count(tested)} images; in square brackets the seeds, where there are "
        f"several. A fit takes {found['fit_seconds'] * 1000:.0f} ms of one core."
    )
    return f"{words}\n\n" + _by_size(measured, _figures)


def residual_behind(measured: Measured) -> str:
    """How far each network is behind lensnet that sees the same, at the same size and seed."""
    return _by_size(measured, behind)


def _by_size(measured: Measured, cell: Callable[[Sequence[Run]], str]) -> str:
    rows: dict[tuple[str, str], dict[int, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in measured["residual"]["runs"].values():
        if "error" not in run:
            rows[run["network"], run["seen"]][run["size"]].append(run)
    sizes = sorted({size for of_row in rows.values() for size in of_row})
    lines = [
        [named(name), seen, *(with_number(of_row[size], cell) if size in of_row else "not run" for size in sizes)]
        for (name, seen), of_row in rows.items()
    ]
    kept = [line for line in lines if any(text and text != "not run" for text in line[2:])]
    return table(["", "sees", *(f"{count(size)} a class" for size in sizes)], kept)


def _figures(runs: Sequence[Run]) -> str:
    found = estimate([run["test"] for run in runs])
    accuracy = mean([run["test"]["accuracy"] for run in runs])
    return f"{share(found.value)} ({share_range(found.interval())}), {percent(accuracy)}"


TABLES: Tables = {function.__name__: function for function in (residual, residual_behind)}
"""Every table by its name."""
