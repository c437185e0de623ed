"""From a group to a subgroup inside a network (Weiler & Cesa 2019, arXiv:1911.08251, section 2.7)."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from lensym.symmetry.field import FieldType, Run, join
from lensym.symmetry.group import Group, cyclic
from lensym.symmetry.kinds import quotient, regular
from lensym.symmetry.module import FieldLayer
from lensym.symmetry.plane import PlaneGroup
from lensym.symmetry.representation import Representation, from_irreps, trivial


class RestrictionModule(FieldLayer):
    """The same features as fields of a subgroup, taken apart into fields that the subgroup does not mix.

    A field whose channels are permuted falls apart into regular, quotient and trivial fields, which is a matter of
    the channels' order: one regular field of D4 becomes two of C4. Any other falls apart into irreducible fields by an
    orthogonal change of basis. Fields of one kind come one after the other.

    Parameters
    ----------
    in_type
        Fields of the group.
    subgroup
        The smaller group; refused if it is none of the group's.

    Examples
    --------
    >>> from lensym.symmetry import cyclic, dihedral, o2, regular_type, spectral
    >>> RestrictionModule(regular_type(dihedral(4), 8), cyclic(4)).out_type
    C4: 16 regular (64 channels)
    >>> RestrictionModule(FieldType.of(spectral(o2(), 1), 2), dihedral(4)).out_type
    D4: 2 trivial + 2 psi_1,0 + 4 psi_1,1 (12 channels)
    """

    order: Tensor
    may_restrict = True

    def __init__(self, in_type: FieldType, subgroup: PlaneGroup) -> None:
        restricted = in_type.restrict(subgroup)
        parts = [taken_apart(run.representation) for run in restricted.runs]
        orders = [_order(matrix) for _, matrix in parts]
        fields, order = _sorted_fields([pieces for pieces, _ in parts], orders, restricted.runs)
        super().__init__(in_type, FieldType(subgroup, fields))
        self.restricted = restricted
        self.register_buffer("order", torch.from_numpy(order), persistent=False)
        self._mixed = [order is None for order in orders]
        for number, (_, matrix) in enumerate(parts):
            if self._mixed[number]:
                self.register_exact(f"basis_{number}", matrix)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """The features in the order, and where needed the basis, of ``out_type``."""
        self.check_input(x)
        if any(self._mixed):
            x = join([self._change(fields, k) for k, fields in enumerate(self.restricted.split(x))])
        return x[:, self.order]

    def _change(self, fields: Tensor, number: int) -> Tensor:
        if not self._mixed[number]:
            return fields
        return torch.einsum("st,nft...->nfs...", self.get_buffer(f"basis_{number}"), fields)


def taken_apart(representation: Representation) -> tuple[list[Representation], Float[np.ndarray, "d d"]]:
    """The fields that one field falls apart into, and the orthogonal change of basis to all their channels."""
    group = representation.group
    if isinstance(group, Group) and representation.permutations is not None:
        orbits = _orbits(group, representation.permutations)
        pieces = [kind for kind, _ in orbits]
        return pieces, np.eye(representation.size)[np.concatenate([channels for _, channels in orbits])]
    parts = representation.decomposition
    return [from_irreps((irrep,)) for irrep in parts.irreps], parts.basis.T


def _orbits(group: Group, permutations: Int64[np.ndarray, "g d"]) -> list[tuple[Representation, np.ndarray]]:
    """Channels that the group moves onto each other, in the order of the quotient field that they are."""
    found, left = [], set(range(permutations.shape[1]))
    while left:
        first = min(left)
        images = permutations[:, first]
        kind = _quotient_of({g for g in group.elements if images[g] == first}, group)
        targets = np.asarray(kind.permutations)[:, 0]  # the coset of each element
        channels = np.empty(kind.size, dtype=np.int64)
        channels[targets] = images
        found.append((kind, channels))
        left -= set(channels.tolist())
    return found


def _quotient_of(stabiliser: set[int], group: Group) -> Representation:
    """Functions on the cosets of the subgroup of these elements."""
    rotations = [g for g in stabiliser if not group.isometry(g).reflected]
    if len(stabiliser) == group.order:
        return trivial(group)
    if len(stabiliser) == 1:
        return regular(group)
    if len(rotations) == len(stabiliser):
        return quotient(group, cyclic(len(rotations)))
    axis = min(group.isometry(g).degrees for g in stabiliser - set(rotations)) / 2
    return quotient(group, Group(len(rotations), True, axis))


def _sorted_fields(
    pieces: list[list[Representation]], orders: list[np.ndarray | None], runs: tuple[Run, ...]
) -> tuple[tuple[Representation, ...], Int64[np.ndarray, " c"]]:
    """Fields of one kind one after the other, and from which channels they come."""
    fields: dict[Representation, list[np.ndarray]] = {}
    for kinds, order, run in zip(pieces, orders, runs, strict=True):
        channels = np.arange(run.channels.start, run.channels.stop).reshape(run.count, -1)
        if order is not None:
            channels = channels[:, order]
        ends = np.cumsum([kind.size for kind in kinds])
        for kind, block in zip(kinds, np.split(channels, ends[:-1], axis=1), strict=True):
            fields.setdefault(kind, []).extend(block)
    kept = [(kind, channels) for kind, blocks in fields.items() for channels in blocks]
    return tuple(kind for kind, _ in kept), np.concatenate([channels for _, channels in kept])


def _order(matrix: Float[np.ndarray, "d d"]) -> Int64[np.ndarray, " d"] | None:
    """Where each row of a permutation matrix comes from; None for another matrix."""
    return matrix.argmax(axis=1) if np.isin(matrix, (0, 1)).all() else None
