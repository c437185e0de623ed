"""Real irreducible representations of the groups of the plane.

Notation of Weiler & Cesa 2019 (arXiv:1911.08251, appendix): without reflections psi_k, with them psi_j,k, where k is
the frequency and the reflection s changes the sign of psi_1,0 and psi_1,N/2. In chemists' notation, for D_N, psi_0,0
is A1, psi_1,0 A2, psi_0,N/2 B1, psi_1,N/2 B2 and psi_1,k E_k; for C_N they are A, B and E_k.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from lensym.errors import SymmetryError, unknown_name
from lensym.symmetry.plane import PlaneGroup

_ROUNDING = 1e-13
"""Sines and cosines below this are those of multiples of 90 degrees."""


@dataclass(frozen=True)
class Irrep:
    """A real irreducible representation: rotations by theta act by the angle k theta.

    Parameters
    ----------
    group
        The group represented.
    frequency
        k: 0, 1, 2, ...; for C_N and D_N at most N / 2.
    parity
        j: whether s changes the sign, where that makes a difference: 0 or 1 for one channel, 1 for two channels of a
        group with reflections, 0 without reflections.
    """

    group: PlaneGroup
    frequency: int
    parity: int

    @cached_property
    def size(self) -> int:
        """Number of channels: 1 for the frequencies 0 and N / 2, else 2."""
        return 1 if self.frequency == 0 or 2 * self.frequency == self.group.frequency_period else 2

    @property
    def commutes_with_rotations(self) -> bool:
        """Whether the matrices that commute with it are all rotations and scalings, not scalings alone.

        It is so for two channels without reflections, a representation of complex type.
        """
        return self.size == 2 and not self.group.reflections

    @property
    def is_trivial(self) -> bool:
        """Whether nothing changes."""
        return self.frequency == 0 and self.parity == 0

    @property
    def name(self) -> str:
        """The symbol, but ``trivial`` for the trivial one."""
        return "trivial" if self.is_trivial else self.symbol

    @property
    def symbol(self) -> str:
        """``psi_k`` or ``psi_j,k``."""
        return f"psi_{self.parity},{self.frequency}" if self.group.reflections else f"psi_{self.frequency}"

    @property
    def chemical_name(self) -> str:
        """Mulliken's symbol, such as A1, B2 or E3."""
        if self.size == 2:
            return f"E{self.frequency}"
        return f"{'B' if self.frequency else 'A'}{self.parity + 1 if self.group.reflections else ''}"

    def matrix(self, g: Any) -> Float[np.ndarray, "d d"]:
        """Matrix of the element g."""
        angle, reflected = self.group.factors(g)
        c, s = (_snapped(f(self.frequency * angle)) for f in (math.cos, math.sin))
        if self.size == 1:
            return np.array([[-c if reflected and self.parity else c]])
        rotation = np.array([[c, -s], [s, c]])
        return rotation * (1.0, -1.0) if reflected else rotation


def _snapped(value: float) -> float:
    return 0.0 if abs(value) < _ROUNDING else value


def irreps(group: PlaneGroup, max_frequency: int | None = None) -> tuple[Irrep, ...]:
    """All irreducible representations, up to a frequency, which SO(2) and O(2) need.

    >>> from lensym.symmetry.group import dihedral
    >>> [f"{irrep.name} {irrep.chemical_name}" for irrep in irreps(dihedral(4))]
    ['trivial A1', 'psi_1,0 A2', 'psi_1,1 E1', 'psi_0,2 B1', 'psi_1,2 B2']
    """
    period = group.frequency_period
    if max_frequency is None and not period:
        raise SymmetryError(f"a largest frequency for {group}", "none", "give max_frequency")
    limits = [limit for limit in (max_frequency, period // 2 if period else None) if limit is not None]
    return tuple(Irrep(group, k, j) for k in range(min(limits) + 1) for j in _parities(group, k))


def _parities(group: PlaneGroup, frequency: int) -> tuple[int, ...]:
    if not group.reflections:
        return (0,)
    return (0, 1) if Irrep(group, frequency, 0).size == 1 else (1,)


def find_irrep(group: PlaneGroup, label: str) -> Irrep:
    """The irreducible representation called so, in either notation.

    >>> from lensym.symmetry.continuous import so2
    >>> from lensym.symmetry.group import dihedral
    >>> find_irrep(dihedral(4), "E1") == find_irrep(dihedral(4), "psi_1,1"), find_irrep(so2(), "psi_7").frequency
    (True, 7)
    """
    # a name of SO(2) or O(2) ends with its frequency, and there is no other bound
    highest = None if group.frequency_period else int(re.sub(r".*?(\d*)$", r"\1", label) or 0)
    known = irreps(group, highest)
    names = {name: irrep for irrep in known for name in (irrep.name, irrep.symbol, irrep.chemical_name)}
    if label not in names:
        raise unknown_name(f"irreducible representation of {group}", label, names)
    return names[label]
