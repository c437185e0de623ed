"""Pointwise functions of fields that are Fourier series of functions on the group."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lensym.errors import SymmetryError
from lensym.symmetry.field import FieldType, join
from lensym.symmetry.group import Group
from lensym.symmetry.irreducible import Irrep
from lensym.symmetry.module import FieldLayer
from lensym.symmetry.nonlinearity import FUNCTIONS, known_function
from lensym.symmetry.plane import PlaneGroup
from lensym.symmetry.representation import Representation


class FourierNonlinearity(FieldLayer):
    """A function of the values on the group: a field is taken as the Fourier series of these, and made one again.

    Admissible are fields that contain each irreducible representation at most as often as functions on the group do:
    once, or twice for two channels of a group with reflections; :func:`~lensym.symmetry.spectral` is the largest up to
    a frequency (Cesa, Lang & Weiler 2022, ICLR; de Haan et al. 2021, arXiv:2003.05425). It is exactly equivariant
    under the samples' group; all of C_N or D_N, and for SO(2) and O(2) a subgroup.

    Parameters
    ----------
    in_type
        Fields taken and given.
    function
        As in :class:`~lensym.symmetry.nonlinearity.PointwiseNonlinearity`.
    rotations
        N of the subgroup C_N of SO(2) or D_N of O(2) on which values are taken, a multiple of 4, so that quarter turns
        are exact; by default the first above four times the largest frequency.

    Examples
    --------
    >>> from lensym.symmetry import FieldType, so2, spectral
    >>> FourierNonlinearity(FieldType.of(spectral(so2(), 2), 4))
    FourierNonlinearity(SO2: 4 spectral[2] (20 channels), relu on C12)
    """

    def __init__(self, in_type: FieldType, function: str = "relu", rotations: int | None = None) -> None:
        super().__init__(in_type, in_type)
        self.function = known_function(function)
        self.samples = _samples(in_type, rotations)
        for number, run in enumerate(in_type.runs):
            series = fourier_series(run.representation, self.samples)
            if np.linalg.matrix_rank(series) < run.representation.size:
                raise SymmetryError(
                    f"more values than the {run.representation.size} coefficients of '{run.representation.name}'",
                    f"those on {self.samples}",
                    "give more rotations",
                )
            self.register_exact(f"values_{number}", series)
            self.register_exact(f"coefficients_{number}", np.linalg.pinv(series))

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Fields of the same kinds."""
        self.check_input(x)
        return join([self._of_run(fields, number) for number, fields in enumerate(self.in_type.split(x))])

    def _of_run(self, fields: Tensor, number: int) -> Tensor:
        values, coefficients = (self.get_buffer(f"{name}_{number}") for name in ("values", "coefficients"))
        # the plane as one axis: a matrix product for each field
        sampled = FUNCTIONS[self.function](values @ fields.flatten(3))
        return torch.matmul(coefficients, sampled).view(fields.shape)

    def extra_repr(self) -> str:
        """Fields, function and samples."""
        return f"{super().extra_repr()}, {self.function} on {self.samples}"


def _samples(in_type: FieldType, rotations: int | None) -> Group:
    """The group on which values are taken."""
    group = in_type.group
    if isinstance(group, Group):
        if rotations not in (None, group.rotations):
            raise SymmetryError(f"values on all of {group}", f"rotations={rotations}", "leave rotations out")
        return group
    if rotations is not None and (rotations < 1 or rotations % 4):
        raise SymmetryError(
            f"a multiple of 4 rotations, whose values {group} moves exactly on the pixel grid",
            f"rotations={rotations}",
            f"give {4 * max(1, math.ceil(rotations / 4))}",
        )
    highest = max(irrep.frequency for run in in_type.runs for irrep in run.representation.irreps)
    return Group(4 * (highest + 1) if rotations is None else rotations, group.reflections)


def fourier_series(representation: Representation, samples: Group) -> Float[np.ndarray, "g d"]:
    """Matrix (values, coefficients): ``f(g) = sum of sqrt(d / D) psi(g)[i, j] f_ij`` for the irreps psi of size d.

    The j-th copy of an irrep in a field holds the coefficients f_ij, so that moving the field by h gives f(h^-1 g).
    D is the number of all coefficients: values have their mean square, and those of a regular field are its channels.
    """
    parts, group = representation.decomposition, representation.group
    columns = np.zeros((samples.order, representation.size))
    for irrep, copies in parts.columns.items():
        if len(copies) > _most(irrep):
            raise _not_a_function(representation, irrep, len(copies))
        elements = np.stack([irrep.matrix(_in(group, samples, g)) for g in samples.elements])
        for j, copy in enumerate(copies):
            columns[:, copy] = irrep.size**0.5 * elements[:, :, j]
    values: np.ndarray = columns @ parts.basis.T / representation.size**0.5
    return values


def _in(group: PlaneGroup, samples: Group, g: int) -> object:
    return g if group == samples else group.embed(g, samples)


def _most(irrep: Irrep) -> int:
    """How often functions on the group contain the irrep."""
    return 1 if irrep.commutes_with_rotations else irrep.size


def _not_a_function(representation: Representation, irrep: Irrep, count: int) -> SymmetryError:
    return SymmetryError(
        f"fields that are functions on {irrep.group}, which contain {irrep.name} at most {_most(irrep)} times",
        f"'{representation.name}', which contains it {count} times",
        "use several fields, or spectral(group, max_frequency)",
    )
