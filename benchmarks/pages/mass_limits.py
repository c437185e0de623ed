"""The table of how well the axion's mass can be known, beside a network's errors."""

from __future__ import annotations

from lensym.evaluation.wording import count
from pages.markdown import Measured, Tables, table


def mass_limits(measured: Measured) -> str:
    """By the mass: the vortex's half-length, the Cramer-Rao bounds, and the mean error and bias of the network."""
    found = measured["mass_limits"]
    ends = found["ranges"]
    words = (
        f"Medians over {count(found['scenes'])} scenes; errors of `{found['network']}` on {count(found['images'])} "
        "other images. All in dex, but the half-length."
    )
    lines = [
        [f"{low:.1f} to {high:.1f}", f'{of["half_length"]:.2f}"', *map(_dex, _figures(of, error))]
        for low, high, of, error in zip(ends, ends[1:], found["bounds"], found["errors"], strict=False)
    ]
    heads = ["log10 of the mass in eV", "half-length", "bound, all unknown", "bound, lens known", "mean error", "bias"]
    return f"{words}\n\n" + table(heads, lines)


def _figures(bound: dict[str, float], error: dict[str, float]) -> tuple[float, ...]:
    return bound["all_unknown"], bound["lens_known"], error["error"], error["bias"]


def _dex(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1 else "more than 1"


TABLES: Tables = {"mass_limits": mass_limits}
"""Every table by its name."""
