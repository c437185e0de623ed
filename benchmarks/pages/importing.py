"""The table of how fast a data set is imported."""

from __future__ import annotations

from lensym.evaluation.wording import count
from pages.markdown import Measured, Tables, table


def importing(measured: Measured) -> str:
    """Times of lensym and of the loops without checks, and lensym's speed against each in the same round."""
    found = measured["importing"]
    rows = [
        [
            row["what"],
            f"{row['wall_s']:.2f} s",
            f"{row['processor_s']:.2f} s",
            f"{row['rate']:.0f}",
            f"{row['times_lensym']:.2f}",
        ]
        for row in found["rows"]
    ]
    words = f"{count(found['count'])} files; medians of {found['rounds']} rounds, the source in the system's cache."
    return f"{words}\n\n" + table(["", "time", "of the processor", "images/s", "lensym is so many times as fast"], rows)


TABLES: Tables = {"importing": importing}
"""Every table by its name."""
