"""First layer of every network: per-image normalisation that treats all pixels alike, hence commutes with D4."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


class ImageScale(nn.Module):
    """Compress the dynamic range and make the result independent of the flux unit.

    The image is divided by its root mean square, then ``asinh(2 x)`` (Lupton, Gunn & Szalay 1999) keeps faint pixels
    and their noise linear, negative ones too, and takes the logarithm of bright ones.
    """

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Normalise each image on its own; all channels share one scale, so colours stay."""
        rms = images.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
        return torch.asinh(2 * images / rms.clamp(min=torch.finfo(images.dtype).tiny))
