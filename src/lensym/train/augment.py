"""How training images are varied: turned, mirrored and displaced, never interpolated."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lensym.train.options import TrainOptions

Turn = Callable[[Tensor, int], Tensor]
"""What answers become when their images are turned by an element of D4."""


def augmented(
    images: Float[Tensor, "n c h w"], answers: Tensor, options: TrainOptions, turn: Turn
) -> tuple[Float[Tensor, "n c h w"], Tensor]:
    """A batch as the options want it varied, drawn from torch's generator, and its answers."""
    if options.augment:
        images, element = random_d4(images)
        answers = turn(answers, element)
    return displaced(images, options.jitter), answers


def random_d4(images: Float[Tensor, "n c h w"]) -> tuple[Float[Tensor, "n c h w"], int]:
    """A batch of square images turned by one random element of D4, and the element.

    Element ``e`` turns ``e % 4`` quarters from +y towards +x, and from 4 on mirrors x then.
    """
    element = int(torch.randint(8, ()))
    turned = images.rot90(element % 4, dims=(2, 3))
    return (turned.flip(3) if element >= 4 else turned), element


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
