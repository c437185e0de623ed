"""The finite groups of the plane, C_N and D_N.

The rotation ``r`` turns the plane by 2 pi / N, from +x (growing column) towards +y (growing row); the reflection
``s`` leaves the line at the angle ``axis`` in place: at 0, the usual case, it takes (x, y) to (x, -y). Elements are
numbered 0 .. order - 1: first the rotations ``e, r, r2, ...``, then the reflections ``s, rs, r2s, ...`` (in a product
the right factor acts first).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from lensym.errors import SymmetryError
from lensym.symmetry.plane import Isometry, PlaneGroup
from lensym.symmetry.sizes import require_whole

GRID_GROUPS = "group that maps the pixel grid onto itself (C1, C2, C4, D1, D2 or D4)"
"""In words."""


@dataclass(frozen=True, repr=False)
class Group(PlaneGroup):
    """C_N (rotations by multiples of 2 pi / N) or D_N (those and N reflections).

    Parameters
    ----------
    rotations
        N, the number of rotations.
    reflections
        Whether the group has reflections: D_N if so, C_N if not.
    axis
        Angle in degrees of the line that the reflection s leaves in place; what is more than 180 / N is dropped, since
        the group has such a line at each multiple of that. Give a :class:`fractions.Fraction` for an angle that is no
        binary number.

    Examples
    --------
    >>> d4 = dihedral(4)
    >>> d4.names
    ('e', 'r', 'r2', 'r3', 's', 'rs', 'r2s', 'r3s')
    >>> d4.names[d4.multiply(d4.names.index("s"), d4.names.index("r"))]
    'r3s'
    """

    rotations: int
    reflections: bool = False
    axis: Fraction | float = Fraction(0)

    def __post_init__(self) -> None:
        require_whole("the number N of rotations", self.rotations, 1)
        if self.axis and not self.reflections:
            raise SymmetryError("a group with reflections, for an axis", self.name, f"use D{self.rotations}")
        object.__setattr__(self, "axis", Fraction(self.axis) % Fraction(180, self.rotations))

    @classmethod
    def parse(cls, name: str) -> Group:
        """Return the group of a name such as ``"C4"`` or ``"D4"``.

        >>> Group.parse("D4") == dihedral(4)
        True
        """
        match = re.fullmatch(r"([CD])([1-9]\d*)", name.strip().upper())
        if match is None:
            raise SymmetryError("a group's name, C or D and a number", f"'{name}'", "write for instance C4 or D4")
        return cls(int(match[2]), match[1] == "D")

    @property
    def name(self) -> str:
        """C_N or D_N without the underscore; with the axis where it is not 0."""
        tilt = f"(axis {float(self.axis):g})" if self.axis else ""
        return f"{'D' if self.reflections else 'C'}{self.rotations}{tilt}"

    @property
    def order(self) -> int:
        """Number of elements."""
        return self.rotations * (2 if self.reflections else 1)

    @property
    def elements(self) -> range:
        """All elements; the identity is 0."""
        return range(self.order)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the elements, in their order."""
        powers = ["", "r", *(f"r{k}" for k in range(2, self.rotations))][: self.rotations]
        reflections = [f"{power}s" for power in powers] if self.reflections else []
        return ("e", *powers[1:], *reflections)

    def label(self, g: int) -> str:
        """Name of the element."""
        return self.names[g]

    def multiply(self, g: int, h: int) -> int:
        """Return the product g h: first h, then g."""
        turns, reflected = self._powers(g)
        more_turns, more_reflected = self._powers(h)
        # a reflection reverses the sense of what it stands before: s r = r^-1 s
        total = turns - more_turns if reflected else turns + more_turns
        return total % self.rotations + self.rotations * (reflected ^ more_reflected)

    def inverse(self, g: int) -> int:
        """Return the element that undoes g."""
        turns, reflected = self._powers(g)
        return g if reflected else -turns % self.rotations

    @cached_property
    def table(self) -> tuple[tuple[int, ...], ...]:
        """The multiplication table, where ``table[g][h]`` is the product g h."""
        return tuple(tuple(self.multiply(g, h) for h in self.elements) for g in self.elements)

    def isometry(self, g: int) -> Isometry:
        """What the element does to the plane.

        >>> dihedral(4).isometry(1).degrees
        Fraction(90, 1)
        """
        turns, reflected = self._powers(g)
        # the reflection at the axis is that of y, turned by twice the axis' angle
        tilt = 2 * Fraction(self.axis) if reflected else Fraction(0)
        return Isometry((Fraction(360 * turns, self.rotations) + tilt) % 360, reflected)

    def element(self, isometry: Isometry) -> int | None:
        """The element that does this to the plane, or None."""
        return self._numbers.get(isometry)

    @cached_property
    def _numbers(self) -> dict[Isometry, int]:
        return {self.isometry(g): g for g in self.elements}

    def factors(self, g: int) -> tuple[float, bool]:
        """The angle in radians of the r^k, and the presence of s, in g = r^k s."""
        turns, reflected = self._powers(g)
        return 2 * math.pi * turns / self.rotations, reflected

    def contains(self, other: PlaneGroup) -> bool:
        """Whether ``other`` is a finite group whose elements are all among these."""
        return isinstance(other, Group) and other._numbers.keys() <= self._numbers.keys()

    @property
    def angle_of_axis(self) -> float:
        """Angle in radians of the line that the reflection s leaves in place."""
        return math.radians(self.axis)

    @property
    def frequency_period(self) -> int:
        """N."""
        return self.rotations

    @cached_property
    def grid_elements(self) -> tuple[int, ...]:
        """The elements that map the pixel grid onto itself.

        >>> cyclic(8).grid_elements
        (0, 2, 4, 6)
        """
        return tuple(g for g in self.elements if self.isometry(g).quarters is not None)

    @property
    def acts_on_grid(self) -> bool:
        """Whether every element maps the pixel grid onto itself."""
        return len(self.grid_elements) == self.order

    def require_grid(self) -> None:
        """Refuse a group that does not map the pixel grid onto itself."""
        if not self.acts_on_grid:
            raise SymmetryError(
                f"a {GRID_GROUPS}",
                self.name,
                "use one of these; rotations by other angles need interpolation and are not exact",
            )

    def _powers(self, g: int) -> tuple[int, bool]:
        """The k and the presence of s in g = r^k s."""
        if g not in self.elements:
            raise SymmetryError(f"an element of {self.name}, 0 to {self.order - 1}", str(g), "see Group.names")
        return g % self.rotations, g >= self.rotations


def cyclic(n: int) -> Group:
    """C_n: the rotations by multiples of 2 pi / n."""
    return Group(n)


def dihedral(n: int, axis: Fraction | float = Fraction(0)) -> Group:
    """D_n: the rotations of C_n and n reflections, one of them at the line of angle ``axis`` in degrees.

    >>> dihedral(2, axis=45)
    D2(axis 45)
    """
    return Group(n, True, axis)


def finite_group(group: PlaneGroup) -> Group:
    """The group, refused unless it is finite."""
    if not isinstance(group, Group):
        raise SymmetryError("a finite group, C_N or D_N", group.name, "use one of its subgroups, such as C8 or D8")
    return group


def grid_group(group: PlaneGroup) -> Group:
    """The group, refused unless it maps the pixel grid onto itself."""
    if not isinstance(group, Group):
        raise SymmetryError(f"a {GRID_GROUPS}", group.name, "use one of these, or steerable layers")
    group.require_grid()
    return group
