"""Figures of several runs of one network that differ by their seed, as one."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from scipy.special import ndtri, stdtrit

from lensym.evaluation.intervals import AucEstimate
from lensym.evaluation.wording import share, share_range

Run = Mapping[str, Any]
"""What the benchmark wrote of one row and seed."""

NORMAL = float(ndtri(0.975))


def mean(values: Sequence[float]) -> float:
    """The mean."""
    return statistics.fmean(values)


def spread(values: Sequence[float], variance: float, freedom: float) -> tuple[float, float]:
    """Variance of a mean over seeds, and its degrees of freedom.

    ``variance`` is that of one run because the test images are a sample, with its freedom. All seeds are tested on the
    same images, so it stays as it is; the seeds' own variance is divided by their number. The freedom is
    Satterthwaite's (1946).

    >>> spread([0.9], 1e-4, 50)
    (0.0001, 50)
    >>> total, freedom = spread([0.88, 0.90, 0.92], 1e-4, 50)
    >>> round(total, 6), round(freedom, 1)
    (0.000233, 5.9)
    """
    if len(values) == 1:
        return variance, freedom
    of_seeds = statistics.variance(values) / len(values)
    total = variance + of_seeds
    if not total:
        return total, freedom
    return total, total**2 / (variance**2 / freedom + of_seeds**2 / (len(values) - 1))


def auc(runs: Sequence[Run], test: str) -> AucEstimate:
    """Macro AUC on the images ``upright`` or ``rotated``."""
    return estimate([run["test"][test] for run in runs])


def estimate(figures: Sequence[Run]) -> AucEstimate:
    """Macro AUC from that of each seed on the same test images, as `networks.figures` writes it."""
    values = [figure["macro_auc"] for figure in figures]
    variance = mean([figure["variance"] for figure in figures])
    freedom = min(figure["freedom"] for figure in figures)
    return AucEstimate(mean(values), *spread(values, variance, freedom), min(figure["pairs"] for figure in figures))


def compared(runs: Sequence[Run]) -> list[str]:
    """Cells of a table: the network with its width, AUC upright and rotated with intervals, what turning costs."""
    run, (value, half) = runs[0], lost(runs)
    estimates = [auc(runs, test) for test in ("upright", "rotated")]
    return [
        f"`{run['name']}`" + (f" x {run['width']:g}" if run["width"] != 1 else ""),
        *(f"{share(found.value)} ({share_range(found.interval())})" for found in estimates),
        f"{value:.4f} ± {half:.4f}",
    ]


def lost(runs: Sequence[Run]) -> tuple[float, float]:
    """Macro AUC that turning costs, and half the width of its interval."""
    return difference([run["test"]["lost"] for run in runs], min(run["test"]["rotated"]["freedom"] for run in runs))


def difference(pairs: Sequence[Run], freedom: float) -> tuple[float, float]:
    """A difference from that of each seed with its interval, and half the width of the interval of the mean.

    >>> value, half = difference([{"value": 0.01, "interval": [0.006, 0.014]}], 100)
    >>> round(value, 6), round(half, 6)
    (0.01, 0.004)
    """
    values = [pair["value"] for pair in pairs]
    half = mean([(high - low) / 2 for low, high in (pair["interval"] for pair in pairs)])
    if len(pairs) == 1:
        return values[0], half
    variance, freedom = spread(values, (half / NORMAL) ** 2, freedom)
    return mean(values), float(stdtrit(freedom, 0.975)) * math.sqrt(variance)
