"""Normalisation of fields.

A mean that the group leaves in place can only lie along the trivial parts of a field, and a variance that it leaves
in place is that of all channels of the field together. Representations must be orthogonal.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.symmetry.bias import FieldBias
from lensym.symmetry.field import FieldType, Run, join
from lensym.symmetry.module import ExactBuffers, FieldLayer

_BATCH, _PLANE = (0, 3, 4), (3, 4)
"""Axes of fields (N, count, size, H, W) over which statistics are taken."""


class FieldBatchNorm(FieldLayer):
    """Batch normalisation with one variance and scale for each field, and a mean and shift for its trivial parts.

    The statistics are taken over the batch, the plane and the channels of the field, so they do not change when the
    group mixes these. A regular field has one mean; a field of vectors has none, and only its length is normalised.

    Parameters
    ----------
    in_type
        Fields normalised.
    eps, momentum
        As in :class:`torch.nn.BatchNorm2d`.
    """

    def __init__(self, in_type: FieldType, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__(in_type, in_type)
        self.norms = nn.ModuleList(_norm(run, eps, momentum) for run in in_type.runs)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Normalised fields."""
        self.check_input(x)
        blocks = self.in_type.split(x)
        return join([norm(fields) for norm, fields in zip(self.norms, blocks, strict=True)])

    def affine(self) -> tuple[Float[Tensor, " c"], Float[Tensor, " c"]]:
        """Factor and shift of each channel in evaluation mode, where normalisation is no more than that."""
        found = [_affine(norm, run) for norm, run in zip(self.norms, self.in_type.runs, strict=True)]
        return torch.cat([scale for scale, _ in found]), torch.cat([shift for _, shift in found])


def _norm(run: Run, eps: float, momentum: float) -> nn.Module:
    """torch's own for channels that are permuted, since it is faster."""
    if run.representation.permutations is not None:
        return nn.BatchNorm3d(run.count, eps, momentum)
    return OrthogonalBatchNorm(run, eps, momentum)


def _affine(norm: nn.Module, run: Run) -> tuple[Tensor, Tensor]:
    if isinstance(norm, OrthogonalBatchNorm):
        return norm.affine()
    norm = cast(nn.BatchNorm3d, norm)
    mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
    scale = norm.weight / (variance + norm.eps).sqrt()
    return tuple(v.repeat_interleave(run.representation.size) for v in (scale, norm.bias - mean * scale))  # type: ignore[return-value]


class OrthogonalBatchNorm(ExactBuffers):
    """Batch normalisation of fields (N, count, size, H, W) of any orthogonal representation."""

    running_mean: Tensor
    running_var: Tensor
    invariants: Tensor

    def __init__(self, run: Run, eps: float, momentum: float) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        invariants = run.representation.decomposition.invariants
        self.register_exact("invariants", invariants)
        self.weight = nn.Parameter(torch.ones(run.count))
        self.bias = nn.Parameter(torch.zeros(run.count, invariants.shape[1]))
        self.register_buffer("running_mean", torch.zeros(run.count, invariants.shape[1]))
        self.register_buffer("running_var", torch.ones(run.count))

    def forward(self, fields: Float[Tensor, "n f s h w"]) -> Float[Tensor, "n f s h w"]:
        """Normalised fields, by the batch's statistics while training and by the running ones otherwise."""
        if not self.training:
            scale, shift = (v.view(1, *fields.shape[1:3], 1, 1) for v in self.affine())
            return fields * scale + shift
        fields = fields.to(self.weight.dtype)
        mean, variance = invariant_statistics(fields, self.invariants, _BATCH)
        self._follow(mean, variance, fields[:, 0].numel())
        centred = fields - lifted(mean, self.invariants)
        scale = self.weight / (variance.flatten() + self.eps).sqrt()
        return centred * scale.view(1, -1, 1, 1, 1) + lifted(self.bias[None, :, :, None, None], self.invariants)

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor, count: int) -> None:
        self.running_mean.lerp_(mean.flatten(1).view_as(self.running_mean), self.momentum)
        self.running_var.lerp_(variance.flatten() * count / max(count - 1, 1), self.momentum)

    def affine(self) -> tuple[Float[Tensor, " c"], Float[Tensor, " c"]]:
        """Factor and shift of each channel in evaluation mode."""
        scale = self.weight / (self.running_var + self.eps).sqrt()
        shift = (self.bias - scale[:, None] * self.running_mean) @ self.invariants.T
        return scale.repeat_interleave(len(self.invariants)), shift.flatten()


