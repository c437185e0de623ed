"""From an image to its brightest points and the graph of which are near which, without a preferred direction.

A pixel is a point if it stands out from the sky and is among the brightest. Comparisons alone decide, so that turning
the image turns the cloud, exactly; and pixels as bright as the last one are all taken, since choosing some by their
place in memory would depend on the orientation. For the same reason points are joined if they are near, and not if
they are among the nearest, which on a grid tie all the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from lensym.models.normalise import Brightness

SIGNIFICANT = 3.0
"""A point is brighter than the median by so many standard deviations of the sky."""
_DEVIATION_OF_MAD = 1.4826
"""Standard deviation of normal noise in units of its median absolute deviation."""


@dataclass(frozen=True)
class PointCloud:
    """The points of a batch of images.

    Parameters
    ----------
    image
        Number of the image of each point.
    place
        (x, y) from the centre in units of the radius within which points are joined.
    features
        Flux and its Laplacian in each channel.
    edges
        Pairs (receiver, sender) of points.
    """

    image: Int[Tensor, " p"]
    place: Float[Tensor, "p 2"]
    features: Float[Tensor, "p f"]
    edges: Int[Tensor, "2 e"]


def point_cloud(images: Float[Tensor, "n c s s"], count: int, radius: float, brightness: Brightness) -> PointCloud:
    """The ``count`` brightest significant pixels of each image, joined within ``radius`` pixels."""
    chosen = brightest(images.amax(dim=1), count)
    image, y, x = chosen.nonzero(as_tuple=True)
    middle = (images.shape[-1] - 1) / 2
    place = (torch.stack([x, y], dim=1).to(images.dtype) - middle) / radius
    flux = brightness(images)
    maps = torch.cat([flux, laplacian(flux)], dim=1)
    return PointCloud(image, place, maps[image, :, y, x], radius_graph(chosen, radius))


def brightest(flux: Float[Tensor, "n h w"], count: int) -> Bool[Tensor, "n h w"]:
    """Whether each pixel stands out from the sky and is at least as bright as the ``count``-th brightest."""
    flat = flux.flatten(1)
    sky = flat.median(dim=1, keepdim=True).values
    noise = (flat - sky).abs().median(dim=1, keepdim=True).values * _DEVIATION_OF_MAD
    last = flat.topk(min(count, flat.shape[1]), dim=1).values[:, -1:]
    return ((flat > sky + SIGNIFICANT * noise) & (flat >= last)).view_as(flux)


def laplacian(maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
    """Sum of the four neighbours less four times the pixel; the edge's pixels have copies beyond it."""
    padded = F.pad(maps, (1, 1, 1, 1), mode="replicate")
    vertical = padded[..., :-2, 1:-1] + padded[..., 2:, 1:-1]
    horizontal = padded[..., 1:-1, :-2] + padded[..., 1:-1, 2:]
    return vertical + horizontal - 4 * maps


def radius_graph(chosen: Bool[Tensor, "n h w"], radius: float) -> Int[Tensor, "2 e"]:
    """Pairs (receiver, sender) of chosen pixels of one image, no more than ``radius`` pixels apart.

    Points are numbered in the order of ``chosen.nonzero()``.
    """
    dy, dx = offsets(radius, chosen.device)
    reach = int(radius)
    numbers = torch.full(chosen.shape, -1, device=chosen.device)
    numbers[chosen] = torch.arange(int(chosen.sum()), device=chosen.device)
    padded = F.pad(numbers, (reach,) * 4, value=-1)
    image, y, x = (index[:, None] for index in chosen.nonzero(as_tuple=True))
    neighbours = padded[image, y + dy + reach, x + dx + reach]
    receiver, offset = (neighbours >= 0).nonzero(as_tuple=True)
    return torch.stack([receiver, neighbours[receiver, offset]])


def offsets(radius: float, device: torch.device | None = None) -> tuple[Int[Tensor, " o"], Int[Tensor, " o"]]:
    """Rows and columns between a pixel and the others within ``radius`` pixels of it.

    >>> [len(rows) for rows, _ in map(offsets, (1, 2, 4.7))]
    [4, 12, 68]
    """
    axis = torch.arange(-int(radius), int(radius) + 1, device=device)
    square = axis[:, None] ** 2 + axis**2
    rows, columns = ((square <= radius**2) & (square > 0)).nonzero(as_tuple=True)
    return axis[rows], axis[columns]
