"""The table of how long it takes from nothing to a trained network."""

from __future__ import annotations

from lensym.evaluation.wording import count, percent, percent_range, share, share_range
from pages.markdown import Measured, Tables, table


def from_nothing(measured: Measured) -> str:
    """Minutes of each command, and what the network reached."""
    found = measured["from_nothing"]
    seconds, test = found["seconds"], found["test"]
    words = (
        f"{count(found['images'])} training images, shown to `{found['model']}` {found['epochs']} times. "
        f"On {count(test['n'])} test images macro AUC {share(test['macro_auc'])} ({share_range(test['interval'])}), "
        f"accuracy {percent(test['accuracy'])} ({percent_range(test['accuracy_interval'])}); one seed."
    )
    lines = [[f"`lensym {name}`", f"{spent / 60:.1f}"] for name, spent in seconds.items()]
    lines.append(["together", f"{sum(seconds.values()) / 60:.1f}"])
    return f"{words}\n\n" + table(["", "min of one core"], lines)


TABLES: Tables = {"from_nothing": from_nothing}
"""Every table by its name."""
