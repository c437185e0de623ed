"""The table of how fast files are answered."""

from __future__ import annotations

from lensym.evaluation.wording import count
from pages.markdown import Measured, Tables, table


def predict(measured: Measured) -> str:
    """Times of lensym and of the plain loop, and how many times as fast as that of the same round each is."""
    found = measured["predict"]
    rows = [
        [row["what"], f"{row['wall_s']:.1f} s", f"{row['rate']:.0f}", f"{row['times_plain']:.2f}"]
        for row in found["rows"]
    ]
    words = f"{count(found['count'])} files; medians of {found['rounds']} rounds, the files in the system's cache."
    return f"{words}\n\n" + table(["", "time", "images/s", "times as fast as the loop"], rows)


TABLES: Tables = {"predict": predict}
"""Every table by its name."""
