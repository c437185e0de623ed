"""Field types: what the channels of a feature map are, and so how the map moves with the plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import torch
from jaxtyping import Shaped
from torch import Tensor

from lensym.errors import SymmetryError
from lensym.symmetry.group import Group
from lensym.symmetry.kinds import quotient, regular
from lensym.symmetry.plane import PlaneGroup
from lensym.symmetry.representation import Representation, irrep, trivial
from lensym.symmetry.sizes import require_whole


@dataclass(frozen=True)
class Run:
    """Neighbouring fields of one representation: channels ``channels`` hold ``count`` fields."""

    representation: Representation
    count: int
    channels: slice


@dataclass(frozen=True, repr=False)
class FieldType:
    """The fields of a feature map, in the order of its channels.

    Parameters
    ----------
    group
        The group that moves the map.
    fields
        One representation for each field.

    Examples
    --------
    >>> from lensym.symmetry.group import dihedral
    >>> trivial_type(dihedral(4), 3) + regular_type(dihedral(4), 8)
    D4: 3 trivial + 8 regular (67 channels)
    """

    group: PlaneGroup
    fields: tuple[Representation, ...]

    def __post_init__(self) -> None:
        if not self.fields:
            raise SymmetryError("at least one field", f"none, for {self.group}", "give one or more")
        for representation in self.fields:
            if representation.group != self.group:
                raise SymmetryError(
                    f"representations of {self.group}", str(representation), "use one group for the whole feature map"
                )

    def __repr__(self) -> str:
        fields = " + ".join(f"{run.count} {run.representation.name}" for run in self.runs)
        return f"{self.group}: {fields} ({self.size} channel{'s' if self.size > 1 else ''})"

    @classmethod
    def of(cls, representation: Representation, count: int) -> FieldType:
        """``count`` fields of one representation.

        >>> from lensym.symmetry import so2, spectral
        >>> FieldType.of(spectral(so2(), 2), 3)
        SO2: 3 spectral[2] (15 channels)
        """
        require_whole(f"the number of fields of {representation.group}", count, 1)
        return cls(representation.group, (representation,) * count)

    def __add__(self, other: FieldType) -> FieldType:
        """The direct sum: the channels of ``other`` after these."""
        return FieldType(self.group, self.fields + other.fields)

    @cached_property
    def size(self) -> int:
        """Number of channels."""
        return sum(representation.size for representation in self.fields)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Neighbouring fields of the same representation, taken together."""
        runs: list[Run] = []
        start = 0
        for representation, fields in groupby(self.fields):
            count = len(tuple(fields))
            stop = start + count * representation.size
            runs.append(Run(representation, count, slice(start, stop)))
            start = stop
        return tuple(runs)

    @cached_property
    def fingerprint(self) -> bytes:
        """Group, names and numbers of the representations, as bytes: equal types have the same."""
        return b"".join(f"{run.count} ".encode() + run.representation.fingerprint for run in self.runs)

    @property
    def permutes_channels(self) -> bool:
        """Whether the group only permutes channels, so that functions of single channels are admissible."""
        return all(run.representation.permutations is not None for run in self.runs)

    def restrict(self, subgroup: PlaneGroup) -> FieldType:
        """The same channels as fields of a subgroup; refused if it is none.

        >>> from lensym.symmetry import cyclic, dihedral
        >>> irrep_type(dihedral(8), "E1", 3).restrict(dihedral(4))
        D4: 3 psi_1,1 (6 channels)
        >>> regular_type(dihedral(4), 2).restrict(cyclic(4))
        C4: 2 regular(D4) (16 channels)
        """
        self.group.require_subgroup(subgroup)
        return FieldType(subgroup, tuple(representation.restrict(subgroup) for representation in self.fields))

    def transform(self, x: Shaped[Tensor, "n c *grid"], g: Any) -> Shaped[Tensor, "n c *grid2"]:
        """Move feature maps (N, C, H, W), or vectors (N, C) without place, by the element g.

        Exact wherever the group permutes channels.
        """
        if x.ndim not in (2, 4) or x.shape[1] != self.size:
            raise SymmetryError(
                f"features (N, {self.size}, H, W) or (N, {self.size}) of type {self}",
                f"shape {tuple(x.shape)}",
                "give the field type that these features have",
            )
        return self.mix(self.group.transform(x, g) if x.ndim == 4 else x, g)

    def mix(self, x: Shaped[Tensor, "n c *grid"], g: Any) -> Shaped[Tensor, "n c *grid"]:
        """What the element g does to the channels alone, at each place."""
        blocks = zip(self.split(x), self.runs, strict=True)
        return join([_mix(block, run.representation, g) for block, run in blocks])

    def by_channel(self, values: Shaped[Tensor, "*batch fields"]) -> Shaped[Tensor, "*batch c"]:
        """One value for each field, repeated for its channels."""
        blocks = torch.split(values, [run.count for run in self.runs], dim=-1)
        sizes = (run.representation.size for run in self.runs)
        repeated = [block.unsqueeze(-1).expand(*block.shape, size) for block, size in zip(blocks, sizes, strict=True)]
        return torch.cat([block.flatten(-2) for block in repeated], dim=-1)

    def split(self, x: Shaped[Tensor, "n c *grid"]) -> list[Tensor]:
        """The fields of each run as (N, count, size, ...); :func:`join` undoes it."""
        n, _, *grid = x.shape
        return [x[:, run.channels].reshape(n, run.count, run.representation.size, *grid) for run in self.runs]


