"""How equivariant a module is for the elements that do not map the pixel grid onto itself.

The input is a sum of Gaussian blobs, drawn anew for each element: nothing of it is interpolated, only sampled. A map
that comes out is turned by bicubic interpolation, and compared inside a disc.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.errors import SymmetryError
from lensym.symmetry.field import FieldType, trivial_type
from lensym.symmetry.group import Group
from lensym.symmetry.plane import Isometry, PlaneGroup
from lensym.symmetry.testing import declared_type, device_of, of_group, tensor_output

BLOBS = 6
SCALE = 0.08
"""Standard deviation of a blob, as a share of the image's side."""
REACH = 0.25
"""Largest distance of a blob from the centre, as a share of the image's side."""
DISC = 0.7
"""Radius of the disc where maps are compared, as a share of their half side."""
ANGLES = 16
"""Rotations of a continuous group that are checked unless others are given."""


def smooth_equivariance_error(
    module: nn.Module,
    group: PlaneGroup,
    elements: Iterable[Any] | None = None,
    *,
    size: int = 33,
    in_type: FieldType | None = None,
    out_type: FieldType | None = None,
    dtype: torch.dtype = torch.float64,
    seed: int = 0,
) -> dict[str, float]:
    """Return ``rms(f(g x) - g f(x)) / rms(f(x))`` for each element g, by name, for a smooth input x.

    It is zero for no network on pixels, and for maps it includes the error of one bicubic interpolation. Compare it
    with that of a network without the symmetry.

    Parameters
    ----------
    module
        Any module that takes feature maps (N, C, H, W) and gives one tensor.
    group
        Any group of the plane.
    elements
        Elements of the group; by default all, or 16 rotations of SO(2) or O(2).
    size
        Pixels a side of the input, if the module does not state its ``image_size``.
    in_type, out_type
        How input and output move, as for :func:`~lensym.symmetry.testing.equivariance_error`.
    dtype
        Floating-point type to compute in.
    seed
        Seed of the input.

    Examples
    --------
    >>> from lensym.symmetry import cyclic, trivial_type
    >>> one = trivial_type(cyclic(8), 1)
    >>> errors = smooth_equivariance_error(nn.Identity(), cyclic(8), in_type=one, out_type=one)
    >>> list(errors)[:3], max(errors.values()) < 0.02  # what the interpolation of the output costs
    (['e', 'r', 'r2'], True)
    """
    declared = of_group(in_type or declared_type(module, "in_type"), group)
    in_type = declared or trivial_type(group, int(getattr(module, "channels", 1)))
    out_type = of_group(out_type or declared_type(module, "out_type"), group)
    frozen = copy.deepcopy(module).to(dtype).eval()
    size = int(getattr(module, "image_size", size))
    device = device_of(module)
    errors = {}
    with torch.no_grad():
        x = blobs(in_type, size, group.grid_elements[0], seed).to(device, dtype)
        y = tensor_output(frozen, x, out_type)
        for g in _elements(group) if elements is None else elements:
            moved = _moved(y, out_type, g)
            errors[group.label(g)] = _relative(frozen(blobs(in_type, size, g, seed).to(device, dtype)), moved)
    return errors


def blobs(fields: FieldType, size: int, g: Any, seed: int = 0) -> Float[Tensor, "2 c h w"]:
    """Two smooth feature maps moved by the element g: the blobs are placed and mixed anew, not interpolated."""
    random = np.random.default_rng(seed)
    angle, distance = random.uniform(0, 2 * math.pi, (2, BLOBS)), REACH * size * np.sqrt(random.random((2, BLOBS)))
    centres = np.stack([distance * np.cos(angle), distance * np.sin(angle)])
    x, y = fields.group.isometry(g).move(centres.reshape(2, -1)).reshape(centres.shape)[..., None]
    axis = np.arange(size) - (size - 1) / 2
    profiles = [torch.from_numpy(np.exp(-(((axis - c) / (SCALE * size)) ** 2) / 2)) for c in (x, y)]
    strengths = torch.from_numpy(random.normal(size=(2 * BLOBS, fields.size)))
    mixed = fields.mix(strengths, g).reshape(2, BLOBS, fields.size)
    return torch.einsum("nbc,nbh,nbw->nchw", mixed, profiles[1], profiles[0])


def _elements(group: PlaneGroup) -> list[Any]:
    if isinstance(group, Group):
        return list(group.elements)
    flips = (False, True)[: 1 + group.reflections]
    turns = [Fraction(360 * k, ANGLES) for k in range(ANGLES)]
    return [group.element(Isometry(turn, flip)) for flip in flips for turn in turns]


def _moved(y: Tensor, out_type: FieldType | None, g: Any) -> Tensor:
    """The output moved by g: not at all, over its channels, or over its channels and, interpolated, the plane."""
    if out_type is None:
        return y
    mixed = out_type.mix(y, g)
    return interpolate(mixed, out_type.group.isometry(g)) if y.ndim == 4 else mixed


def interpolate(x: Float[Tensor, "n c h w"], isometry: Isometry) -> Float[Tensor, "n c h w"]:
    """Square maps moved by any isometry, by bicubic interpolation; zero comes in from outside."""
    if x.shape[-1] != x.shape[-2]:
        raise SymmetryError("square maps, to be turned by any angle", f"shape {tuple(x.shape)}", "crop them to squares")
    size = x.shape[-1]
    axis = (np.arange(size) - (size - 1) / 2) * 2 / size
    points = np.stack([v.ravel() for v in np.meshgrid(axis, axis)])
    sources = torch.from_numpy(isometry.inverse.move(points).T.reshape(1, size, size, 2)).to(x)
    return F.grid_sample(x, sources.expand(len(x), -1, -1, -1), mode="bicubic", align_corners=False)


def _relative(first: Tensor, second: Tensor) -> float:
    """Root mean square of the difference over that of the second, inside the disc where they are maps."""
    if first.shape != second.shape:
        return math.inf
    if first.ndim == 4:
        inside = disc(first.shape[-1], DISC)
        first, second = first[..., inside], second[..., inside]
    return ((first - second).square().mean() / second.square().mean()).sqrt().item()


def disc(size: int, radius: float) -> Bool[Tensor, "size size"]:
    """The pixels whose centres are inside a disc about the map's centre, of a radius in units of its half side.

    >>> disc(3, 1.0).int().tolist()
    [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    """
    axis = torch.linspace(-1, 1, size)
    return torch.hypot(axis[:, None], axis) <= radius
