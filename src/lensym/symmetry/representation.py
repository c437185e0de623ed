"""How the channels of one field mix when the plane moves: representations of a group.

Notation of Weiler & Cesa 2019 (arXiv:1911.08251, section 2.3 and appendix B).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float

from lensym.errors import SymmetryError
from lensym.symmetry.decomposition import TOLERANCE, Decomposition, decompose, is_orthogonal
from lensym.symmetry.group import Group, finite_group
from lensym.symmetry.irreducible import Irrep, find_irrep
from lensym.symmetry.plane import PlaneGroup


@dataclass(frozen=True, repr=False, eq=False)
class Representation:
    """Matrices ``rho(g)`` that multiply as the elements of the group do.

    A representation of a finite group is given by its matrices, one of SO(2) or O(2) by its decomposition.

    Parameters
    ----------
    group
        The group represented.
    name
        Name shown in field types.
    matrices
        Array (order, size, size), one matrix for each element of a finite group.
    parts
        The irreducible representations it consists of, and the basis; found from the matrices where not given.
    """

    group: PlaneGroup
    name: str
    matrices: np.ndarray | None = None
    parts: Decomposition | None = None

    def __post_init__(self) -> None:
        if isinstance(self.group, Group):
            self._check_products(self.group, self.matrices)
        elif self.parts is None:
            raise SymmetryError(
                f"the irreducible parts of a representation of {self.group}", f"none, for '{self.name}'", "give parts"
            )

    def _check_products(self, group: Group, matrices: np.ndarray | None) -> None:
        if matrices is None or not _multiply_like(group, matrices):
            shape = None if matrices is None else matrices.shape
            raise SymmetryError(
                f"{group.order} square matrices that multiply like the elements of {group}",
                f"'{self.name}' of shape {shape}, which does not",
                "check the matrices and the order of the elements, Group.names",
            )

    def __eq__(self, other: object) -> bool:
        """Whether group, name and matrices are the same."""
        if self is other:
            return True
        if not isinstance(other, Representation) or (self.group, self.name) != (other.group, other.name):
            return False
        if self.matrices is None:
            mine, others = self.decomposition, other.decomposition
            return mine.irreps == others.irreps and np.array_equal(mine.basis, others.basis)
        return np.array_equal(self.matrices, np.asarray(other.matrices))

    def __hash__(self) -> int:
        return hash((self.group, self.name))

    def __repr__(self) -> str:
        return f"{self.group}: {self.name} ({self.size} channel{'s' if self.size > 1 else ''})"

    @cached_property
    def size(self) -> int:
        """Number of channels of one field."""
        return int(self.matrices.shape[1]) if self.matrices is not None else len(self.decomposition.basis)

    @cached_property
    def fingerprint(self) -> bytes:
        """Group, name and numbers, as bytes; rounding does not show."""
        names = f"{self.group} {self.group.angle_of_axis:.12f} {self.name} "
        if self.matrices is None:
            names += " ".join(irrep.name for irrep in self.irreps)
        numbers = self.decomposition.basis if self.matrices is None else self.matrices
        rounded: np.ndarray = np.round(np.asarray(numbers, dtype=np.float64), 6) + 0.0  # no zero with a sign
        return names.encode() + rounded.tobytes()

    def matrix(self, g: Any) -> Float[np.ndarray, "d d"]:
        """The matrix rho(g)."""
        if self.matrices is None:
            return self.decomposition.matrix(g)
        matrix: np.ndarray = self.matrices[g]
        return matrix

    @cached_property
    def decomposition(self) -> Decomposition:
        """The irreducible parts and the orthogonal change of basis; refused where rho is not orthogonal."""
        if self.parts is not None:
            return self.parts
        return decompose(finite_group(self.group), np.asarray(self.matrices, dtype=float))

    @property
    def irreps(self) -> tuple[Irrep, ...]:
        """The irreducible parts, repeated as often as they occur."""
        return self.decomposition.irreps

    @cached_property
    def is_orthogonal(self) -> bool:
        """Whether the lengths of vectors of channels stay as they are."""
        return self.matrices is None or is_orthogonal(self.matrices)

    @cached_property
    def permutations(self) -> np.ndarray | None:
        """Where each element takes each channel, (order, size); None where channels are not just permuted.

        For SO(2) and O(2) all channels stay where they are, (1, size), or it is None.
        """
        if self.matrices is None:
            return np.arange(self.size)[None] if all(irrep.is_trivial for irrep in self.irreps) else None
        is_permutation = np.isin(self.matrices, (0, 1)).all() and (self.matrices.sum(axis=1) == 1).all()
        return self.matrices.argmax(axis=1) if is_permutation else None

    def restrict(self, subgroup: PlaneGroup) -> Representation:
        """The same matrices, for the elements of a subgroup alone.

        >>> from lensym.symmetry.group import cyclic, dihedral
        >>> from lensym.symmetry.kinds import regular
        >>> regular(dihedral(4)).restrict(cyclic(4))
        C4: regular(D4) (8 channels)
        >>> irrep(dihedral(4), "B1").restrict(cyclic(4))
        C4: psi_2 (1 channel)
        """
        self.group.require_subgroup(subgroup)
        if subgroup == self.group:
            return self
        name = f"{self.name}({self.group})"
        if not isinstance(subgroup, Group):
            return _restrict_to_rotations(self.decomposition, subgroup, name)
        matrices = np.stack([self.matrix(self.group.embed(h, subgroup)) for h in subgroup.elements])
        return _known(Representation(subgroup, name, matrices))

    def change_basis(self, basis: Float[np.ndarray, "d d"], name: str) -> Representation:
        """The representation ``basis rho(g) basis^-1``, of the channels ``basis @ x``."""
        basis = np.asarray(basis, dtype=np.float64)
        rank = np.linalg.matrix_rank(basis)
        if basis.shape != (self.size, self.size) or rank < self.size:
            raise SymmetryError(
                f"an invertible matrix ({self.size}, {self.size}), for {self}",
                f"one of shape {basis.shape} and rank {rank}",
                "give one row for each new channel",
            )
        if self.matrices is None:
            if not is_orthogonal(basis[None]):
                raise SymmetryError("an orthogonal change of basis", f"another, for {self}", "orthonormalise its rows")
            parts = self.decomposition
            return Representation(self.group, name, parts=Decomposition(parts.irreps, basis @ parts.basis))
        return Representation(self.group, name, basis @ self.matrices @ np.linalg.inv(basis))


def _multiply_like(group: Group, matrices: np.ndarray) -> bool:
    shape = matrices.shape
    if shape != (group.order, shape[-1], shape[-1]):
        return False
    products = np.einsum("gij,hjk->ghik", matrices, matrices, optimize=True)
    expected = matrices[np.array(group.table)]
    return np.allclose(products, expected, atol=TOLERANCE) and np.allclose(matrices[0], np.eye(shape[-1]))


def _restrict_to_rotations(parts: Decomposition, rotations: PlaneGroup, name: str) -> Representation:
    """From O(2) to SO(2): the frequencies stay, the parities are dropped."""
    found = tuple(Irrep(rotations, irrep.frequency, 0) for irrep in parts.irreps)
    return _known(Representation(rotations, name, parts=Decomposition(found, parts.basis)))


def _known(representation: Representation) -> Representation:
    """The irreducible representation that this one is, under its own name, or else itself."""
    if len(representation.irreps) > 1:
        return representation
    known = from_irreps(representation.irreps)
    same = np.allclose(representation.decomposition.basis, np.eye(known.size), atol=TOLERANCE)
    return known if same else representation


@lru_cache(maxsize=256)
def from_irreps(parts: tuple[Irrep, ...], name: str | None = None) -> Representation:
    """One field that is the direct sum of irreducible representations, in their own basis."""
    if not parts:
        raise SymmetryError("at least one irreducible representation", "none", "give those that the field consists of")
    group = parts[0].group
    decomposition = Decomposition(parts, np.eye(sum(part.size for part in parts)))
    name = name or "+".join(part.name for part in parts)
    if not isinstance(group, Group):
        return Representation(group, name, parts=decomposition)
    matrices = np.stack([decomposition.matrix(g) for g in group.elements])
    return Representation(group, name, matrices, decomposition)


def trivial(group: PlaneGroup) -> Representation:
    """One channel that does not change: an image, or a feature without orientation."""
    return from_irreps((Irrep(group, 0, 0),))


def irrep(group: PlaneGroup, label: str) -> Representation:
    """The irreducible representation called so by Weiler & Cesa, or by chemists.

    >>> from lensym.symmetry.group import dihedral
    >>> irrep(dihedral(4), "E1"), irrep(dihedral(4), "psi_1,2")
    (D4: psi_1,1 (2 channels), D4: psi_1,2 (1 channel))
    """
    return from_irreps((find_irrep(group, label),))
