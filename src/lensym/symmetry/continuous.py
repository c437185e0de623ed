"""The continuous groups of the plane, SO(2) and O(2).

An element of SO(2) is an angle in radians; one of O(2) is a pair (reflected, angle): y reversed, if so, and then a
rotation by the angle.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lensym.errors import SymmetryError
from lensym.symmetry.group import Group
from lensym.symmetry.plane import QUARTER, Isometry, PlaneGroup


@dataclass(frozen=True, repr=False)
class ContinuousGroup(PlaneGroup):
    """SO(2), all rotations, or O(2), all rotations and reflections.

    Parameters
    ----------
    reflections
        Whether the group has reflections: O(2) if so, SO(2) if not.

    Examples
    --------
    >>> o2().describe((True, math.pi / 6))
    '(s, 30): y reversed, then rotated by 30 degrees'
    """

    reflections: bool = False

    @property
    def name(self) -> str:
        """SO2 or O2."""
        return "O2" if self.reflections else "SO2"

    def factors(self, g: Any) -> tuple[float, bool]:
        """The angle in radians, and the presence of s, in g = rotation s."""
        if self.reflections and isinstance(g, tuple) and len(g) == 2:
            return float(g[1]), bool(g[0])
        if not self.reflections and isinstance(g, int | float):
            return float(g), False
        kind = "a pair (reflected, angle)" if self.reflections else "an angle in radians"
        raise SymmetryError(f"an element of {self.name}, {kind}", repr(g), "give one of that form")

    def isometry(self, g: Any) -> Isometry:
        """What the element does to the plane."""
        angle, reflected = self.factors(g)
        return Isometry(Fraction(math.degrees(angle)) % 360, reflected)

    def element(self, isometry: Isometry) -> Any:
        """The element that does this to the plane, or None."""
        angle = math.radians(isometry.degrees)
        if self.reflections:
            return isometry.reflected, angle
        return None if isometry.reflected else angle

    def label(self, g: Any) -> str:
        """The angle in degrees, after an s if reflected."""
        isometry = self.isometry(g)
        angle = f"{float(isometry.degrees):g}"
        return f"({'s' if isometry.reflected else 'e'}, {angle})" if self.reflections else angle

    def contains(self, other: PlaneGroup) -> bool:
        """Whether ``other`` has no reflections, or this one has them too."""
        return self.reflections or not other.reflections

    @property
    def angle_of_axis(self) -> float:
        """0: s reverses y."""
        return 0.0

    @property
    def frequency_period(self) -> int:
        """0: no two frequencies are the same."""
        return 0

    @property
    def grid_elements(self) -> tuple[Any, ...]:
        """The rotations by multiples of 90 degrees, and the reflections that go with them."""
        flips = (False, True)[: 1 + self.reflections]
        turns = [Isometry(Fraction(QUARTER * k), flip) for flip in flips for k in range(4)]
        return tuple(self.element(isometry) for isometry in turns)


def so2() -> ContinuousGroup:
    """SO(2): all rotations of the plane."""
    return ContinuousGroup()


def o2() -> ContinuousGroup:
    """O(2): all rotations and reflections of the plane."""
    return ContinuousGroup(reflections=True)


def parse_group(name: str) -> PlaneGroup:
    """Return the group of a name: C_N, D_N, SO(2) or O(2).

    >>> parse_group("D16"), parse_group("SO(2)"), parse_group("o2")
    (D16, SO2, O2)
    """
    match = re.fullmatch(r"(S?)O\(?2\)?", name.strip().upper())
    return ContinuousGroup(reflections=not match[1]) if match else Group.parse(name)
