"""Per-image normalisation, the first step of every network: all pixels alike, hence it commutes with D4."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def unit_rms(images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
    """Divide each image by its root mean square, so that the unit of flux does not matter.

    All channels share one scale: colours stay.
    """
    rms = images.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
    return images / rms.clamp(min=torch.finfo(images.dtype).tiny)


def stretch(flux: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """``asinh(2 x)`` (Lupton, Gunn & Szalay 1999): linear for faint pixels and noise, logarithmic for bright ones."""
    return torch.asinh(2 * flux)
