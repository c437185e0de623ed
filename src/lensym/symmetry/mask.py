"""The disc that stays inside the image at every rotation."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from lensym.symmetry.field import FieldType
from lensym.symmetry.module import FieldModule


class DiskMask(FieldModule):
    """Sets what lies outside a disc about the centre to zero, with an edge that falls off over one pixel.

    The corners of an image leave it when it is turned by an angle between the multiples of 90 degrees.

    Parameters
    ----------
    in_type
        Fields taken and given, of any kind.
    margin
        Pixels between the disc and the nearest edge of the image.
    """

    def __init__(self, in_type: FieldType, margin: float = 0.0) -> None:
        super().__init__(in_type, in_type)
        self.margin = margin

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """The map inside the disc."""
        self.check_input(x)
        return x * disc(x.shape[-2], x.shape[-1], self.margin).to(x)

    def extra_repr(self) -> str:
        """Fields and margin."""
        return f"{super().extra_repr()}, margin={self.margin:g}"


def disc(height: int, width: int, margin: float = 0.0) -> Float[Tensor, "h w"]:
    """1 inside the largest disc, less a margin, 0 outside.

    >>> disc(3, 3)[0]
    tensor([0.5858, 1.0000, 0.5858], dtype=torch.float64)
    """
    y, x = (torch.arange(n, dtype=torch.float64) - (n - 1) / 2 for n in (height, width))
    distance = (y[:, None].square() + x.square()).sqrt()  # there is no ONNX for torch.hypot
    # a pixel is inside as far as it reaches, about half a pixel from its centre
    return (min(height, width) / 2 - margin - distance + 0.5).clamp(0, 1)
