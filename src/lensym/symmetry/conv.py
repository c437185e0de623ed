"""Convolutions from fields to fields, exactly equivariant: one gather builds the filters, one plain convolution runs.

Lifting and group convolution: Cohen & Welling 2016, arXiv:1602.07576. Depthwise separable convolution: Chollet 2017,
arXiv:1610.02357. All have one bias for each field, since a bias for each channel would break the symmetry.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.errors import SymmetryError
from lensym.symmetry.basis import expand_filters, filter_orbits
from lensym.symmetry.dense import dense_conv2d
from lensym.symmetry.depthwise import depthwise_conv2d
from lensym.symmetry.field import FieldType
from lensym.symmetry.group import grid_group
from lensym.symmetry.module import FieldModule, FieldSequential
from lensym.symmetry.representation import trivial
from lensym.symmetry.sizes import check_sizes, require_window


class FieldConv(FieldModule):
    """What the convolutions share: kinds of fields, weights shared by the group, stride, padding by zeros, bias.

    Parameters
    ----------
    in_type, out_type
        Fields taken and given, all of the kinds in ``maps``.
    kernel_size
        Pixels a side of the filters.
    stride
        Pixels from window to window. A size at which a stride would not keep the centre is refused.
    padding
        Pixels of zeros added on every side.
    bias
        Whether each output field has a bias.
    """

    maps: ClassVar[tuple[str, str]]
    """Representations of the input and of the output fields."""
    depthwise: ClassVar[bool] = False
    """Whether each channel sees itself alone."""
    orbits: Tensor

    def __init__(
        self,
        in_type: FieldType,
        out_type: FieldType,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        bias: bool = True,
    ) -> None:
        super().__init__(in_type, out_type)
        grid_group(in_type.group)
        self._check_fields()
        require_window(kernel_size, stride, padding)
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        # a channel that sees itself alone sees it as a lifting convolution sees an image
        seen = (trivial(in_type.group),) if self.depthwise else in_type.fields
        orbits = filter_orbits(seen[0], out_type.fields[0], kernel_size)
        self.register_buffer("orbits", orbits, persistent=False)
        shape = (len(out_type.fields), len(seen), int(orbits.max()) + 1)
        self.weight = nn.Parameter(he_normal(shape, fan_in=len(seen) * seen[0].size * kernel_size**2))
        self.bias = nn.Parameter(torch.zeros(len(out_type.fields))) if bias else None

    def _check_fields(self) -> None:
        for fields, name in zip((self.in_type, self.out_type), self.maps, strict=True):
            if any(representation.name != name for representation in fields.fields):
                raise SymmetryError(
                    f"{type(self).__name__} takes {self.maps[0]} and gives {self.maps[1]} fields only",
                    f"in '{self.in_type}' and out '{self.out_type}'",
                    "change the types or the layer",
                )

    @property
    def filters(self) -> Float[Tensor, "o i k k"]:
        """Filters of the plain convolution of the same output."""
        return expand_filters(self.weight, self.orbits)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d h2 w2"]:
        """Convolve a feature map of type ``in_type`` to one of type ``out_type``."""
        self.check_input(x)
        check_sizes(x.shape[2:], self.kernel_size, self.stride, self.padding)
        bias = None if self.bias is None else self.bias.repeat_interleave(self.out_type.fields[0].size)
        if self.depthwise:
            y = depthwise_conv2d(x, self.filters, self.stride, self.padding)
            return y if bias is None else y + bias.view(1, -1, 1, 1)
        return dense_conv2d(x, self.filters, bias, self.stride, self.padding)

    def extra_repr(self) -> str:
        """Field types and geometry."""
        settings = {"kernel_size": self.kernel_size, "stride": self.stride, "padding": self.padding}
        shown = [f"{name}={value}" for name, value in settings.items()]
        return ", ".join([super().extra_repr(), *shown, *(["bias=False"] if self.bias is None else [])])


class LiftingConv(FieldConv):
    """From images to orientations: channel g of an output field is the response to the filter moved by g.

    Weights: (output fields, input fields, k * k), the filters of the identity.

    >>> from lensym.symmetry import dihedral, regular_type, trivial_type
    >>> LiftingConv(trivial_type(dihedral(4), 1), regular_type(dihedral(4), 8), kernel_size=5)
    LiftingConv(D4: 1 trivial (1 channel) -> D4: 8 regular (64 channels), kernel_size=5, stride=1, padding=0)
    """

    maps = ("trivial", "regular")


class GroupConv(FieldConv):
    """Convolution over the plane and the group: filter (g, h) is the base filter g^-1 h moved by g.

    Weights: (output fields, input fields, order * k * k), the filters of the identity.
    """

    maps = ("regular", "regular")


class PointwiseGroupConv(GroupConv):
    """Convolution over the group alone, pixel by pixel: y[g] = sum over h of weight[g^-1 h] x[h].

    Weights: (output fields, input fields, order).
    """

    def __init__(self, in_type: FieldType, out_type: FieldType, bias: bool = True) -> None:
        super().__init__(in_type, out_type, kernel_size=1, bias=bias)


class DepthwiseGroupConv(FieldConv):
    """Convolution over the plane alone, one filter for each field: channel h is filtered with the filter moved by h.

    It is all that channels which do not mix allow: the filter of channel g h must be that of channel h moved by g, so
    the filter of the identity fixes the others. Weights: (fields, 1, k * k).
    """

    maps = ("regular", "regular")
    depthwise = True

    def __init__(
        self, in_type: FieldType, kernel_size: int, stride: int = 1, padding: int = 0, bias: bool = True
    ) -> None:
        super().__init__(in_type, in_type, kernel_size, stride, padding, bias)


class SeparableGroupConv(FieldSequential):
    """A depthwise convolution over the plane, then a pointwise one over the group and the fields.

    Costs k^2 + (input channels) multiply-adds for each output value instead of k^2 (input channels).
    """

    def __init__(
        self,
        in_type: FieldType,
        out_type: FieldType,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        bias: bool = True,
    ) -> None:
        super().__init__(
            DepthwiseGroupConv(in_type, kernel_size, stride, padding, bias=False),
            PointwiseGroupConv(in_type, out_type, bias),
        )


def he_normal(shape: tuple[int, int, int], fan_in: int) -> Float[Tensor, "o i w"]:
    """Normal weights of variance 2 / fan_in (He et al. 2015, arXiv:1502.01852), for a ReLU that follows."""
    return torch.randn(shape) * math.sqrt(2 / fan_in)