def join(blocks: Sequence[Tensor]) -> Tensor:
    """Features (N, C, ...) from the fields of each run, (N, count, size, ...)."""
    return torch.cat([block.flatten(1, 2) for block in blocks], dim=1) if len(blocks) > 1 else blocks[0].flatten(1, 2)


def _mix(fields: Tensor, representation: Representation, g: Any) -> Tensor:
    """Apply rho(g) to the channels, axis 2, of fields (N, count, size, ...)."""
    group = representation.group
    if isinstance(group, Group) and representation.permutations is not None:
        sources = representation.permutations[group.inverse(g)]
        return fields[:, :, torch.as_tensor(sources, device=fields.device)]
    matrix = torch.as_tensor(representation.matrix(g), dtype=fields.dtype, device=fields.device)
    return torch.einsum("ij,nfj...->nfi...", matrix, fields)


def trivial_type(group: PlaneGroup, count: int) -> FieldType:
    """``count`` trivial fields: images of that many channels, or features without orientation.

    >>> from lensym.symmetry.group import cyclic
    >>> trivial_type(cyclic(4), 1)
    C4: 1 trivial (1 channel)
    """
    return FieldType.of(trivial(group), count)


def regular_type(group: Group, count: int) -> FieldType:
    """``count`` regular fields, of one channel for each element of the group.

    >>> from lensym.symmetry.group import cyclic
    >>> regular_type(cyclic(4), 8)
    C4: 8 regular (32 channels)
    """
    return FieldType.of(regular(group), count)


def quotient_type(group: Group, subgroup: Group, count: int) -> FieldType:
    """``count`` quotient fields, of one channel for each coset of the subgroup.

    >>> from lensym.symmetry.group import cyclic
    >>> quotient_type(cyclic(8), cyclic(2), 3)
    C8: 3 quotient[C2] (12 channels)
    """
    return FieldType.of(quotient(group, subgroup), count)


def irrep_type(group: PlaneGroup, label: str, count: int) -> FieldType:
    """``count`` fields of an irreducible representation.

    >>> from lensym.symmetry import dihedral, o2
    >>> irrep_type(o2(), "psi_1,3", 4) + irrep_type(o2(), "trivial", 2)
    O2: 4 psi_1,3 + 2 trivial (10 channels)
    >>> irrep_type(dihedral(4), "A2", 1)
    D4: 1 psi_1,0 (1 channel)
    """
    return FieldType.of(irrep(group, label), count)
