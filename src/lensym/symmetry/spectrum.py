"""Feature maps taken apart into irreducible parts, and put together again: Fourier transforms on the group."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lensym.symmetry.field import FieldType, Run
from lensym.symmetry.irreducible import Irrep
from lensym.symmetry.module import ExactBuffers


@dataclass(frozen=True)
class Sector:
    """Irreducible representations of one kind that occur equally often, so that they are computed together.

    Parameters
    ----------
    irreps
        The representations, of one size and type.
    inputs, outputs
        For each run of input and of output fields, how often a field contains each of them.
    """

    irreps: tuple[Irrep, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @cached_property
    def size(self) -> int:
        """Channels of one copy of an irrep."""
        return self.irreps[0].size


def sectors(in_type: FieldType, out_type: FieldType) -> tuple[Sector, ...]:
    """The irreps that both sides contain, those alike taken together.

    >>> from lensym.symmetry import dihedral, regular_type
    >>> d4 = dihedral(4)
    >>> [[i.chemical_name for i in s.irreps] for s in sectors(regular_type(d4, 2), regular_type(d4, 3))]
    [['A1', 'A2', 'B1', 'B2'], ['E1']]
    """
    occurring = dict.fromkeys(irrep for run in in_type.runs for irrep in run.representation.irreps)
    found = [Sector((irrep,), copies(in_type, irrep), copies(out_type, irrep)) for irrep in occurring]
    shared = sorted((s for s in found if any(s.outputs)), key=_kind)
    return tuple(
        Sector(tuple(s.irreps[0] for s in alike), inputs, outputs)
        for (_, inputs, outputs), alike in groupby(shared, key=_kind)
    )


def _kind(sector: Sector) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    return sector.size, sector.inputs, sector.outputs


def copies(fields: FieldType, irrep: Irrep) -> tuple[int, ...]:
    """How often one field of each run contains the irrep."""
    return tuple(run.representation.irreps.count(irrep) for run in fields.runs)


class Workspace:
    """Memory used again and again for what is computed in between: fresh memory costs more than the arithmetic."""

    def __init__(self, like: Tensor) -> None:
        self._like = like
        self._blocks: dict[Hashable, Tensor] = {}

    def tensor(self, key: Hashable, *shape: int) -> Tensor:
        """A tensor of that shape, of any contents, in the memory that ``key`` had before."""
        size = math.prod(shape)
        if key not in self._blocks or self._blocks[key].numel() < size:
            self._blocks[key] = self._like.new_empty(size)
        return self._blocks[key][:size].view(shape)


class FieldSpectrum(ExactBuffers):
    """The irreducible parts of fields, by sector, and the way back.

    The parts of P places lie one sector after the other in flat memory of ``height P`` numbers. Those of a sector are
    (irreps, size, M, P): for each irrep, each of its channels, and each of its M copies in all fields. Neither way
    keeps a gradient.

    Parameters
    ----------
    fields
        The fields.
    of
        The sectors.
    copies
        For each sector, how often a field of each run contains each of its irreps.
    """

    def __init__(self, fields: FieldType, of: tuple[Sector, ...], copies: list[tuple[int, ...]]) -> None:
        super().__init__()
        self.fields, self.sectors = fields, of
        for number, run in enumerate(fields.runs):
            rows = [_rows(run, irrep) for sector in of for irrep in sector.irreps]
            self.register_exact(f"transform_{number}", np.concatenate(rows))
        self._copies = [[m * run.count for m, run in zip(each, fields.runs, strict=True)] for each in copies]
        heights = [[len(s.irreps) * s.size * m for m in each] for s, each in zip(of, copies, strict=True)]
        self._row_counts = [list(of_run) for of_run in zip(*heights, strict=True)]
        self._shapes = [(len(s.irreps), s.size, sum(each)) for s, each in zip(of, self._copies, strict=True)]
        self.height = sum(math.prod(shape) for shape in self._shapes)

    def parts(self, memory: Float[Tensor, " hp"]) -> list[Float[Tensor, "irreps size m p"]]:
        """The parts of each sector, as views of the memory."""
        places = memory.numel() // self.height
        blocks = torch.split(memory, [math.prod(shape) * places for shape in self._shapes])
        return [block.view(*shape, places) for block, shape in zip(blocks, self._shapes, strict=True)]

    def forward(self, x: Float[Tensor, "n c p"], memory: Float[Tensor, " hp"], space: Workspace) -> None:
        """Write the parts of features to the memory."""
        for number, run in enumerate(self.fields.runs):
            transform, source = self.get_buffer(f"transform_{number}"), _by_channel(x, run)
            # channels of a field first: the transform is then one matrix product for all fields and places
            channels_first = space.tensor("channels", *source.shape).copy_(source).flatten(1)
            spectrum = self._of_run(memory, number, space)
            torch.mm(transform, channels_first, out=spectrum)
            for part, block in self._scattered(memory, spectrum, number):
                part.copy_(block)

    def inverse(
        self,
        memory: Float[Tensor, " hp"],
        bias: Float[Tensor, " c"] | None,
        out: Float[Tensor, "n c p"],
        space: Workspace,
    ) -> None:
        """Write the features of these parts plus a bias of each channel to ``out``: the transpose of the way there."""
        for number, run in enumerate(self.fields.runs):
            transform, target = self.get_buffer(f"transform_{number}"), _by_channel(out, run)
            spectrum = self._of_run(memory, number, space)
            for part, block in self._scattered(memory, spectrum, number):
                block.copy_(part)
            features = space.tensor("channels", *target.shape)
            torch.mm(transform.T, spectrum, out=features.flatten(1))
            if bias is not None:
                features += _by_channel(bias.view(1, -1, 1), run)
            target.copy_(features)

    def _of_run(self, memory: Tensor, number: int, space: Workspace) -> Tensor:
        """Memory for the parts of one run (rows, fields and places); all of the memory where there is but one run."""
        rows = len(self.get_buffer(f"transform_{number}"))
        if len(self.fields.runs) == 1:
            return memory.view(rows, -1)
        return space.tensor("spectrum", rows, self.fields.runs[number].count * (memory.numel() // self.height))

    def _scattered(self, memory: Tensor, spectrum: Tensor, number: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Where the parts of one run are in the memory, and where among those of the run; nothing for a single run."""
        if len(self.fields.runs) == 1:
            return
        blocks = torch.split(spectrum, self._row_counts[number])
        for part, copies, block in zip(self.parts(memory), self._copies, blocks, strict=True):
            place = torch.split(part, copies, dim=2)[number]
            yield place, block.view(place.shape)


def _by_channel(x: Float[Tensor, "n c p"], run: Run) -> Float[Tensor, "size count n p"]:
    """The fields of a run with the channels of a field as the first axis, as a view."""
    n, _, p = x.shape
    return x[:, run.channels].view(n, run.count, -1, p).permute(2, 1, 0, 3)


def _rows(run: Run, irrep: Irrep) -> Float[np.ndarray, "rows size"]:
    """Rows of the transform of one field that give the irrep: its channels, and for each its copies."""
    parts = run.representation.decomposition
    blocks = [parts.basis[:, columns].T for columns in parts.columns.get(irrep, [])]
    if not blocks:
        return np.zeros((0, run.representation.size))
    return np.stack(blocks, axis=1).reshape(-1, run.representation.size)
