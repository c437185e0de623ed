"""The bias that a field may have: only along the channels' combinations that the group leaves in place."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.symmetry.field import FieldType
from lensym.symmetry.module import ExactBuffers


class FieldBias(ExactBuffers):
    """One number for each trivial part of each field, as a bias of every channel (Weiler & Cesa 2019, section 2.5).

    For a regular field it is the same for all channels; an irreducible field other than the trivial one has none.
    """

    def __init__(self, fields: FieldType) -> None:
        super().__init__()
        self.fields = fields
        self.weights = nn.ParameterList()
        for number, run in enumerate(fields.runs):
            # scaled so that a single trivial part adds its number to each channel
            invariants = run.representation.decomposition.invariants * run.representation.size**0.5
            self.weights.append(nn.Parameter(torch.zeros(run.count, invariants.shape[1])))
            self.register_exact(f"invariants_{number}", invariants.T)

    def forward(self) -> Float[Tensor, " c"]:
        """The bias of each channel."""
        parts = [weight @ self.get_buffer(f"invariants_{k}") for k, weight in enumerate(self.weights)]
        return torch.cat([part.flatten() for part in parts])
