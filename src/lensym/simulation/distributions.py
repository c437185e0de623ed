"""Distributions a recipe may name, and how one is read from YAML."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lensym.errors import UsageError
from lensym.physics.substructure import power_law

Kind = Literal["constant", "uniform", "log10_uniform", "power_law"]
_ARITY: dict[str, int] = {"uniform": 2, "log10_uniform": 2, "power_law": 3}
_LARGEST_LOG10 = math.log10(sys.float_info.max)


@dataclass(frozen=True)
class Distribution:
    """A named distribution with its numbers; ``quantile`` turns uniform numbers into draws."""

    kind: Kind
    values: tuple[float, ...]

    def quantile(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values at the cumulative probabilities ``u`` in [0, 1), same shape."""
        if self.kind == "constant":
            return np.full_like(u, self.values[0])
        if self.kind == "power_law":
            return power_law(u, *self.values)
        low, high = self.values
        drawn = low + (high - low) * u
        return 10.0**drawn if self.kind == "log10_uniform" else drawn

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """``size`` draws; a constant takes random numbers too, so that fixing one value moves no other draw."""
        return self.quantile(rng.random(size))

    @property
    def low(self) -> float:
        """Lower bound of the draws."""
        return float(self.quantile(np.zeros(1))[0])

    def to_plain(self) -> Any:
        """The form it has in a recipe's YAML."""
        return self.values[0] if self.kind == "constant" else {self.kind: list(self.values)}


def _number(value: Any, key: str) -> float:
    """A finite number, read leniently: YAML reads ``1e12`` without a dot as text."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise UsageError(f"{key} must be a number", repr(value), "mend this key of the recipe") from None
    if not math.isfinite(number):
        raise UsageError(f"{key} must be finite", repr(value), "mend this key of the recipe")
    return number


def parse_distribution(value: Any, key: str) -> Distribution:
    """Read ``2.5`` or ``{uniform: [low, high]}``; errors name the recipe's key.

    >>> parse_distribution({"uniform": [0, 1]}, "source.x")
    Distribution(kind='uniform', values=(0.0, 1.0))
    """
    if not isinstance(value, dict):
        return Distribution("constant", (_number(value, key),))
    if len(value) != 1 or next(iter(value)) not in _ARITY:
        raise UsageError(
            f"{key} must be a number or one distribution of {', '.join(_ARITY)}", repr(value), "mend this key"
        )
    (kind, numbers), arity = next(iter(value.items())), _ARITY[next(iter(value))]
    if not isinstance(numbers, list) or len(numbers) != arity:
        raise UsageError(f"{key}.{kind} needs a list of {arity} numbers", repr(numbers), "mend this key")
    values = tuple(_number(v, f"{key}.{kind}") for v in numbers)
    if values[0] > values[1] or (kind == "power_law" and values[0] <= 0):
        raise UsageError(f"{key}.{kind} needs low <= high (a power law: 0 < low)", repr(numbers), "swap or mend them")
    if kind == "log10_uniform" and values[1] > _LARGEST_LOG10:
        raise UsageError(f"{key}.{kind} needs a finite 10^high", repr(numbers), "mend this key of the recipe")
    return Distribution(kind, values)


def parse_number(value: Any, key: str) -> float:
    """Read a plain number; errors name the recipe's key."""
    return _number(value, key)
