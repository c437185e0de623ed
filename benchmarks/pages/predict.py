"""The tables of how fast files are answered, and of what is installed for it."""

from __future__ import annotations

from lensym.evaluation.wording import count
from pages.markdown import Measured, Tables, table

AIM = 1.5
"""Times as fast as the plain loop."""
QUIET = 0.5
"""Load of other programs up to which nothing need be said of them."""


def throughput(measured: Measured) -> str:
    """Times of ``lensym predict`` and of the plain loop, and the ratio of each round."""
    found = measured["predict"]
    rows = [
        [
            row["what"],
            f"{row['start_s']:.1f} s",
            f"{row['wall_s']:.1f} s",
            f"{row['rate']:.0f}",
            f"{row['processor_ms']:.1f} ms",
            f"{row['times_plain']:.2f}",
            f"{row['times_plain_whole']:.2f}",
        ]
        for row in found["rows"]
        if row["rate"] > 0  # of a loop that other programs held up for longer than a half takes, there is none
    ]
    words = f"{count(found['count'])} files, {found['workers']} processes on {found['cores']} cores; "
    words += "one round" if found["rounds"] == 1 else f"medians of {found['rounds']} rounds"
    words += f", the files in the system's cache.{_busy(found['load_before'])}"
    columns = [
        "",
        "start",
        "time, start included",
        "images/s after it",
        "of the processor, an image",
        "times the loop's rate",
        "in all",
    ]
    ratio = found["rows"][0]["times_plain"]
    verdict = f"The aim, {AIM} times as fast as the loop, is {'reached' if ratio >= AIM else 'not reached here'}."
    return f"{words} {verdict}\n\n" + table(columns, rows)


def _busy(load: float) -> str:
    if load <= QUIET:
        return ""
    words = "neither is as fast as it can be, and using both cores gains less"
    return f" Other programs ran beside it (load {load:.1f} before the first round): {words}."


def wheel(measured: Measured) -> str:
    """What the wheel is, and what it did where nothing else of the project is."""
    found = measured["wheel"]
    rows = [
        [f"size of {found['name']}", "below 10 MB", f"{found['megabytes']:.1f} MB"],
        *([f"`{words}`", "exit code 0", f"exit code {code}"] for words, code in found["codes"].items()),
    ]
    return table(["in a new environment, without a network", "asked", "found"], rows)


TABLES: Tables = {"throughput": throughput, "wheel": wheel}
"""Every table by its name."""
