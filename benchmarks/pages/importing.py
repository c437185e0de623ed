"""The table of how fast a data set is imported."""

from __future__ import annotations

from pages.markdown import Measured, Tables, table


def importing(measured: Measured) -> str:
    """Times of lensym and of the loops without checks, and lensym's speed against each in the same round."""
    rows = [
        [
            row["what"],
            f"{row['wall_s']:.2f} s",
            f"{row['processor_s']:.2f} s",
            f"{row['rate']:.0f}",
            f"{row['times_lensym']:.2f}",
        ]
        for row in measured["importing"]["rows"]
    ]
    return table(["", "time", "of the processor", "images/s", "lensym is so many times as fast"], rows)


TABLES: Tables = {"importing": importing}
"""Every table by its name."""
