"""An autoencoder of fields: turning the image turns its reconstruction and leaves its scores, exactly under D4."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from lensym.models.blocks import Halving, activated, mean_and_maximum
from lensym.models.detectors.autoencoder import Autoencoder
from lensym.models.width import scaled
from lensym.symmetry import (
    FieldSequential,
    FieldType,
    GroupConv,
    GroupPool,
    LiftingConv,
    Upsample,
    dihedral,
    regular_type,
    trivial_type,
)

KERNEL = 3
CODE_FIELDS = 2
"""Fields that the image is pressed into, on a grid an eighth as fine."""


class EquivariantAutoencoder(Autoencoder):
    """Group convolutions down to a few fields on a coarse grid, and back; the code is what is left of these fields."""

    def __init__(self, image_size: int, channels: int, width: float = 1.0) -> None:
        super().__init__(image_size, channels, 2 * CODE_FIELDS)
        group = dihedral(4)
        image, code = trivial_type(group, channels), regular_type(group, CODE_FIELDS)
        first, second, third = (regular_type(group, count) for count in scaled((4, 6, 8), width))
        lifting = LiftingConv(image, first, KERNEL, padding=KERNEL // 2, bias=False)
        self.encoder = FieldSequential(
            activated(lifting),
            Halving(first),
            activated(_conv(first, second)),
            Halving(second),
            activated(_conv(second, third)),
            Halving(third),
            _conv(third, code),
        )
        self.decoder = FieldSequential(
            activated(_conv(code, third)),
            Upsample(third),
            activated(_conv(third, second)),
            Upsample(second),
            activated(_conv(second, first)),
            Upsample(first),
            activated(_conv(first, first)),
            GroupConv(first, regular_type(group, channels), KERNEL, padding=KERNEL // 2),
            GroupPool(regular_type(group, channels), "mean"),
        )
        self.pool = GroupPool(code)

    def codes(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n f"]:
        """Mean and maximum over the grid of what is largest over the group."""
        return mean_and_maximum(self.pool(self.encoder(view)))

    def reconstruction(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n c s s"]:
        """The view decoded from its code, which turns as it does."""
        back: Tensor = self.decoder(self.encoder(view))
        return back


def _conv(inputs: FieldType, outputs: FieldType) -> GroupConv:
    return GroupConv(inputs, outputs, KERNEL, padding=KERNEL // 2, bias=False)
