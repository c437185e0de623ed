"""First layer of every network: per-image normalisation that treats all pixels alike, hence commutes with D4."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


class ImageScale(nn.Module):
    """Compress the dynamic range and make the result independent of the flux unit.

    The image is divided by its root mean square, cut at zero (telescope images are sky-subtracted and noisy, counts
    are not negative) and its square root taken, which evens out Poisson noise (Anscombe 1948, without the constant).
    """

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Normalise each image on its own; all channels share one scale, so colours stay."""
        positive = images.clamp(min=0)
        root = torch.sqrt(positive)
        # the mean of the root's square is the mean of the positive image: one pass for both
        scale = positive.mean(dim=(1, 2, 3), keepdim=True).sqrt()
        return root / scale.clamp(min=torch.finfo(images.dtype).tiny)
