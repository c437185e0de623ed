"""The finite groups of the plane, C_N and D_N, and their exact action on a pixel grid.

Angles are those of :mod:`lensym.conventions`: from +x (growing column) towards +y (growing row). The rotation ``r``
turns the plane by 2 pi / N in that sense; the reflection ``s`` reverses the angle, (x, y) to (x, -y). Elements are
numbered 0 .. order - 1: first the rotations ``e, r, r2, ...``, then the reflections ``s, rs, r2s, ...`` (in a product
the right factor acts first). A function on the plane is moved by ``(g f)(p) = f(g^-1 p)``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Shaped
from torch import Tensor

from lensym.errors import SymmetryError

GRID_ROTATIONS = (1, 2, 4)
"""The N whose rotations map the pixel grid onto itself."""


@dataclass(frozen=True, repr=False)
class Group:
    """C_N (rotations by multiples of 2 pi / N) or D_N (those and N reflections).

    Parameters
    ----------
    rotations
        N, the number of rotations.
    reflections
        Whether the group has reflections: D_N if so, C_N if not.

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

    def __post_init__(self) -> None:
        if self.rotations < 1:
            raise SymmetryError("a group of at least one rotation", f"N = {self.rotations}", "use N = 1, 2, 4 or more")

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
        """C_N or D_N without the underscore."""
        return f"{'D' if self.reflections else 'C'}{self.rotations}"

    def __repr__(self) -> str:
        return self.name

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

    def describe(self, g: int) -> str:
        """Return what an element does to the plane, in words.

        >>> dihedral(4).describe(7)
        'r3s: y reversed, then rotated by 270 degrees'
        """
        turns, reflected = self._factors(g)
        steps = ["y reversed"] if reflected else []
        if turns or not reflected:
            steps.append(f"rotated by {360 * turns / self.rotations:g} degrees")
        return f"{self.names[g]}: {', then '.join(steps)}"

    def multiply(self, g: int, h: int) -> int:
        """Return the product g h: first h, then g."""
        turns, reflected = self._factors(g)
        more_turns, more_reflected = self._factors(h)
        # a reflection reverses the sense of what it stands before: s r = r^-1 s
        total = turns - more_turns if reflected else turns + more_turns
        return total % self.rotations + self.rotations * (reflected ^ more_reflected)

    def inverse(self, g: int) -> int:
        """Return the element that undoes g."""
        turns, reflected = self._factors(g)
        return g if reflected else -turns % self.rotations

    @cached_property
    def table(self) -> tuple[tuple[int, ...], ...]:
        """The multiplication table, where ``table[g][h]`` is the product g h."""
        return tuple(tuple(self.multiply(g, h) for h in self.elements) for g in self.elements)

    @property
    def acts_on_grid(self) -> bool:
        """Whether every element maps the pixel grid onto itself."""
        return self.rotations in GRID_ROTATIONS

    def require_grid(self) -> None:
        """Refuse a group that does not map the pixel grid onto itself."""
        if not self.acts_on_grid:
            raise SymmetryError(
                "a group that maps the pixel grid onto itself (C1, C2, C4, D1, D2 or D4)",
                self.name,
                "use one of these; rotations by other angles need interpolation and are not exact",
            )

    def transform(self, x: Shaped[Tensor, "*batch h w"], g: int) -> Shaped[Tensor, "*batch h2 w2"]:
        """Move functions on the grid, the last two axes of ``x``, by the element g.

        Exact: pixels are permuted. A quarter turn exchanges height and width.

        >>> print(cyclic(4).transform(torch.tensor([[1, 2], [3, 4]]), 1))
        tensor([[3, 1],
                [4, 2]])
        """
        self.require_grid()
        turns, reflected = self._factors(g)
        flipped = x.flip(-2) if reflected else x
        # from x (the last axis) towards y (the one before)
        return torch.rot90(flipped, turns * 4 // self.rotations, dims=(-1, -2))

    def _factors(self, g: int) -> tuple[int, bool]:
        """The k and the presence of s in g = r^k s."""
        if g not in self.elements:
            raise SymmetryError(f"an element of {self.name}, 0 to {self.order - 1}", str(g), "see Group.names")
        return g % self.rotations, g >= self.rotations


def cyclic(n: int) -> Group:
    """C_n: the rotations by multiples of 2 pi / n."""
    return Group(n)


def dihedral(n: int) -> Group:
    """D_n: the rotations of C_n and n reflections."""
    return Group(n, reflections=True)
