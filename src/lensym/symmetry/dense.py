"""Convolution of every channel with every other, around a fault of the library beneath."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


def dense_conv2d(
    x: Float[Tensor, "n c h w"],
    filters: Float[Tensor, "d c k k"],
    bias: Float[Tensor, " d"] | None,
    stride: int,
    padding: int,
) -> Float[Tensor, "n d h2 w2"]:
    """The plain convolution; of a strided one of one pixel, by the pixels that it sees.

    The gradient of that one, for an even number of pixels and fewer than eight channels that lie last in memory, is
    written beyond its end on a processor without AVX-512 (torch 2.13 with oneDNN), which ends the process.
    """
    if filters.shape[-1] == 1 and not padding:
        x, stride = every(x, stride), 1
    return F.conv2d(x, filters, bias, stride, padding)


def every(x: Float[Tensor, "n c h w"], stride: int) -> Float[Tensor, "n c h2 w2"]:
    """Every ``stride``-th pixel.

    >>> import torch
    >>> every(torch.arange(9.0).view(1, 1, 3, 3), 2).flatten().tolist()
    [0.0, 2.0, 6.0, 8.0]
    """
    return x if stride == 1 else x[..., ::stride, ::stride]
