"""What the groups of the plane have in common, and their exact action on a pixel grid.

Angles are those of :mod:`lensym.conventions`: from +x (growing column) towards +y (growing row). A function on the
plane is moved by ``(g f)(p) = f(g^-1 p)``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from lensym.errors import SymmetryError

QUARTER = 90
"""Degrees of the smallest rotation that maps the pixel grid onto itself."""

_ROUNDING = 1e-9
"""Degrees by which an angle that came through radians may miss a quarter turn."""


@dataclass(frozen=True)
class Isometry:
    """The plane with y reversed, if ``reflected``, and then rotated by ``degrees`` (0 to 360)."""

    degrees: Fraction
    reflected: bool

    @property
    def quarters(self) -> int | None:
        """The number of quarter turns, 0 to 3; None if the rotation does not map the pixel grid onto itself."""
        nearest = round(self.degrees / QUARTER)
        return nearest % 4 if abs(self.degrees - nearest * QUARTER) < _ROUNDING else None

    def move(self, points: Float[np.ndarray, "2 p"]) -> Float[np.ndarray, "2 p"]:
        """Where points (x, y) go; exact for quarter turns.

        >>> Isometry(Fraction(90), True).move(np.array([[3.0], [1.0]])).ravel()
        array([1., 3.])
        """
        exact = {0: (1.0, 0.0), 1: (0.0, 1.0), 2: (-1.0, 0.0), 3: (0.0, -1.0)}
        angle = math.radians(self.degrees)
        c, s = (math.cos(angle), math.sin(angle)) if self.quarters is None else exact[self.quarters]
        x, y = points[0], -points[1] if self.reflected else points[1]
        return np.stack([c * x - s * y, s * x + c * y])

    @property
    def inverse(self) -> Isometry:
        """The isometry that undoes this one."""
        return self if self.reflected else Isometry(-self.degrees % 360, False)

    def describe(self) -> str:
        """The isometry in words.

        >>> Isometry(Fraction(270), True).describe()
        'y reversed, then rotated by 270 degrees'
        """
        steps = ["y reversed"] if self.reflected else []
        if self.degrees or not self.reflected:
            steps.append(f"rotated by {float(self.degrees):g} degrees")
        return ", then ".join(steps)


class PlaneGroup(ABC):
    """A group of rotations, and perhaps reflections, of the plane about a fixed point.

    Its elements are what the group says they are (:class:`~lensym.symmetry.group.Group`: numbers;
    :class:`~lensym.symmetry.continuous.ContinuousGroup`: angles); the identity comes first among ``grid_elements``.
    """

    reflections: bool
    """Whether the group has reflections."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Short name, such as D4 or SO2."""

    @abstractmethod
    def isometry(self, g: Any) -> Isometry:
        """What the element does to the plane; refused if it is no element."""

    @abstractmethod
    def element(self, isometry: Isometry) -> Any:
        """The element that does this to the plane, or None."""

    @abstractmethod
    def factors(self, g: Any) -> tuple[float, bool]:
        """The angle in radians of the rotation, and the presence of s, in g = rotation s."""

    @abstractmethod
    def label(self, g: Any) -> str:
        """Name of the element."""

    @abstractmethod
    def contains(self, other: PlaneGroup) -> bool:
        """Whether every element of ``other`` moves the plane as one of this group does."""

    @property
    def is_trivial(self) -> bool:
        """Whether the identity is the only element."""
        return self.frequency_period == 1 and not self.reflections

    @property
    @abstractmethod
    def angle_of_axis(self) -> float:
        """Angle in radians of the line that the reflection s leaves in place; 0 without reflections."""

    @property
    @abstractmethod
    def frequency_period(self) -> int:
        """N where a rotation by a full turn / N is the smallest, so that frequencies are the same modulo N; else 0."""

    def __repr__(self) -> str:
        return self.name

    @property
    @abstractmethod
    def grid_elements(self) -> tuple[Any, ...]:
        """The elements that map the pixel grid onto itself; the identity is the first."""

    def describe(self, g: Any) -> str:
        """Name of the element and what it does to the plane, in words."""
        return f"{self.label(g)}: {self.isometry(g).describe()}"

    def transform(self, x: Shaped[Tensor, "*batch h w"], g: Any) -> Shaped[Tensor, "*batch h2 w2"]:
        """Move functions on the grid, the last two axes of ``x``, by an element that maps the grid onto itself.

        Exact: pixels are permuted. A quarter turn exchanges height and width.
        """
        isometry = self.isometry(g)
        if isometry.quarters is None:
            raise SymmetryError(
                "an element that maps the pixel grid onto itself, one of a group such as C1, C2, C4, D1, D2 or D4",
                f"{self.name}, {self.describe(g)}",
                "use grid_elements of the group; rotations by other angles need interpolation and are not exact",
            )
        flipped = x.flip(-2) if isometry.reflected else x
        # from x (the last axis) towards y (the one before)
        return torch.rot90(flipped, isometry.quarters, dims=(-1, -2))

    def embed(self, h: Any, subgroup: PlaneGroup) -> Any:
        """The element of this group that moves the plane as the element h of ``subgroup`` does."""
        self.require_subgroup(subgroup)
        return self.element(subgroup.isometry(h))

    def require_subgroup(self, other: PlaneGroup) -> None:
        """Refuse a group that is no subgroup of this one."""
        if not self.contains(other):
            raise SymmetryError(
                f"a subgroup of {self.name}",
                other.name,
                "use a group whose rotations and reflections are all among these; "
                "a reflection's axis can be given, as in dihedral(1, axis=45)",
            )
