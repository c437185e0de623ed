"""A trained network as plain torch modules of the same outputs, to run and to export anywhere.

Filters are computed once, and batch normalisation goes into the convolution before it. What is plain already, and any
module that is not of this package, stays as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from functools import partial, singledispatch
from itertools import chain

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lensym.symmetry.conv import FieldConv
from lensym.symmetry.dropout import FieldDropout
from lensym.symmetry.field import FieldType
from lensym.symmetry.module import FieldSequential
from lensym.symmetry.nonlinearity import PointwiseNonlinearity
from lensym.symmetry.norm import FieldBatchNorm
from lensym.symmetry.pointwise import PointwiseConv
from lensym.symmetry.pool import AntialiasedPool, GroupPool, SpatialPool
from lensym.symmetry.steerable import DepthwiseSteerableConv, SteerableConv

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "leaky_relu": partial(nn.LeakyReLU, 0.1),
    "tanh": nn.Tanh,
}
"""torch's module for each function of PointwiseNonlinearity."""


def fold(module: nn.Module) -> nn.Module:
    """Return a plain copy of the module for inference.

    Convolutions become :class:`torch.nn.Conv2d`, chains :class:`torch.nn.Sequential`; batch normalisation and dropout
    are as in evaluation. Layers of one's own stay, with their parts folded, also where they are subclasses of what
    would be replaced and compute something else. Sizes that would break the symmetry are no
    longer refused.

    Examples
    --------
    >>> from lensym.symmetry import FieldSequential, LiftingConv, cyclic, regular_type, trivial_type
    >>> image, fields = trivial_type(cyclic(4), 1), regular_type(cyclic(4), 2)
    >>> fold(FieldSequential(LiftingConv(image, fields, 3), FieldBatchNorm(fields), PointwiseNonlinearity(fields)))
    Sequential(
      (0): Conv2d(1, 8, kernel_size=(3, 3), stride=(1, 1))
      (1): ReLU()
    )
    """
    with torch.no_grad():
        return folded(copy.deepcopy(module).eval()).eval()


def folded(module: nn.Module) -> nn.Module:
    """The plain module of the same outputs; a subclass that computes something else stays, with its parts folded."""
    known = next(cls for cls in type(module).__mro__ if cls in plain.registry)
    if getattr(known, "forward", None) is type(module).forward:
        return plain(module)
    return with_folded_parts(module)


def with_folded_parts(module: nn.Module) -> nn.Module:
    """The module itself, its parts folded."""
    for name, child in module.named_children():
        setattr(module, name, folded(child))
    return module


@singledispatch
def plain(module: nn.Module) -> nn.Module:
    """The plain module of the same outputs; register a function for a layer of one's own."""
    return with_folded_parts(module)


@plain.register
def _(module: FieldSequential) -> nn.Module:
    return nn.Sequential(*fused(map(folded, module.layers)))


@plain.register
def _(module: nn.Sequential) -> nn.Module:
    return nn.Sequential(*fused(map(folded, module)))


@plain.register
def _(module: nn.ModuleList) -> nn.Module:
    return nn.ModuleList(map(folded, module))


@plain.register
def _(module: FieldConv) -> nn.Module:
    bias = None if module.bias is None else module.bias.repeat_interleave(module.out_type.fields[0].size)
    groups = module.in_type.size if module.depthwise else 1
    return convolution(module.filters, bias, module.stride, module.padding, groups)


@plain.register
def _(module: SteerableConv) -> nn.Module:
    bias = None if module.bias is None else module.bias()
    return convolution(module.filters, bias, module.stride, module.padding)


@plain.register
def _(module: PointwiseConv) -> nn.Module:
    return convolution(module.filters, None if module.bias is None else module.bias())


@plain.register
def _(module: DepthwiseSteerableConv) -> nn.Module:
    bias = None if module.bias is None else module.bias()
    parts: list[nn.Module] = []
    for run, filters in zip(module.in_type.runs, module.filters, strict=True):
        own = None if bias is None else bias[run.channels]
        parts.append(convolution(filters, own, module.stride, module.padding, len(filters) // filters.shape[1]))
    return side_by_side(module.in_type, parts)


@plain.register
def _(module: FieldBatchNorm) -> nn.Module:
    scale, shift = module.affine()
    norm = nn.BatchNorm2d(len(scale), eps=0.0).to(scale).eval()
    norm.weight.copy_(scale)
    norm.bias.copy_(shift)
    return norm


@plain.register
def _(module: PointwiseNonlinearity) -> nn.Module:
    return ACTIVATIONS[module.function]()


@plain.register
def _(module: FieldDropout) -> nn.Module:
    return nn.Identity()


@plain.register
def _(module: AntialiasedPool) -> nn.Module:
    channels = module.in_type.size
    blur = convolution(module.blur.expand(channels, 1, -1, -1), None, module.stride, groups=channels)
    return nn.Sequential(nn.ReplicationPad2d(module.padding), blur) if module.padding else blur


@plain.register
def _(module: GroupPool) -> nn.Module:
    sizes = [run.representation.size for run in module.in_type.runs]
    return side_by_side(module.in_type, [ChannelPool(size, module.reduction) for size in sizes])


@plain.register
def _(module: SpatialPool) -> nn.Module:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


def side_by_side(fields: FieldType, parts: Sequence[nn.Module]) -> nn.Module:
    """One module for each run of fields; that module itself where there is but one."""
    return parts[0] if len(parts) == 1 else SideBySide([run.channels for run in fields.runs], parts)


class SideBySide(nn.Module):
    """Modules that each see some of the channels."""

    def __init__(self, channels: list[slice], parts: Sequence[nn.Module]) -> None:
        super().__init__()
        self.channels = channels
        self.parts = nn.ModuleList(parts)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d h2 w2"]:
        """Their outputs, one after the other."""
        return torch.cat(
            [part(x[:, channels]) for channels, part in zip(self.channels, self.parts, strict=True)], dim=1
        )


class ChannelPool(nn.Module):
    """The largest or the mean of every ``size`` channels."""

    def __init__(self, size: int, reduction: str) -> None:
        super().__init__()
        self.size, self.reduction = size, reduction

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d h w"]:
        """One channel for each."""
        fields = x.reshape(x.shape[0], x.shape[1] // self.size, self.size, *x.shape[2:])
        return fields.amax(dim=2) if self.reduction == "max" else fields.mean(dim=2)


def convolution(
    filters: Float[Tensor, "o i k k"],
    bias: Float[Tensor, " o"] | None,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
) -> nn.Conv2d:
    """A plain convolution of these filters."""
    outputs, inputs, kernel, _ = filters.shape
    conv = nn.Conv2d(inputs * groups, outputs, kernel, stride, padding, groups=groups, bias=bias is not None)
    conv = conv.to(filters).eval()
    conv.weight.copy_(filters)
    if bias is not None and conv.bias is not None:
        conv.bias.copy_(bias)
    return conv


def fused(modules: Iterable[nn.Module]) -> list[nn.Module]:
    """The modules without chains inside, and with batch normalisations in the convolutions before them."""
    flat = chain.from_iterable(module if type(module) is nn.Sequential else [module] for module in modules)
    found: list[nn.Module] = []
    for module in flat:
        before = found[-1] if found else None
        # a subclass of torch's modules may do more than they do
        if type(module) is nn.BatchNorm2d and module.track_running_stats and type(before) is nn.Conv2d:
            found[-1] = fuse_conv_bn_eval(before, module)
        elif not isinstance(module, nn.Identity):
            found.append(module)
    return found
