"""A plain autoencoder that is averaged over D4 once it is trained, and so made equivariant."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from lensym.models.detectors.autoencoders import ConvAutoencoder
from lensym.models.equivarify import orbit_of
from lensym.symmetry import dihedral

GROUP = dihedral(4)


class AveragedAutoencoder(ConvAutoencoder):
    """The convolutional autoencoder, which answers on all eight turned and mirrored copies of a view.

    The reconstructions, turned back, and the codes are averaged (Bao & Song 2019, arXiv:1906.07172): what is left of
    eight reconstructions is less noise, and turning the image turns their mean. While training it is the plain network.
    """

    def codes(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n f"]:
        """The mean code, which does not change."""
        plain = super().codes
        if self.training:
            return plain(view)
        return orbit_of(plain, view, GROUP).mean(2)

    def reconstruction(self, view: Float[Tensor, "n c s s"]) -> Float[Tensor, "n c s s"]:
        """The mean of what comes back, which turns as the view does."""
        plain = super().reconstruction
        if self.training:
            return plain(view)
        encoded = super().codes
        return orbit_of(lambda moved: self.decoded(encoded(moved)), view, GROUP).mean(2)
