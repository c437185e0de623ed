"""Images in polar coordinates about their centre, where a rotation is a shift along the angle."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.errors import SymmetryError


class PolarSampling(nn.Module):
    """Sample images (N, C, S, S) at ``radii`` x ``angles`` points by bilinear interpolation.

    The points are ``r_i = (i + 1/2) r_max / radii`` and ``phi_k = (k + 1/2) 2 pi / angles``: a set that the eight
    elements of D4 map onto itself when ``angles`` is divisible by four, so that rotating the image by 90 degrees
    shifts the samples by ``angles / 4`` and a flip reverses them, exactly.

    Parameters
    ----------
    image_size
        Pixels a side.
    radii, angles
        Number of samples along each axis.
    reach
        Largest radius in units of the image's half-width.
    """

    def __init__(self, image_size: int, radii: int, angles: int, reach: float) -> None:
        super().__init__()
        if angles % 4:
            raise SymmetryError("a number of angles divisible by 4", str(angles), "round it to a multiple of 4")
        self.image_size, self.radii, self.angles = image_size, radii, angles
        index, weight, radius = _bilinear_points(image_size, radii, angles, reach)
        self.register_buffer("index", torch.from_numpy(index), persistent=False)
        self.register_buffer("weight", torch.from_numpy(weight), persistent=False)
        self.register_buffer("radius", torch.from_numpy(radius), persistent=False)
        self.index: Tensor
        self.weight: Tensor
        self.radius: Tensor

    @property
    def flop(self) -> int:
        """Operations for one channel of one image: four multiply-adds a point."""
        return 8 * self.radii * self.angles

    def forward(self, images: Float[Tensor, "n c s s"]) -> Float[Tensor, "n c r a"]:
        """Samples (N, C, radii, angles)."""
        n, c = images.shape[:2]
        corners = images.reshape(n, c, -1).index_select(2, self.index).reshape(n, c, 4, -1)
        weight = self.weight.to(images.dtype)
        return (corners * weight).sum(2).reshape(n, c, self.radii, self.angles)

    def extra_repr(self) -> str:
        """Sizes in and out."""
        return f"{self.image_size} px -> {self.radii} radii x {self.angles} angles"


def _bilinear_points(size: int, radii: int, angles: int, reach: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixel numbers (4 * points,), weights (4, points), and the radii scaled to [-1, 1] as (radii, 1)."""
    half = (size - 1) / 2
    r = (np.arange(radii) + 0.5) / radii * reach * size / 2
    phi = (np.arange(angles) + 0.5) / angles * 2 * math.pi
    # positions on a lattice of 1/65536 px: points that mirror each other then round alike, in float32 too
    x, y = (half + np.rint(r[:, None] * f(phi) * 65536) / 65536 for f in (np.cos, np.sin))
    x0, y0 = (np.clip(np.floor(v), 0, size - 2).astype(np.int64) for v in (x, y))
    fx, fy = np.clip(x - x0, 0, 1), np.clip(y - y0, 0, 1)
    index = np.stack([y0 * size + x0, y0 * size + x0 + 1, (y0 + 1) * size + x0, (y0 + 1) * size + x0 + 1])
    weight = np.stack([(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy])
    return index.reshape(-1), weight.reshape(4, -1), (2 * r / r.max() - 1)[:, None]


class CircularConv(nn.Conv2d):
    """Convolution over (radius, angle): circular along the angle, zero beyond the innermost and outermost radius."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: tuple[int, int] = (1, 1), groups: int = 1):
        if kernel % 2 == 0:
            raise SymmetryError("an odd kernel, centred on a sample", str(kernel), f"use {kernel + 1}")
        super().__init__(inputs, outputs, kernel, stride, padding=(kernel // 2, 0), groups=groups, bias=False)
        self.wrap = kernel // 2

    def forward(self, input: Tensor) -> Tensor:
        """Convolve (N, C, R, A); the angle axis shrinks by the stride alone."""
        # concatenation keeps the memory format; torch's circular padding does not and costs half a training step
        wrapped = torch.cat([input[..., -self.wrap :], input, input[..., : self.wrap]], dim=-1) if self.wrap else input
        return F.conv2d(wrapped, self.weight, None, self.stride, self.padding, 1, self.groups)


def check_angle_stride(angles: int, stride: int) -> None:
    """Refuse a total stride along the angle that would break the quarter turn."""
    if angles % (4 * stride):
        step = 4 * stride
        raise SymmetryError(
            f"a number of angles divisible by 4 times the total stride {stride}",
            str(angles),
            f"use {angles // step * step or step} or {(angles // step + 1) * step}",
        )
