"""Dropout of whole fields."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from lensym.errors import SymmetryError
from lensym.symmetry.field import FieldType
from lensym.symmetry.module import FieldModule


class FieldDropout(FieldModule):
    """Sets whole fields to zero while training, all channels at all places, and scales the others up.

    Channels of a field that were dropped one by one would break the symmetry.

    Parameters
    ----------
    in_type
        Fields taken and given.
    p
        Probability that a field is dropped.
    """

    def __init__(self, in_type: FieldType, p: float = 0.5) -> None:
        super().__init__(in_type, in_type)
        if not 0 <= p < 1:
            raise SymmetryError("a probability of at least 0 and below 1", f"p={p}", "give for instance 0.5")
        self.p = p

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """The fields that are left."""
        self.check_input(x)
        if not self.training:
            return x
        kept = F.dropout(x.new_ones(len(x), len(self.in_type.fields)), self.p)
        return x * self.in_type.by_channel(kept)[:, :, None, None]

    def extra_repr(self) -> str:
        """Fields and probability."""
        return f"{super().extra_repr()}, p={self.p}"
