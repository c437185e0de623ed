"""Nonlinearities and the fields they are admissible for (Weiler & Cesa 2019, arXiv:1911.08251, section 2.6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.errors import unknown_name
from lensym.symmetry.field import FieldType, join, trivial_type
from lensym.symmetry.module import FieldLayer, FieldModule

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "leaky_relu": partial(F.leaky_relu, negative_slope=0.1),
    "tanh": torch.tanh,
}
"""The pointwise functions, by name."""

_SQUARE_OF_NOTHING = 1e-24
"""Added to squared lengths, so that a length of zero has a gradient."""


class PointwiseNonlinearity(FieldModule):
    """A function of each value by itself, admissible where the group only permutes channels.

    Parameters
    ----------
    in_type
        Fields taken and given.
    function
        ``"relu"``, ``"elu"``, ``"gelu"``, ``"silu"``, ``"leaky_relu"`` (of slope 0.1) or ``"tanh"``.

    Examples
    --------
    >>> from lensym.symmetry import dihedral, regular_type
    >>> PointwiseNonlinearity(regular_type(dihedral(4), 8), "gelu")
    PointwiseNonlinearity(D4: 8 regular (64 channels), gelu)
    """

    def __init__(self, in_type: FieldType, function: str = "relu") -> None:
        super().__init__(in_type, in_type)
        self.require_permuted_channels()
        self.function = known_function(function)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """The function of every value."""
        self.check_input(x)
        return FUNCTIONS[self.function](x)

    def extra_repr(self) -> str:
        """Fields and function."""
        return f"{super().extra_repr()}, {self.function}"


class NormNonlinearity(FieldLayer):
    """A ReLU of each field's length: ``relu(|f| - b) f / |f|``, admissible for all orthogonal representations.

    Worrall et al. 2017, arXiv:1612.04642, equation 9. Give it normalised fields: the threshold b, one for each
    field, starts at 0.1. It is the absolute value of a weight, since below zero the function would jump where f is 0.

    Parameters
    ----------
    in_type
        Fields taken and given.
    """

    def __init__(self, in_type: FieldType) -> None:
        super().__init__(in_type, in_type)
        self.require_orthogonal()
        self.thresholds = nn.Parameter(torch.full((len(in_type.fields),), 0.1))

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Fields of the same directions."""
        self.check_input(x)
        thresholds = torch.split(self.thresholds.abs(), [run.count for run in self.in_type.runs])
        blocks = zip(self.in_type.split(x), thresholds, strict=True)
        return join([fields * _shrinkage(fields, limits) for fields, limits in blocks])


def lengths(fields: Float[Tensor, "n f s h w"]) -> Float[Tensor, "n f 1 h w"]:
    """Length of each field at each place."""
    return (fields.square().sum(dim=2, keepdim=True) + _SQUARE_OF_NOTHING).sqrt()


def _shrinkage(fields: Tensor, thresholds: Tensor) -> Tensor:
    length = lengths(fields)
    return F.relu(length - thresholds.view(1, -1, 1, 1, 1)) / length


class GatedNonlinearity(FieldLayer):
    """Each field times the sigmoid of a trivial field of its own, its gate; a function for trivial fields themselves.

    Weiler et al. 2018, arXiv:1807.02547, section 4.1.3. It takes the fields and, after them, a gate for each that is
    not trivial: let the convolution before give ``gated.in_type``. Admissible for all representations.

    Parameters
    ----------
    out_type
        Fields given, and taken together with the gates.
    function
        For the trivial fields, as in :class:`PointwiseNonlinearity`.

    Examples
    --------
    >>> from lensym.symmetry import irrep_type, so2
    >>> GatedNonlinearity(trivial_type(so2(), 4) + irrep_type(so2(), "psi_1", 2)).in_type
    SO2: 4 trivial + 2 psi_1 + 2 trivial (10 channels)
    """

    def __init__(self, out_type: FieldType, function: str = "relu") -> None:
        trivial = trivial_type(out_type.group, 1).fields[0]
        gates = sum(representation != trivial for representation in out_type.fields)
        super().__init__(out_type + trivial_type(out_type.group, gates) if gates else out_type, out_type)
        self.function = known_function(function)
        self._gated = [run.representation != trivial for run in out_type.runs]

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d h w"]:
        """The gated fields."""
        self.check_input(x)
        features, gates = x[:, : self.out_type.size], x[:, self.out_type.size :].sigmoid()
        blocks, used = [], 0
        for fields, run, gated in zip(self.out_type.split(features), self.out_type.runs, self._gated, strict=True):
            if gated:
                blocks.append(fields * gates[:, used : used + run.count, None])
                used += run.count
            else:
                blocks.append(FUNCTIONS[self.function](fields))
        return join(blocks)

    def extra_repr(self) -> str:
        """Fields and function."""
        return f"{super().extra_repr()}, {self.function}"


def known_function(name: str) -> str:
    """The name of a pointwise function, refused if there is none of that name."""
    if name not in FUNCTIONS:
        raise unknown_name("pointwise nonlinearity", name, FUNCTIONS)
    return name
