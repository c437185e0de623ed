"""Any representation of a finite group as a direct sum of irreducible ones, in an orthonormal basis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import block_diag

from lensym.errors import SymmetryError
from lensym.symmetry.group import Group, finite_group
from lensym.symmetry.irreducible import Irrep, irreps

TOLERANCE = 1e-9
"""How far a matrix may be from what it ought to be, by entry."""


@dataclass(frozen=True, eq=False)
class Decomposition:
    """``rho(g) = basis blockdiag(irrep(g) for each irrep) basis^T``.

    Parameters
    ----------
    irreps
        The irreducible representations, those that occur several times repeated.
    basis
        Orthogonal matrix (size, size), whose columns are grouped as the irreps' channels.
    """

    irreps: tuple[Irrep, ...]
    basis: np.ndarray

    def matrix(self, g: Any) -> Float[np.ndarray, "d d"]:
        """The matrix rho(g)."""
        blocks: np.ndarray = block_diag(*(irrep.matrix(g) for irrep in self.irreps))
        matrix: np.ndarray = self.basis @ blocks @ self.basis.T
        return matrix

    @cached_property
    def columns(self) -> dict[Irrep, list[slice]]:
        """Columns of the basis that hold each copy of each irreducible representation."""
        found: dict[Irrep, list[slice]] = {}
        start = 0
        for irrep in self.irreps:
            found.setdefault(irrep, []).append(slice(start, start + irrep.size))
            start += irrep.size
        return found

    @property
    def invariants(self) -> Float[np.ndarray, "d t"]:
        """Orthonormal columns, those that the group leaves in place."""
        trivial = [slices for irrep, slices in self.columns.items() if irrep.is_trivial]
        return np.concatenate([self.basis[:, s] for slices in trivial for s in slices] or [self.basis[:, :0]], axis=1)


def is_orthogonal(matrices: Float[np.ndarray, "g d d"]) -> bool:
    """Whether all matrices are orthogonal."""
    return np.allclose(matrices @ matrices.transpose(0, 2, 1), np.eye(matrices.shape[-1]), atol=TOLERANCE)


def decompose(group: Group, matrices: Float[np.ndarray, "g d d"]) -> Decomposition:
    """Decompose the representation of ``group`` by these orthogonal matrices.

    The columns are found by projection, as matrix elements of the irreducible representations are orthogonal
    functions on the group (Serre 1977, Linear representations of finite groups, section 2.7). For the regular
    representation they are the real Fourier transform on the group.
    """
    if not is_orthogonal(matrices):
        raise SymmetryError(
            "orthogonal matrices, for a decomposition", f"others, for {group}", "change the basis to an orthonormal one"
        )
    found: list[Irrep] = []
    columns: list[np.ndarray] = []
    for irrep in irreps(group):
        for block in _copies(irrep, matrices):
            found.append(irrep)
            columns.append(block)
    return Decomposition(tuple(found), np.concatenate(columns, axis=1))


def _copies(irrep: Irrep, matrices: np.ndarray) -> list[np.ndarray]:
    """Orthonormal columns (size, irrep.size) for every copy of one irreducible representation."""
    entries = np.stack([irrep.matrix(g) for g in finite_group(irrep.group).elements])
    # transfer[a] takes what behaves as channel 0 of the irrep to what behaves as its channel a
    transfer = irrep.size / len(matrices) * np.einsum("ga,gij->aij", entries[:, :, 0], matrices)
    rest = transfer[0]
    copies = []
    while (norms := np.linalg.norm(rest, axis=0)).max() > 0.5 / np.sqrt(len(rest)):
        first = rest[:, np.flatnonzero(norms > (1 - TOLERANCE) * norms.max())[0]]
        block = np.stack([matrix @ first for matrix in transfer], axis=1) / np.linalg.norm(first)
        copies.append(block)
        rest = rest - block @ (block.T @ rest)
    return copies
