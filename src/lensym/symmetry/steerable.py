"""Steerable convolutions, for any group of the plane and any fields (Weiler & Cesa 2019, arXiv:1911.08251).

The filters are combinations of a basis of all band-limited equivariant kernels. Sampled on pixels they are exact for
the elements that map the grid onto itself, and approximate for the others.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.errors import SymmetryError
from lensym.symmetry.bias import FieldBias
from lensym.symmetry.dense import dense_conv2d
from lensym.symmetry.depthwise import depthwise_conv2d
from lensym.symmetry.expansion import Expansion, expansion
from lensym.symmetry.field import FieldType, Run
from lensym.symmetry.module import FieldLayer
from lensym.symmetry.representation import trivial
from lensym.symmetry.rings import Rings
from lensym.symmetry.sizes import check_sizes, require_window


class SteerableConv(FieldLayer):
    """Convolution from any fields to any fields of one group.

    Fresh weights keep the second moment through a ReLU that follows (He et al. 2015, arXiv:1502.01852, generalised to
    steerable kernels by Weiler, Hamprecht & Storath 2018, arXiv:1711.07289, section 3.3).

    Parameters
    ----------
    in_type, out_type
        Fields taken and given.
    kernel_size
        Pixels a side of the filters.
    stride
        Pixels from window to window. A size at which a stride would not keep the centre is refused.
    padding
        Pixels of zeros added on every side.
    bias
        Whether the output has a bias, one number for each trivial part of each field.
    rings
        Radial part and band limits of the kernels; by default :meth:`Rings.standard`.

    Examples
    --------
    >>> from lensym.symmetry import cyclic, regular_type, trivial_type
    >>> c8 = cyclic(8)
    >>> SteerableConv(trivial_type(c8, 1), regular_type(c8, 4), kernel_size=5, padding=2)
    SteerableConv(C8: 1 trivial (1 channel) -> C8: 4 regular (32 channels), kernel_size=5, stride=1, padding=2)
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
        super().__init__(in_type, out_type)
        require_window(kernel_size, stride, padding)
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.rings = rings or Rings.standard(kernel_size)
        self.expansions, self.weights = nn.ModuleList(), nn.ParameterList()
        for run in out_type.runs:
            self._add_filters_to(run)
        self.bias = FieldBias(out_type) if bias else None

    def _add_filters_to(self, run: Run) -> None:
        """Expansions and fresh weights from every run of input fields to one of output fields."""
        sources = self.in_type.runs
        maps = [expansion(s.representation, run.representation, self.kernel_size, self.rings) for s in sources]
        fan_in = sum(source.count * part.count for source, part in zip(sources, maps, strict=True))
        if not fan_in:
            raise unreachable(self.in_type, run, self.kernel_size)
        for source, part in zip(sources, maps, strict=True):
            self.expansions.append(part)
            self.weights.append(he_weights(run.count, source.count, part, fan_in))

    @property
    def filters(self) -> Float[Tensor, "o i k k"]:
        """Filters of the plain convolution of the same output."""
        blocks = [part(weight) for part, weight in zip(self.expansions, self.weights, strict=True)]
        columns = len(self.in_type.runs)
        rows = [joined(blocks[start : start + columns], dim=1) for start in range(0, len(blocks), columns)]
        return joined(rows, dim=0)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d h2 w2"]:
        """Convolve a feature map of type ``in_type`` to one of type ``out_type``."""
        self.check_input(x)
        check_sizes(x.shape[2:], self.kernel_size, self.stride, self.padding)
        bias = None if self.bias is None else self.bias()
        return dense_conv2d(x, self.filters, bias, self.stride, self.padding)

    def extra_repr(self) -> str:
        """Field types and geometry."""
        return f"{super().extra_repr()}, {geometry(self)}"


class DepthwiseSteerableConv(FieldLayer):
    """Convolution of each field by itself, to a field of the same kind.

    Where the group permutes the channels of a field, each channel sees itself alone, so that a filter of the plane
    serves all of them, moved; other fields, whose channels the group mixes, mix within the field.

    Parameters
    ----------
    in_type
        Fields taken and given.
    kernel_size, stride, padding, bias, rings
        As for :class:`SteerableConv`.
    """

    def __init__(
        self,
        in_type: FieldType,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        bias: bool = True,
        rings: Rings | None = None,
    ) -> None:
        super().__init__(in_type, in_type)
        require_window(kernel_size, stride, padding)
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.rings = rings or Rings.standard(kernel_size)
        self.expansions, self.weights = nn.ModuleList(), nn.ParameterList()
        for run in in_type.runs:
            kind = run.representation
            # a channel that sees itself alone sees it as it would see an image
            seen = trivial(in_type.group) if kind.permutations is not None else kind
            part = expansion(seen, kind, kernel_size, self.rings)
            self.expansions.append(part)
            self.weights.append(he_weights(run.count, 1, part, part.count))
        self.bias = FieldBias(in_type) if bias else None

    @property
    def filters(self) -> list[Float[Tensor, "o i k k"]]:
        """Filters of a plain grouped convolution for each run of equal fields."""
        return [part(weight) for part, weight in zip(self.expansions, self.weights, strict=True)]

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h2 w2"]:
        """Convolve every field."""
        self.check_input(x)
        check_sizes(x.shape[2:], self.kernel_size, self.stride, self.padding)
        parts = [
            depthwise_conv2d(x[:, run.channels], filters, self.stride, self.padding)
            for run, filters in zip(self.in_type.runs, self.filters, strict=True)
        ]
        y = joined(parts, dim=1)
        return y if self.bias is None else y + self.bias().view(1, -1, 1, 1)

    def extra_repr(self) -> str:
        """Fields and geometry."""
        return f"{super().extra_repr()}, {geometry(self)}"


def he_weights(outputs: int, inputs: int, part: Expansion, fan_in: int) -> nn.Parameter:
    """Normal weights of variance 2 / fan_in."""
    return nn.Parameter(torch.randn(outputs, inputs, part.count) * math.sqrt(2 / fan_in))


def joined(parts: list[Tensor], dim: int) -> Tensor:
    """The parts one after the other, without a copy where there is only one."""
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=dim)


def geometry(conv: SteerableConv | DepthwiseSteerableConv) -> str:
    """Kernel size, stride and padding, and what is not usual."""
    shown = [f"{name}={getattr(conv, name)}" for name in ("kernel_size", "stride", "padding")]
    return ", ".join([*shown, *(["bias=False"] if conv.bias is None else [])])


def unreachable(inputs: FieldType, run: Run, kernel_size: int) -> SymmetryError:
    """The error for output fields to which no kernel leads."""
    return SymmetryError(
        f"output fields that a kernel of {kernel_size} px can reach from '{inputs}'",
        f"{run.representation.name}, to which only zero is equivariant",
        "use a larger kernel, higher cut-offs, or input fields of nearer frequencies",
    )
