"""Images in polar coordinates about their centre, where a rotation is a shift along the angle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.errors import IntegrityError, SymmetryError
from lensym.models.bilinear import bilinear_points


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
    logarithmic
        Whether the radii are instead ``r_max^((i + 1/2) / radii)`` px, so that a zoom is a shift too.
    """

    def __init__(self, image_size: int, radii: int, angles: int, reach: float, logarithmic: bool = False) -> None:
        super().__init__()
        if angles % 4:
            raise SymmetryError("a number of angles divisible by 4", str(angles), "round it to a multiple of 4")
        self.image_size, self.radii, self.angles = image_size, radii, angles
        r = radii_of(image_size, radii, reach, logarithmic)
        phi = (np.arange(angles) + 0.5) / angles * 2 * math.pi
        index, weight = bilinear_points(image_size, *(r[:, None] * f(phi) for f in (np.cos, np.sin)))
        sampling = [image_size, radii, angles, reach, float(logarithmic)]
        self.register_buffer("sampling", torch.tensor(sampling, dtype=torch.float32))
        self.register_buffer("index", torch.from_numpy(index), persistent=False)
        self.register_buffer("weight", torch.from_numpy(weight), persistent=False)
        self.register_buffer("radius", torch.from_numpy((2 * r / r.max() - 1)[:, None]), persistent=False)
        self.sampling: Tensor
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
        corners = images.flatten(2).index_select(2, self.index).reshape(n, c, 4, self.radii * self.angles)
        weight = self.weight.to(images.dtype)
        return (corners * weight).sum(2).reshape(n, c, self.radii, self.angles)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Refuse weights trained at other points: they would fit, and answer wrongly."""
        kept = state_dict.get(f"{prefix}sampling", self.sampling)
        if kept.tolist() != self.sampling.tolist():
            names = "image size, radii, angles, reach, logarithmic"
            raise IntegrityError(
                f"weights for samples at ({names}) {self.sampling.tolist()}",
                f"ones for {kept.tolist()}",
                "use the version of lensym that they were trained with, or train anew",
            )
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def extra_repr(self) -> str:
        """Sizes in and out."""
        return f"{self.image_size} px -> {self.radii} radii x {self.angles} angles"


def radii_of(size: int, count: int, reach: float, logarithmic: bool) -> Float[np.ndarray, " r"]:
    """Radii in pixels: evenly spaced, or evenly in their logarithm from 1 px on."""
    step = (np.arange(count) + 0.5) / count
    radii: np.ndarray = (reach * size / 2) ** step if logarithmic else step * reach * size / 2
    return radii


def polar_views(samples: Float[Tensor, "n c r a"], radius: Float[Tensor, "r 1"]) -> Float[Tensor, "n d r a"]:
    """Input channels: the samples, the samples less their mean over the angle, and the radius."""
    n, _, r, a = samples.shape
    ring = samples.mean(dim=-1, keepdim=True)
    return torch.cat([samples, samples - ring, radius.to(samples.dtype).expand(n, 1, r, a)], dim=1)


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
