"""What an audit of layers is made with where there is nothing else: images, and a network that knows less."""

from __future__ import annotations

import copy

import torch
from jaxtyping import Float
from torch import Tensor, nn


def probe_images(channels: int, size: int, count: int = 16, seed: int = 0) -> Float[Tensor, "n c size size"]:
    """Random images whose amplitude falls as 1 / frequency, as that of photographs does (Field 1987).

    No two of them look alike, so that features of different images agree by chance only; those of lenses all do a
    little. Mean 0 and variance 1.
    """
    noise = torch.randn(count, channels, size, size, generator=torch.Generator().manual_seed(seed))
    frequency = torch.fft.fftfreq(size)
    radius = torch.hypot(frequency[:, None], frequency).clamp_min(1 / size)
    images = torch.fft.ifft2(torch.fft.fft2(noise) / radius).real
    normalised: Tensor = (images - images.mean((-2, -1), keepdim=True)) / images.std((-2, -1), keepdim=True)
    return normalised


def shuffled(module: nn.Module, seed: int = 0) -> nn.Module:
    """A copy of the module with the pixels of each filter of its plain convolutions in random order.

    It mixes channels as before, but no filter is the rotation of another any longer: what its layers still seem to know
    of rotations, the network has not learned.
    """
    changed, random = copy.deepcopy(module), torch.Generator().manual_seed(seed)
    for layer in changed.modules():
        if isinstance(layer, nn.Conv2d):
            layer.weight.data = shuffle_pixels(layer.weight.data, random)
    return changed


def shuffle_pixels(filters: Float[Tensor, "o i h w"], random: torch.Generator) -> Float[Tensor, "o i h w"]:
    """The filters with the pixels of each in an order of its own."""
    flat = filters.flatten(2)
    order = torch.rand(flat.shape, generator=random).argsort(-1).to(flat.device)
    return flat.gather(-1, order).view_as(filters)
