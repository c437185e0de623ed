"""How the channels of one field mix when the plane moves: representations of a group."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from lensym.errors import SymmetryError
from lensym.symmetry.group import Group

TOLERANCE = 1e-9
"""How far the entries of ``rho(g) rho(h)`` may be from those of ``rho(g h)``."""


@dataclass(frozen=True, repr=False)
class Representation:
    """Matrices ``rho(g)`` that multiply as the elements of the group do.

    Parameters
    ----------
    group
        The group represented.
    name
        Name shown in field types; representations of one group and name are taken for the same.
    matrices
        Array (order, size, size), one matrix for each element.
    """

    group: Group
    name: str
    matrices: np.ndarray = field(compare=False)

    def __post_init__(self) -> None:
        if not self._multiplies_like_the_group():
            raise SymmetryError(
                f"{self.group.order} square matrices that multiply like the elements of {self.group}",
                f"'{self.name}' of shape {self.matrices.shape}, which does not",
                "check the matrices and the order of the elements, Group.names",
            )

    def _multiplies_like_the_group(self) -> bool:
        shape = self.matrices.shape
        if shape != (self.group.order, shape[-1], shape[-1]):
            return False
        products = np.einsum("gij,hjk->ghik", self.matrices, self.matrices)
        expected = self.matrices[np.array(self.group.table)]
        return np.allclose(products, expected, atol=TOLERANCE) and np.allclose(self.matrices[0], np.eye(shape[-1]))

    def __repr__(self) -> str:
        return f"{self.group}: {self.name} ({self.size} channel{'s' if self.size > 1 else ''})"

    @property
    def size(self) -> int:
        """Number of channels of one field."""
        return int(self.matrices.shape[1])

    @cached_property
    def permutations(self) -> np.ndarray | None:
        """Where each element takes each channel, (order, size); None where channels are not just permuted."""
        is_permutation = np.isin(self.matrices, (0, 1)).all() and (self.matrices.sum(axis=1) == 1).all()
        return self.matrices.argmax(axis=1) if is_permutation else None


@lru_cache(maxsize=64)
def trivial(group: Group) -> Representation:
    """One channel that does not change: an image, or a feature without orientation."""
    return Representation(group, "trivial", np.ones((group.order, 1, 1)))


@lru_cache(maxsize=64)
def regular(group: Group) -> Representation:
    """One channel for each element, permuted by the group: ``(g f)(h) = f(g^-1 h)``.

    >>> from lensym.symmetry.group import cyclic
    >>> regular(cyclic(4)).permutations[1]
    array([1, 2, 3, 0])
    """
    table = np.array(group.table)
    return Representation(group, "regular", np.eye(group.order)[:, table].transpose(1, 0, 2))