def invariant_statistics(
    fields: Float[Tensor, "n f s h w"], invariants: Float[Tensor, "s t"], axes: tuple[int, ...]
) -> tuple[Float[Tensor, "a f t b c"], Float[Tensor, "a f 1 b c"]]:
    """Mean along the trivial parts, and mean square of the deviations over the channels, over the axes."""
    # products and sums, not matrix products, which automatic mixed precision would round
    mean = (fields.mean(axes, keepdim=True)[:, :, :, None] * invariants[:, :, None, None]).sum(dim=2)
    deviations = fields - lifted(mean, invariants)
    return mean, deviations.square().mean((2, *axes), keepdim=True)


def lifted(coefficients: Float[Tensor, "n f t h w"], invariants: Float[Tensor, "s t"]) -> Float[Tensor, "n f s h w"]:
    """Channels of these trivial parts."""
    return (coefficients[:, :, None] * invariants[:, :, None, None]).sum(dim=3)


def rescaled(
    x: Float[Tensor, "n c h w"], scale: Float[Tensor, " c"], shift: Float[Tensor, " c"]
) -> Float[Tensor, "n c h w"]:
    """Each channel times its scale, plus its shift."""
    return torch.addcmul(shift.view(1, -1, 1, 1), x, scale.view(1, -1, 1, 1))


class FieldInstanceNorm(FieldLayer):
    """Each field of each image normalised by itself, over the plane and its channels.

    Parameters
    ----------
    in_type
        Fields normalised.
    eps
        Added to the variances.
    """

    def __init__(self, in_type: FieldType, eps: float = 1e-5) -> None:
        super().__init__(in_type, in_type)
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(len(in_type.fields)))
        self.bias = FieldBias(in_type)
        for number, run in enumerate(in_type.runs):
            self.register_exact(f"invariants_{number}", run.representation.decomposition.invariants)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Normalised fields."""
        self.check_input(x)
        normalised = [self._normalise(fields, k) for k, fields in enumerate(self.in_type.split(x))]
        return rescaled(join(normalised), self.in_type.by_channel(self.weight), self.bias())

    def _normalise(self, fields: Tensor, number: int) -> Tensor:
        fields, invariants = fields.to(self.weight.dtype), self.get_buffer(f"invariants_{number}")
        mean, variance = invariant_statistics(fields, invariants, _PLANE)
        return (fields - lifted(mean, invariants)) / (variance + self.eps).sqrt()


class FieldLayerNorm(FieldLayer):
    """All channels at each place normalised together, with one scale for each field (Ba et al. 2016, 1607.06450).

    The mean is taken over the trivial parts of all fields; fields without one are scaled only.

    Parameters
    ----------
    in_type
        Fields normalised.
    eps
        Added to the variances.
    """

    mean_of: Tensor
    mean_to: Tensor

    def __init__(self, in_type: FieldType, eps: float = 1e-5) -> None:
        super().__init__(in_type, in_type)
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(len(in_type.fields)))
        self.bias = FieldBias(in_type)
        constant = np.concatenate([np.tile(_constant(run), run.count) for run in in_type.runs])
        self.register_exact("mean_of", constant / max(1.0, np.square(constant).sum()))
        self.register_exact("mean_to", constant)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Normalised fields."""
        self.check_input(x)
        x = x.to(self.weight.dtype)
        mean = (x * self.mean_of.view(1, -1, 1, 1)).sum(dim=1, keepdim=True)
        centred = x - mean * self.mean_to.view(1, -1, 1, 1)
        normalised = centred / (centred.square().mean(dim=1, keepdim=True) + self.eps).sqrt()
        return rescaled(normalised, self.in_type.by_channel(self.weight), self.bias())


def _constant(run: Run) -> Float[np.ndarray, " s"]:
    """The channels of a field that a value of 1 of each trivial part gives: all ones for a regular field."""
    summed: np.ndarray = run.representation.decomposition.invariants.sum(axis=1) * run.representation.size**0.5
    return summed
