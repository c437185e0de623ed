"""The table of the web page's times, of the hostile uploads and of its memory."""

from __future__ import annotations

from statistics import median

from pages.markdown import Measured, Tables, table


def app(measured: Measured) -> str:
    """What was asked of the page and what was measured."""
    found = measured["app"]
    given, refused = (sum(found[key].values()) for key in ("files", "refused"))
    rows = [
        ["start until the page has come", "10 s", _times(found["starts_s"])],
        ["upload of a FITS cutout until the answer", "2 s", _times(found["answers_s"])],
        ["the same after the hostile uploads", "2 s", _times(found["answers_afterwards_s"])],
        [f"hostile uploads refused, {found['at_once']} at once", str(given), str(refused)],
        ["slowest refusal, waiting for its turn included", "", f"{found['slowest_refusal_s']:.1f} s"],
        ["memory of the server before them, at most", "", f"{found['server_before_mib']:.0f} MiB"],
        ["memory of the server with them, at most", "", f"{found['server_mib']:.0f} MiB"],
        ["the server and its readers together, at most", "", f"{found['together_mib']:.0f} MiB"],
    ]
    words = f"{found['cores']} cores; times are medians, with the slowest in brackets."
    return f"{words}\n\n" + table(["", "asked", "measured"], rows)


def _times(seconds: list[float]) -> str:
    return f"{median(seconds):.2f} s of {len(seconds)} ({max(seconds):.2f} s)"


TABLES: Tables = {"app": app}
"""Every table by its name."""
