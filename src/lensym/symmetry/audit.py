"""Which features of a network are rotations of each other, whether it was built so or has learned it.

In an ordinary network nothing says that a filter and its rotated copy are both there, and still many are
(Olah et al. 2020, Naturally occurring equivariance in neural networks, doi:10.23915/distill.00024.004). Here each layer
is asked: if the image is moved, which of its channels answers as another one did, moved?
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.errors import InputError
from lensym.symmetry.module import FieldLayer
from lensym.symmetry.plane import PlaneGroup


@dataclass(frozen=True)
class LayerEquivariance:
    """How far the channels of one layer are moved copies of each other.

    Parameters
    ----------
    layer
        Name of the layer in the module; the second call of a layer ends with ``#2``.
    kind
        Name of its class.
    channels
        Number of channels that are not constant.
    similarity
        For each element g: the correlation between channels of f(g x) and channels of g f(x), of the assignment of one
        to the other that makes their mean largest, averaged over the channels. 1 where the layer is equivariant.
    chance
        The same with the features of different images compared: what the assignment finds without any relation.
    """

    layer: str
    kind: str
    channels: int
    similarity: dict[str, float]
    chance: dict[str, float]


@dataclass
class _Layer:
    """What has been found of a layer so far."""

    kind: str
    reference: Tensor
    similarity: dict[str, float] = field(default_factory=dict)
    chance: dict[str, float] = field(default_factory=dict)


def layer_audit(
    module: nn.Module, images: Float[Tensor, "n c h w"], group: PlaneGroup
) -> tuple[LayerEquivariance, ...]:
    """Compare the feature maps of every layer for images and moved images, for each element of the group on the grid.

    A copy of the module is asked, in evaluation mode. Layers whose output is no feature map are left out, and so are
    those whose maps do not turn with the image, such as maps in polar coordinates.

    Parameters
    ----------
    module
        Any module that takes images (N, C, H, W).
    images
        Two images at least; some tens make a stable figure.
    group
        Any group of the plane.

    Examples
    --------
    >>> from lensym.symmetry import LiftingConv, cyclic, regular_type, trivial_type
    >>> c4 = cyclic(4)
    >>> conv = LiftingConv(trivial_type(c4, 1), regular_type(c4, 2), 3)
    >>> [layer] = layer_audit(conv, torch.randn(4, 1, 9, 9, generator=torch.Generator().manual_seed(0)), c4)
    >>> round(layer.similarity["r"], 4), layer.chance["r"] < 0.5
    (1.0, True)
    """
    if len(images) < 2:
        raise InputError("at least two images (N, C, H, W)", str(tuple(images.shape)), "give more images")
    frozen = copy.deepcopy(module).eval()
    images = images.to(next((p for p in frozen.parameters()), images))
    layers: dict[str, _Layer] = {}
    for g in group.grid_elements:
        moved = _feature_maps(frozen, group.transform(images, g))
        if not layers:
            layers = {name: _Layer(kind, maps) for name, (kind, maps) in moved.items()}
        for name in [name for name in layers if not _compare(layers[name], moved[name][1], group, g)]:
            del layers[name]
    return tuple(_summary(name, layer) for name, layer in layers.items())


def _feature_maps(module: nn.Module, images: Tensor) -> Mapping[str, tuple[str, Tensor]]:
    """Class and output of each layer that gives feature maps, in the order of computing."""
    found: dict[str, tuple[str, Tensor]] = {}

    def record(name: str, layer: nn.Module, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and len(output) == len(images):
            calls = sum(key.partition("#")[0] == name for key in found)
            found[f"{name}#{calls + 1}" if calls else name] = (type(layer).__name__, output)

    hooks = [
        layer.register_forward_hook(lambda layer, _, output, name=name: record(name, layer, output))
        for name, layer in _layers(module)
    ]
    with torch.no_grad():
        module(images)
    for hook in hooks:
        hook.remove()
    return found


def _layers(module: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The layers inside a module: those that have no modules inside, or keep them to themselves."""
    children = [] if isinstance(module, FieldLayer) else list(module.named_children())
    if not children:
        yield name or type(module).__name__, module
    for child_name, child in children:
        yield from _layers(child, f"{name}.{child_name}" if name else child_name)


def _compare(layer: _Layer, maps: Tensor, group: PlaneGroup, g: object) -> bool:
    """Add what the maps of the moved images say; False where they are not even of the shape of moved maps."""
    expected = group.transform(layer.reference, g)
    if expected.shape != maps.shape:
        return False
    label = group.label(g)
    layer.similarity[label] = best_correlation(maps, expected)
    layer.chance[label] = best_correlation(maps, expected.roll(1, dims=0))
    return True


def best_correlation(first: Float[Tensor, "n c h w"], second: Float[Tensor, "n c h w"]) -> float:
    """Mean correlation of the channels of ``first`` with those of ``second`` that suit them best, one to one.

    Channels that are constant in both are left out; without any others the result is not a number.
    """
    from scipy.optimize import linear_sum_assignment  # late: it takes longer than all of symmetry

    a, b = _standardised(first), _standardised(second)
    correlation = (a @ b.T / a.shape[1]).cpu().numpy()
    alive = min(int((a != 0).any(1).sum()), int((b != 0).any(1).sum()))
    rows, columns = linear_sum_assignment(correlation, maximize=True)
    return float(correlation[rows, columns].sum() / alive) if alive else float("nan")


def _standardised(maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "c p"]:
    """Each channel over all images and places, of mean 0 and variance 1; zero where it is constant."""
    values = maps.transpose(0, 1).flatten(1).double()
    centred = values - values.mean(dim=1, keepdim=True)
    spread = centred.square().mean(dim=1, keepdim=True).sqrt()
    constant = spread <= torch.finfo(torch.float32).eps * values.abs().amax(dim=1, keepdim=True)
    return torch.where(constant, 0.0, centred / spread.clamp_min(torch.finfo(torch.float64).tiny))


def _summary(name: str, layer: _Layer) -> LayerEquivariance:
    alive = int((_standardised(layer.reference) != 0).any(1).sum())
    return LayerEquivariance(name, layer.kind, alive, layer.similarity, layer.chance)
