"""Linear maps between fields at each place, computed between their irreducible parts.

By Schur's lemma an equivariant map takes each irreducible representation to itself alone, and there by a number for
each pair of copies (by a complex number for irreps of two channels without reflections). Between regular fields of
D_N that is the sum of d^3 multiplications for each pair of fields instead of the ``order^2`` of the matrix of all
channels, where d are the sizes of the irreps: 12 instead of 64 for D4, 60 instead of 1024 for D16. The transforms
there and back are Fourier transforms on the group.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.errors import SymmetryError
from lensym.symmetry.bias import FieldBias
from lensym.symmetry.field import FieldType, Run
from lensym.symmetry.mixing import SpectralMix
from lensym.symmetry.module import FieldLayer, FieldSequential
from lensym.symmetry.rings import Rings
from lensym.symmetry.spectrum import FieldSpectrum, Sector, sectors
from lensym.symmetry.steerable import DepthwiseSteerableConv


class PointwiseConv(FieldLayer):
    """Convolution with filters of one pixel from any fields to any fields of one group.

    Weights, for each kind of irreducible representations that occur M times in the input and K times in the output:
    (irreps, K, M), and for those of complex type (irreps, 2, K, M). Fresh weights keep the second moment through a
    ReLU that follows.

    Parameters
    ----------
    in_type, out_type
        Fields taken and given.
    bias
        Whether the output has a bias, one number for each trivial part of each field.

    Examples
    --------
    >>> from lensym.symmetry import dihedral, regular_type
    >>> conv = PointwiseConv(regular_type(dihedral(4), 8), regular_type(dihedral(4), 16))
    >>> [tuple(weight.shape) for weight in conv.weights]
    [(4, 16, 8), (1, 32, 16)]
    """

    def __init__(self, in_type: FieldType, out_type: FieldType, bias: bool = True) -> None:
        super().__init__(in_type, out_type)
        found = sectors(in_type, out_type)
        for number, run in enumerate(out_type.runs):
            if not any(sector.outputs[number] for sector in found):
                raise _unreachable(in_type, run)
        self.sectors = found
        self.analysis = FieldSpectrum(in_type, found, [sector.inputs for sector in found])
        self.synthesis = FieldSpectrum(out_type, found, [sector.outputs for sector in found])
        self.weights = nn.ParameterList(
            fresh_weights(sector, _total(in_type, sector.inputs), _total(out_type, sector.outputs)) for sector in found
        )
        self.bias = FieldBias(out_type) if bias else None

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d h w"]:
        """Features of type ``out_type``."""
        self.check_input(x)
        bias = None if self.bias is None else self.bias()
        # under automatic mixed precision other layers give half precision; the transforms stay in full
        full = x.flatten(2).to(self.weights[0].dtype)
        return self._mixed(full, bias).view(len(x), self.out_type.size, *x.shape[2:])

    def _mixed(self, x: Tensor, bias: Tensor | None) -> Tensor:
        matrices = [sector_matrices(sector, weight) for sector, weight in zip(self.sectors, self.weights, strict=True)]
        y: Tensor = SpectralMix.apply(x, bias, self.analysis, self.synthesis, torch.is_grad_enabled(), *matrices)  # type: ignore[no-untyped-call]
        return y

    @property
    def filters(self) -> Float[Tensor, "o i 1 1"]:
        """Filters of the plain convolution of the same output."""
        identity = torch.eye(self.in_type.size).to(self.weights[0])
        return self._mixed(identity[None], None)[0, :, :, None, None]


class SeparableSteerableConv(FieldSequential):
    """A depthwise convolution over the plane, then a pointwise one over the group and the fields.

    Parameters
    ----------
    in_type, out_type
        Fields taken and given.
    kernel_size, stride, padding, bias, rings
        As for :class:`~lensym.symmetry.steerable.SteerableConv`.
    """

    def __init__(
        self,
        in_type: FieldType,
        out_type: FieldType,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        bias: bool = True,
        rings: Rings | None = None,
    ) -> None:
        super().__init__(
            DepthwiseSteerableConv(in_type, kernel_size, stride, padding, bias=False, rings=rings),
            PointwiseConv(in_type, out_type, bias),
        )


def _total(fields: FieldType, copies: tuple[int, ...]) -> int:
    """Copies of an irrep in all fields."""
    return sum(run.count * each for run, each in zip(fields.runs, copies, strict=True))


def fresh_weights(sector: Sector, inputs: int, outputs: int) -> nn.Parameter:
    """Normal weights that give each part 2 as the second moment, for inputs of 1."""
    irreps = len(sector.irreps)
    if sector.irreps[0].commutes_with_rotations:
        return nn.Parameter(torch.randn(irreps, 2, outputs, inputs) / math.sqrt(inputs))
    return nn.Parameter(torch.randn(irreps, outputs, inputs) * math.sqrt(2 / inputs))


def sector_matrices(sector: Sector, weight: Float[Tensor, "irreps *complex o m"]) -> Float[Tensor, "blocks o2 m2"]:
    """One matrix for each irrep of complex type, of both its channels; else one for each channel of each irrep."""
    if not sector.irreps[0].commutes_with_rotations:
        return weight.repeat_interleave(sector.size, dim=0)  # the channels are mixed alike
    real, imaginary = weight.unbind(1)
    return torch.cat([torch.cat([real, -imaginary], dim=2), torch.cat([imaginary, real], dim=2)], dim=1)


def _unreachable(inputs: FieldType, run: Run) -> SymmetryError:
    return SymmetryError(
        f"output fields that share an irreducible part with '{inputs}'",
        f"{run.representation.name}, to which only zero is equivariant",
        "use a larger kernel (SteerableConv), or input fields that contain it",
    )
