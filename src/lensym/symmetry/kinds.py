"""The usual kinds of fields: representations regular, quotient, spectral, and their sums."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.linalg import block_diag

from lensym.errors import SymmetryError
from lensym.symmetry.decomposition import Decomposition
from lensym.symmetry.group import Group, finite_group
from lensym.symmetry.irreducible import irreps
from lensym.symmetry.plane import PlaneGroup
from lensym.symmetry.representation import Representation, from_irreps, trivial
from lensym.symmetry.sizes import require_whole


@lru_cache(maxsize=64)
def regular(group: Group) -> Representation:
    """One channel for each element, permuted by the group: ``(g f)(h) = f(g^-1 h)``.

    Its irreducible parts are the real Fourier transform on the group: the columns of the basis are the matrix elements
    ``sqrt(d / order) psi(g)[i, j]`` of the irreps psi of size d, and j numbers the copies.

    >>> from lensym.symmetry.group import cyclic
    >>> regular(cyclic(4)).permutations[1]
    array([1, 2, 3, 0])
    """
    table = np.array(finite_group(group).table)
    return Representation(group, "regular", np.eye(group.order)[:, table].transpose(1, 0, 2), _fourier(group))


def _fourier(group: Group) -> Decomposition:
    """The real Fourier transform on the group."""
    found, columns = [], []
    for part in irreps(group):
        elements = np.stack([part.matrix(g) for g in group.elements]) * np.sqrt(part.size / group.order)
        for j in range(1 if part.commutes_with_rotations else part.size):
            found.append(part)
            columns.append(elements[:, :, j])
    return Decomposition(tuple(found), np.concatenate(columns, axis=1))


@lru_cache(maxsize=64)
def quotient(group: Group, subgroup: Group) -> Representation:
    """One channel for each coset g H, permuted by the group: functions on the group that H leaves in place.

    >>> from lensym.symmetry.group import cyclic, dihedral
    >>> quotient(dihedral(4), dihedral(1))
    D4: quotient[D1] (4 channels)
    >>> quotient(dihedral(4), cyclic(1)) == regular(dihedral(4)), quotient(cyclic(4), cyclic(4)) == trivial(cyclic(4))
    (True, True)
    """
    for each in (group, subgroup):
        finite_group(each)
    if subgroup.order in (1, group.order):
        group.require_subgroup(subgroup)
        return regular(group) if subgroup.order == 1 else trivial(group)
    moved = [group.embed(h, subgroup) for h in subgroup.elements]
    first = np.array([min(group.multiply(g, h) for h in moved) for g in group.elements])  # names the coset of g
    cosets = np.unique(first)
    targets = np.searchsorted(cosets, first[np.array(group.table)[:, cosets]])
    return Representation(group, f"quotient[{subgroup}]", np.eye(len(cosets))[:, targets].transpose(1, 0, 2))


def spectral(group: PlaneGroup, max_frequency: int) -> Representation:
    """The regular representation up to a frequency, as coefficients of its Fourier series.

    Each irreducible representation occurs as often as in functions on the group: once, but as often as it has
    channels where the group has reflections.

    >>> from lensym.symmetry.continuous import o2, so2
    >>> spectral(so2(), 2), spectral(o2(), 1)
    (SO2: spectral[2] (5 channels), O2: spectral[1] (6 channels))
    """
    require_whole("max_frequency", max_frequency, 0)
    parts = irreps(group, max_frequency)
    repeated = tuple(part for part in parts for _ in range(part.size if group.reflections else 1))
    return from_irreps(repeated, f"spectral[{max_frequency}]")


def direct_sum(representations: Sequence[Representation], name: str | None = None) -> Representation:
    """One field of all the channels of several, in their order.

    >>> from lensym.symmetry import cyclic, irrep
    >>> direct_sum([trivial(cyclic(4)), irrep(cyclic(4), "psi_1")])
    C4: trivial+psi_1 (3 channels)
    """
    if not representations:
        raise SymmetryError("at least one representation", "none", "give those to put side by side")
    group = representations[0].group
    if any(representation.group != group for representation in representations):
        listed = ", ".join(map(str, representations))
        raise SymmetryError("representations of one group", listed, "restrict those of the larger group first")
    name = name or "+".join(representation.name for representation in representations)
    if isinstance(group, Group):
        blocks = [block_diag(*(representation.matrix(g) for representation in representations)) for g in group.elements]
        return Representation(group, name, np.stack(blocks))
    parts = [representation.decomposition for representation in representations]
    basis = block_diag(*(part.basis for part in parts))
    return Representation(group, name, parts=Decomposition(tuple(i for part in parts for i in part.irreps), basis))
