"""How training images are varied: turned, mirrored and displaced, never interpolated."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from lensym.train.options import TrainOptions


def augmented(images: Float[Tensor, "n c h w"], options: TrainOptions) -> Float[Tensor, "n c h w"]:
    """A batch as the options want it varied, drawn from torch's generator."""
    if options.augment:
        images = random_d4(images)
    return displaced(images, options.jitter)


def random_d4(images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
    """Turn a batch of square images by one random element of D4."""
    element = int(torch.randint(8, ()))
    turned = images.rot90(element % 4, dims=(2, 3))
    return turned.flip(3) if element >= 4 else turned


def displaced(images: Float[Tensor, "n c h w"], most: int) -> Float[Tensor, "n c h w"]:
    """Move each image by a random whole number of pixels, up to ``most``, in x and in y; its edge is repeated.

    >>> row = displaced(torch.arange(3.0).expand(1, 1, 2, 3), most=1)[0, 0, 0]
    >>> row.tolist() in ([0.0, 1.0, 2.0], [0.0, 0.0, 1.0], [1.0, 2.0, 2.0])
    True
    """
    if not most:
        return images
    n, _, height, width = images.shape
    by = torch.randint(-most, most + 1, (2, n, 1), device="cpu").to(images.device)
    rows, columns = (
        (torch.arange(size, device=images.device) - move).clamp(0, size - 1)
        for size, move in zip((height, width), by, strict=True)
    )
    which = torch.arange(n, device=images.device)[:, None, None]
    return images[which, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
