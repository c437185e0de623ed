"""The table of the page on the symmetry layers: what they cost."""

from __future__ import annotations

from typing import Any

from pages.markdown import Measured, Tables, table

MEMORY_AIM = 0.5


def layers(measured: Measured) -> str:
    """Time and memory of each layer beside another, each with the aim."""
    rows = [
        [
            row["what"],
            row["beside"],
            *(f"{row[side]:.1f}" for side in ("ours_ms", "other_ms")),
            *_against(row["ratio"], row["aim"]),
            *_memory(row),
        ]
        for row in measured["symmetry"]["rows"]
    ]
    columns = ["layer", "beside", "ms", "its ms", "ratio of times", "aim", "MiB", "its MiB", "ratio of memory", "aim"]
    return table(columns, rows)


def _memory(row: dict[str, Any]) -> list[str]:
    if "memory_ratio" not in row:
        return 4 * [""]
    sizes = [f"{row[side]:.1f}" for side in ("ours_mib", "other_mib")]
    return [*sizes, *_against(row["memory_ratio"], MEMORY_AIM)]


def _against(ratio: float, aim: float) -> tuple[str, str]:
    """A ratio and the largest one aimed at, the ratio in bold where it is larger.

    >>> _against(0.425, 0.4), _against(0.148, 1 / 6)
    (('**0.425**', '0.4'), ('0.148', '0.167'))
    """
    return f"{ratio:.3f}" if ratio <= aim else f"**{ratio:.3f}**", f"{aim:.3g}"


TABLES: Tables = {"layers": layers}
