"""The table of how well a vortex can be known, beside a network's errors."""

from __future__ import annotations

from typing import Any

from lensym.evaluation.wording import count
from pages.markdown import Measured, Tables, table

OBSERVERS = {"unknown": "ideal, nothing known", "known": "ideal, lens known"}


def vortex_limits(measured: Measured) -> str:
    """Mean errors of both observers and the network, over all masses and by ranges of them."""
    found = measured["vortex_limits"]
    ideal, network, ends = found["ideal"], found["of_network"], found["ends"]
    images, angles = found["scenes"] * found["masses"], [_degrees(ideal[f"{name} angle"]) for name in OBSERVERS]
    words = (
        f"The observers: {count(images)} images of {count(found['scenes'])} scenes. `{found['network']}`: "
        f"{count(found['images'])} other images. Of the angle the observers' mean errors are "
        f"{' and '.join(angles)}."
    )
    lines = [
        [
            f"{low:.1f} to {high:.1f}",
            f'{of["half_length"]:.2f}"',
            f"{of['signal']:.2g}",
            *(f"{value:.3f}" for value in (*(of[name] for name in OBSERVERS), seen["error"])),
            f"{seen['bias']:+.3f}",
        ]
        for low, high, of, seen in zip(ends, ends[1:], ideal["ranges"], network["ranges"], strict=False)
    ]
    lines.append(["all", "", "", *map(_mean, (*(ideal[name] for name in OBSERVERS), network)), ""])
    errors = [f"{name}: mean error" for name in (*OBSERVERS.values(), f"`{found['network']}`")]
    return f"{words}\n\n" + table(["log10 m (eV)", "half-length", "signal", *errors, "its bias"], lines)


def _degrees(found: dict[str, Any]) -> str:
    low, high = found["interval"]
    return f"{found['value']:.1f}° ({low:.1f} to {high:.1f})"


def _mean(found: dict[str, Any]) -> str:
    low, high = found["interval"]
    return f"{found['value']:.3f} ({low:.3f} to {high:.3f})"


TABLES: Tables = {"vortex_limits": vortex_limits}
"""Every table by its name."""
