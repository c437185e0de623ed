"""Distributions a recipe may name, and how one is read from YAML."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.errors import UsageError, unknown_name
from lensym.physics.substructure import power_law

_LARGEST_LOG10 = math.log10(sys.float_info.max)
_SMALLEST_U = 2.0**-54
"""A uniform number of zero is taken for this one, where a quantile would be infinite."""

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Distribution:
    """A named distribution with its numbers; ``quantile`` turns a uniform number into a draw."""

    kind: str
    values: tuple[float, ...]

    def quantile(self, u: float) -> float:
        """Value at the cumulative probability ``u`` in [0, 1)."""
        return float(KINDS[self.kind].quantile(u, *self.values))

    def quantiles(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values at the cumulative probabilities ``u`` in [0, 1), same shape."""
        kind = KINDS[self.kind]
        if kind.elementwise:
            return np.asarray(kind.quantile(u, *self.values))
        return np.array([self.quantile(v) for v in u.tolist()])

    @property
    def low(self) -> float:
        """Lower bound of the draws."""
        return self.quantile(0.0)

    @property
    def high(self) -> float:
        """Upper bound of the draws."""
        return self.quantile(1 - 2.0**-53)

    @property
    def is_constant(self) -> bool:
        """Whether every draw is the same."""
        return self.kind == "constant" or (self.kind != "poisson" and self.low == self.high)

    def is_always(self, value: float) -> bool:
        """Whether every draw is ``value``."""
        return self.is_constant and self.quantile(0.5) == value

    def to_plain(self) -> Any:
        """The form it has in a recipe's YAML."""
        return self.values[0] if self.kind == "constant" else {self.kind: list(self.values)}


@dataclass(frozen=True)
class Kind:
    """A family of distributions: names of its numbers, its quantile function, and what its numbers must be.

    ``elementwise`` says that the quantile function takes arrays.
    """

    numbers: tuple[str, ...]
    quantile: Callable[..., Any]
    rule: str = ""
    good: Callable[..., bool] = lambda *values: True
    elementwise: bool = True


def _constant(u: Any, value: float) -> Any:
    return value + 0 * u


def _uniform(u: Any, low: float, high: float) -> Any:
    return low + (high - low) * u


def _log_uniform(u: Any, low: float, high: float) -> Any:
    return low * (high / low) ** u


def _log10_uniform(u: Any, low: float, high: float) -> Any:
    return 10.0 ** _uniform(u, low, high)


def _normal(u: float, mean: float, deviation: float) -> float:
    return mean + deviation * _NORMAL.inv_cdf(max(u, _SMALLEST_U)) if deviation else mean


def _poisson(u: float, mean: float) -> float:
    """Smallest count whose cumulative probability exceeds ``u``, by adding up in logarithms from count zero."""
    count, total, log_mean = 0, math.exp(-mean), math.log(mean) if mean else -math.inf
    while total <= u and count < mean + 40 * math.sqrt(mean) + 40:
        count += 1
        total += math.exp(count * log_mean - mean - math.lgamma(count + 1))
    return float(count)


def _ordered(low: float, high: float) -> bool:
    return low <= high


KINDS: dict[str, Kind] = {
    "constant": Kind(("value",), _constant),
    "uniform": Kind(("low", "high"), _uniform, "low <= high", _ordered),
    "log_uniform": Kind(("low", "high"), _log_uniform, "0 < low <= high", lambda low, high: 0 < low <= high),
    "log10_uniform": Kind(("low", "high"), _log10_uniform, "low <= high", _ordered),
    "normal": Kind(("mean", "deviation"), _normal, "deviation >= 0", lambda mean, deviation: deviation >= 0, False),
    "power_law": Kind(
        ("low", "high", "exponent"),
        power_law,
        "0 < low <= high (0 <= low for an exponent above -1)",
        lambda low, high, exponent: 0 <= low <= high and (low > 0 or exponent > -1) and high > 0,
    ),
    "poisson": Kind(("mean",), _poisson, "0 <= mean <= 10000", lambda mean: 0 <= mean <= 1e4, False),
}


def number(value: Any, key: str) -> float:
    """A finite number, read leniently: YAML reads ``1e12`` without a dot as text. Errors name the recipe's key."""
    try:
        if isinstance(value, bool):
            raise TypeError
        read = float(value)
    except (TypeError, ValueError):
        raise UsageError(f"{key} must be a number", repr(value), "mend this key of the recipe") from None
    if not math.isfinite(read):
        raise UsageError(f"{key} must be finite", repr(value), "mend this key of the recipe")
    return read


def parse_distribution(value: Any, key: str) -> Distribution:
    """Read ``2.5`` or ``{uniform: [low, high]}``; errors name the recipe's key.

    >>> parse_distribution({"uniform": [0, 1]}, "source.x")
    Distribution(kind='uniform', values=(0.0, 1.0))
    """
    if not isinstance(value, dict):
        return Distribution("constant", (number(value, key),))
    if len(value) != 1:
        raise UsageError(f"{key} must be a number or one distribution", repr(value), f"use one of {', '.join(KINDS)}")
    ((name, numbers),) = value.items()
    if name not in KINDS:
        raise unknown_name(f"distribution in {key}", str(name), KINDS)
    kind = KINDS[name]
    listed = numbers if isinstance(numbers, list) else [numbers]
    if len(listed) != len(kind.numbers):
        wanted = ", ".join(kind.numbers)
        raise UsageError(f"{key}.{name} needs the numbers [{wanted}]", repr(numbers), "mend this key")
    values = tuple(number(v, f"{key}.{name}") for v in listed)
    if not kind.good(*values):
        raise UsageError(f"{key}.{name} needs {kind.rule}", repr(numbers), "swap or mend them")
    if name == "log10_uniform" and values[1] > _LARGEST_LOG10:
        raise UsageError(f"{key}.{name} needs a finite 10^high", repr(numbers), "mend this key of the recipe")
    return Distribution(name, values)
