"""From the free weights of a steerable convolution to the filters of a plain one."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lensym.symmetry.group import Group
from lensym.symmetry.kernels import kernel_basis, moved_filters
from lensym.symmetry.kinds import regular
from lensym.symmetry.module import ExactBuffers
from lensym.symmetry.representation import Representation
from lensym.symmetry.rings import Rings


class Expansion(ExactBuffers):
    """Filters from fields of one representation to fields of another.

    ``count`` weights for each pair of fields are independent; with weights of variance 1 and white inputs of variance
    1, the mean variance of an output channel is ``count`` times the number of input fields.
    """

    count: int

    @abstractmethod
    def forward(self, weight: Float[Tensor, "o i w"]) -> Float[Tensor, "on im k k"]:
        """Filters for every pair of output and input fields."""


class BlockExpansion(Expansion):
    """Sums of the basis kernels, for any two representations."""

    basis: Tensor

    def __init__(self, inputs: Representation, outputs: Representation, kernel_size: int, rings: Rings) -> None:
        super().__init__()
        basis = kernel_basis(inputs, outputs, kernel_size, rings)
        self.count = len(basis)
        self.register_exact("basis", basis)

    def forward(self, weight: Float[Tensor, "o i w"]) -> Float[Tensor, "on im k k"]:
        """Filters for every pair of output and input fields."""
        fields_out, fields_in, _ = weight.shape
        _, n, m, k, _ = self.basis.shape
        blocks = (weight.flatten(0, 1) @ self.basis.flatten(1)).view(fields_out, fields_in, n, m, k, k)
        return blocks.transpose(1, 2).reshape(fields_out * n, fields_in * m, k, k)


class RegularExpansion(Expansion):
    """Filters to regular fields: one free filter on the channel of the identity, moved to the other channels.

    The filter of channel g from channel j is that of the identity from channel g^-1 j, moved by g. It gives the same
    filters as the basis between the irreducible parts, at a cost and memory smaller by the order of the group, since
    only the moved circular harmonics are stored. The input fields must be such that the group permutes their channels.
    """

    moved: Tensor
    sources: Tensor

    def __init__(self, inputs: Representation, group: Group, kernel_size: int, rings: Rings) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        moved = moved_filters(group, kernel_size, rings)
        self.count = inputs.size * moved.shape[1]
        self.register_exact("moved", moved)
        inverses = [group.inverse(g) for g in group.elements]
        sources = torch.from_numpy(np.asarray(inputs.permutations)[inverses])
        self.register_buffer("sources", sources, persistent=False)

    def forward(self, weight: Float[Tensor, "o i w"]) -> Float[Tensor, "on im k k"]:
        """Filters for every pair of output and input fields."""
        fields_out, fields_in, _ = weight.shape
        order, size = self.sources.shape
        harmonics, pixels = self.moved.shape[1:]
        coefficients = weight.view(fields_out, fields_in, size, harmonics)[:, :, self.sources.flatten()]
        by_element = coefficients.view(fields_out, fields_in, order, size, harmonics).permute(2, 0, 1, 3, 4)
        filters = torch.bmm(by_element.reshape(order, -1, harmonics), self.moved)
        shape = (fields_out * order, fields_in * size, self.kernel_size, self.kernel_size)
        return filters.view(order, fields_out, -1, pixels).transpose(0, 1).reshape(shape)


def expansion(inputs: Representation, outputs: Representation, kernel_size: int, rings: Rings) -> Expansion:
    """The cheaper expansion between two representations."""
    group = outputs.group
    if isinstance(group, Group) and outputs == regular(group) and inputs.permutations is not None:
        return RegularExpansion(inputs, group, kernel_size, rings)
    return BlockExpansion(inputs, outputs, kernel_size, rings)
