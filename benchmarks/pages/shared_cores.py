"""The table of training on cores that run other programs too."""

from __future__ import annotations

from lensym.evaluation.wording import count
from pages.markdown import Measured, Tables, table


def shared_cores(measured: Measured) -> str:
    """Times of one training, alone and beside other programs, by how its threads wait."""
    found = measured["shared_cores"]
    cores = found["cores"]
    words = (
        f"`lensym train` on {count(3 * found['counts']['train'])} images of Model II, one epoch, start included; "
        f"{cores} cores, medians of {found['rounds']} rounds."
    )
    heads = ["the threads wait", "alone", f"beside {cores} others that train"]
    rows = [[name, *(f"{run[key]:.1f} s" for key in ("0", str(cores)))] for name, run in found["runs"].items()]
    return f"{words}\n\n" + table(heads, rows)


TABLES: Tables = {"shared_cores": shared_cores}
"""Every table by its name."""
