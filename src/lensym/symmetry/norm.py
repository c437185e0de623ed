"""Normalisation of fields."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn

from lensym.symmetry.field import FieldType, join
from lensym.symmetry.module import FieldModule


class FieldBatchNorm(FieldModule):
    """Batch normalisation with one mean, variance, scale and shift for each field.

    The statistics are taken over the batch, the plane and the channels of the field, so they do not change when the
    group permutes these.

    Parameters
    ----------
    in_type
        Fields normalised; the group must only permute their channels.
    eps, momentum
        As in :class:`torch.nn.BatchNorm2d`.
    """

    def __init__(self, in_type: FieldType, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__(in_type, in_type)
        self.require_permuted_channels()
        self.norms = nn.ModuleList(nn.BatchNorm3d(run.count, eps, momentum) for run in in_type.runs)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Normalised fields."""
        self.check_input(x)
        blocks = self.in_type.split(x)
        return join([norm(fields) for norm, fields in zip(self.norms, blocks, strict=True)])
