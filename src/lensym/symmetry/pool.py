"""Pooling: over the plane with antialiasing, over the group, over all of space."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from lensym.errors import unknown_name
from lensym.symmetry.field import FieldType, trivial_type
from lensym.symmetry.module import FieldModule
from lensym.symmetry.nonlinearity import lengths
from lensym.symmetry.sizes import check_sizes, require_window

REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "max": partial(torch.amax, dim=2),
    "mean": partial(torch.mean, dim=2),
}
"""Over the channels, axis 2, of fields (N, count, size, H, W)."""


class AntialiasedPool(FieldModule):
    """Blur with a binomial filter, then keep every ``stride``-th pixel (Zhang 2019, arXiv:1904.11486).

    The pixels kept are symmetric about the centre: at the default stride 2, an even kernel takes even sizes to their
    half and an odd kernel odd sizes n to (n + 1) / 2; other sizes are refused. Edge pixels are repeated outwards, so
    a constant map stays constant.

    Parameters
    ----------
    in_type
        Fields pooled, of any kind.
    kernel_size
        Pixels a side of the blur.
    stride
        Pixels from one kept pixel to the next.
    """

    blur: Tensor

    def __init__(self, in_type: FieldType, kernel_size: int = 4, stride: int = 2) -> None:
        super().__init__(in_type, in_type)
        require_window(kernel_size, stride, padding=0)
        self.kernel_size, self.stride = kernel_size, stride
        self.padding = (kernel_size - 1) // 2
        self.register_buffer("blur", binomial(kernel_size), persistent=False)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h2 w2"]:
        """The blurred and thinned map."""
        self.check_input(x)
        check_sizes(x.shape[2:], self.kernel_size, self.stride, self.padding)
        channels = x.shape[1]
        padded = F.pad(x, (self.padding,) * 4, mode="replicate")
        return F.conv2d(padded, self.blur.expand(channels, 1, -1, -1), stride=self.stride, groups=channels)

    def extra_repr(self) -> str:
        """Fields and geometry."""
        return f"{super().extra_repr()}, kernel_size={self.kernel_size}, stride={self.stride}"


def binomial(size: int) -> Float[Tensor, "k k"]:
    """Outer product of the binomial coefficients with themselves, of sum 1.

    >>> binomial(3) * 16
    tensor([[1., 2., 1.],
            [2., 4., 2.],
            [1., 2., 1.]])
    """
    row = np.poly1d([1, 1]) ** (size - 1)
    taps = torch.tensor(row.coeffs / row.coeffs.sum(), dtype=torch.float32)
    return torch.outer(taps, taps)


class GroupPool(FieldModule):
    """The largest or the mean value over the channels of each field: features that the group leaves in place.

    Parameters
    ----------
    in_type
        Fields pooled; the group must only permute their channels. A trivial field is its own pool.
    reduction
        ``"max"`` or ``"mean"``.

    Examples
    --------
    >>> from lensym.symmetry import dihedral, regular_type
    >>> GroupPool(regular_type(dihedral(4), 8))
    GroupPool(D4: 8 regular (64 channels) -> D4: 8 trivial (8 channels), max)
    """

    def __init__(self, in_type: FieldType, reduction: str = "max") -> None:
        super().__init__(in_type, trivial_type(in_type.group, len(in_type.fields)))
        self.require_permuted_channels()
        if reduction not in REDUCTIONS:
            raise unknown_name("reduction", reduction, REDUCTIONS)
        self.reduction = reduction

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f h w"]:
        """One channel for each field."""
        self.check_input(x)
        blocks = self.in_type.split(x)
        return torch.cat([REDUCTIONS[self.reduction](fields) for fields in blocks], dim=1)

    def extra_repr(self) -> str:
        """Fields and reduction."""
        return f"{super().extra_repr()}, {self.reduction}"


class SpatialPool(FieldModule):
    """The mean over the plane: vectors (N, C) of the same fields, without place."""

    def __init__(self, in_type: FieldType) -> None:
        super().__init__(in_type, in_type)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c"]:
        """Means (N, C)."""
        self.check_input(x)
        return x.mean(dim=(-2, -1))


class NormPool(FieldModule):
    """The length of each field: features that the group leaves in place, for all orthogonal representations.

    Examples
    --------
    >>> from lensym.symmetry import irrep_type, o2
    >>> NormPool(irrep_type(o2(), "psi_1,2", 8))
    NormPool(O2: 8 psi_1,2 (16 channels) -> O2: 8 trivial (8 channels))
    """

    def __init__(self, in_type: FieldType) -> None:
        super().__init__(in_type, trivial_type(in_type.group, len(in_type.fields)))
        self.require_orthogonal()

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f h w"]:
        """One channel for each field."""
        self.check_input(x)
        return torch.cat([lengths(fields)[:, :, 0] for fields in self.in_type.split(x)], dim=1)
