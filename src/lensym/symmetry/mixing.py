"""The arithmetic of a pointwise map between irreducible parts: apart, mixed, together, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from lensym.symmetry.spectrum import FieldSpectrum, Workspace

PIECE = 2**19
"""Numbers taken at a time on a processor: two megabytes in float32, about the size of its cache."""


class SpectralMix(torch.autograd.Function):
    """Features (N, D, P) from features (N, C, P), through their irreducible parts.

    A few images, or a piece of one, are taken at a time, so that what is in between stays in the processor's cache.
    For the gradient the parts of the input are kept in the place of the input.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        bias: Tensor | None,
        analysis: FieldSpectrum,
        synthesis: FieldSpectrum,
        keep: bool,
        *matrices: Tensor,
    ) -> Tensor:
        """Features, plus a bias of each channel if there is one; ``matrices`` mix the parts of each sector."""
        y = x.new_empty(len(x), synthesis.fields.size, x.shape[2])
        space, spectra = Workspace(x), []
        for piece in _pieces(x):
            places = x[piece][:, 0].numel()
            before = space.tensor("before", analysis.height * places)
            if keep:
                before = torch.empty_like(before)
                spectra.append(before)
            after = space.tensor("after", synthesis.height * places)
            analysis(x[piece], before, space)
            _multiply(matrices, analysis.parts(before), synthesis.parts(after))
            synthesis.inverse(after, bias, y[piece], space)
        ctx.save_for_backward(*matrices, *spectra)
        ctx.transforms, ctx.shape = (analysis, synthesis), x.shape
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of the input, the bias and the matrices."""
        analysis, synthesis = ctx.transforms
        count = len(synthesis.sectors)
        matrices, spectra = ctx.saved_tensors[:count], ctx.saved_tensors[count:]
        grad_x, of_matrices = grad.new_empty(ctx.shape), [torch.zeros_like(matrix) for matrix in matrices]
        transposed = [matrix.mT for matrix in matrices]
        space = Workspace(grad)
        for piece, before in zip(_pieces(grad_x), spectra, strict=True):
            places = grad[piece][:, 0].numel()
            after, back = (space.tensor(s, s.height * places) for s in (synthesis, analysis))
            synthesis(grad[piece], after, space)
            for total, of_part, part in zip(of_matrices, synthesis.parts(after), analysis.parts(before), strict=True):
                total.baddbmm_(_stacked(of_part, len(total)), _stacked(part, len(total)).mT)
            _multiply(transposed, synthesis.parts(after), analysis.parts(back))
            analysis.inverse(back, None, grad_x[piece], space)
        of_bias = grad.sum(dim=(0, 2)) if ctx.needs_input_grad[1] else None
        return grad_x, of_bias, None, None, None, *of_matrices


def _multiply(matrices: Sequence[Tensor], parts: Sequence[Tensor], out: Sequence[Tensor]) -> None:
    """Write the parts of each sector times its matrices to ``out``."""
    for matrix, part, product in zip(matrices, parts, out, strict=True):
        torch.bmm(matrix, _stacked(part, len(matrix)), out=_stacked(product, len(matrix)))


def _stacked(part: Float[Tensor, "irreps size m p"], blocks: int) -> Float[Tensor, "blocks n p"]:
    """Parts with one axis for what is multiplied by each matrix."""
    return part.view(blocks, -1, part.shape[-1])


def _pieces(x: Float[Tensor, "n c p"]) -> Iterator[tuple[slice, slice, slice]]:
    """Slices of images and places that together are all of x."""
    n, channels, p = x.shape
    piece = PIECE if x.device.type == "cpu" else x.numel()
    images = max(1, piece // (channels * p))
    places = p if channels * p <= piece else max(1, piece // channels)
    for first in range(0, n, images):
        for start in range(0, p, places):
            yield slice(first, first + images), slice(None), slice(start, start + places)
