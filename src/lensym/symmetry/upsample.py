"""Finer grids, for decoders."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from lensym.symmetry.field import FieldType
from lensym.symmetry.module import FieldModule
from lensym.symmetry.sizes import require_whole


class Upsample(FieldModule):
    """Bilinear interpolation on a grid that is finer by a whole factor and symmetric about the same centre.

    Parameters
    ----------
    in_type
        Fields taken and given, of any kind.
    scale
        The factor s.
    align_corners
        Whether the outermost pixels stay where they are: sizes n become s (n - 1) + 1, which undoes a stride of s
        with odd kernels; otherwise they become s n, which undoes it with even kernels.

    Examples
    --------
    >>> import torch
    >>> from lensym.symmetry import cyclic, trivial_type
    >>> one = trivial_type(cyclic(4), 1)
    >>> Upsample(one)(torch.zeros(1, 1, 5, 5)).shape, Upsample(one, align_corners=True)(torch.zeros(1, 1, 5, 5)).shape
    (torch.Size([1, 1, 10, 10]), torch.Size([1, 1, 9, 9]))
    """

    def __init__(self, in_type: FieldType, scale: int = 2, align_corners: bool = False) -> None:
        super().__init__(in_type, in_type)
        require_whole("scale", scale, 1)
        self.scale, self.align_corners = scale, align_corners

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h2 w2"]:
        """The map on the finer grid."""
        self.check_input(x)
        size = [self.scale * (n - 1) + 1 if self.align_corners else self.scale * n for n in x.shape[2:]]
        return F.interpolate(x, size, mode="bilinear", align_corners=self.align_corners)

    def extra_repr(self) -> str:
        """Fields and geometry."""
        return f"{super().extra_repr()}, scale={self.scale}, align_corners={self.align_corners}"
