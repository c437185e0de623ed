"""Which features of a network are rotations of each other, whether it was built so or has learned it.

In an ordinary network nothing says that a filter and its rotated copy are both there, and still many are
(Olah et al. 2020, Naturally occurring equivariance in neural networks, doi:10.23915/distill.00024.004). Here each layer
is asked: if the image is moved, which of its channels answers as another one did, moved?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.errors import InputError
from lensym.symmetry.features import FeatureFunction, FeatureMaps, features_of
from lensym.symmetry.matching import Match, best_match, standardised
from lensym.symmetry.plane import Isometry, PlaneGroup
from lensym.symmetry.smooth import DISC, disc, interpolate

OBLIQUE = 45.0
"""Degrees between two quarter turns."""

LEAST_SIZE = 4
"""Pixels a side of the smallest maps that are compared over the angle."""


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
    matches
        For each element g, for each channel of g f(x): the channel of f(g x) that answers as it does. One is assigned
        to each such that their mean correlation is largest.
    chance
        Mean correlation with the features of different images compared: what the assignment finds without any relation.
    """

    layer: str
    kind: str
    channels: int
    matches: dict[str, Match]
    chance: dict[str, float]

    @property
    def similarity(self) -> dict[str, float]:
        """For each element the mean correlation over the channels; 1 where the layer is equivariant."""
        return {label: match.mean for label, match in self.matches.items()}


@dataclass(frozen=True)
class LayerCurve:
    """How far one layer's channels are rotated copies of each other, over the angle.

    Parameters
    ----------
    similarity
        For each angle in degrees the mean correlation, of the assignment that makes it largest.
    floor
        The same for images, and maps, turned by 45 degrees and back, each channel compared with itself: no rotation is
        left in them, only what interpolation costs where it costs most.
    """

    similarity: dict[float, float]
    floor: float


@dataclass
class _Layer:
    """What has been found of a layer so far."""

    reference: FeatureMaps
    matches: dict[str, Match] = field(default_factory=dict)
    chance: dict[str, float] = field(default_factory=dict)


def layer_audit(
    network: nn.Module | FeatureFunction, images: Float[Tensor, "n c h w"], group: PlaneGroup
) -> tuple[LayerEquivariance, ...]:
    """Compare the feature maps of every layer for images and moved images, for each element of the group on the grid.

    A copy of a module is asked, in evaluation mode. Layers whose output is no feature map of several pixels are left
    out, and so are those whose maps do not turn with the image, such as maps in polar coordinates.

    Parameters
    ----------
    network
        Any module that takes images (N, C, H, W), or a function that gives the maps of its layers.
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
    features = _checked(network, images)
    layers: dict[str, _Layer] = {}
    for g in group.grid_elements:
        moved = features(group.transform(images, g))
        if not layers:
            layers = {name: _Layer(maps) for name, maps in moved.items() if max(maps.maps.shape[-2:]) > 1}
        for name in [name for name in layers if not _compare(layers[name], moved[name].maps, group, g)]:
            del layers[name]
    return tuple(_summary(name, layer) for name, layer in layers.items())


def _checked(network: nn.Module | FeatureFunction, images: Tensor) -> FeatureFunction:
    if len(images) < 2:
        raise InputError("at least two images (N, C, H, W)", str(tuple(images.shape)), "give more images")
    return features_of(network) if isinstance(network, nn.Module) else network


def _compare(layer: _Layer, maps: Tensor, group: PlaneGroup, g: object) -> bool:
    """Add what the maps of the moved images say; False where they are not even of the shape of moved maps."""
    expected = group.transform(layer.reference.maps, g)
    if expected.shape != maps.shape:
        return False
    label, first, second = group.label(g), standardised(maps), standardised(expected)
    layer.matches[label] = best_match(first, second)
    layer.chance[label] = best_match(first, second.roll(1, dims=1)).mean
    return True


def _summary(name: str, layer: _Layer) -> LayerEquivariance:
    alive = next(iter(layer.matches.values())).channels  # the identity's: all that are not constant
    return LayerEquivariance(name, layer.reference.kind, alive, layer.matches, layer.chance)


def layer_curves(
    network: nn.Module | FeatureFunction, images: Float[Tensor, "n c h w"], angles: Sequence[float]
) -> dict[str, LayerCurve]:
    """The same over the angle: maps of turned images beside turned maps, both inside a disc.

    Images and maps are turned by bicubic interpolation. Outside the largest disc that fits, all images hold their mean,
    because a rotation brings in corners that nobody observed.

    Parameters
    ----------
    network, images
        As for :func:`layer_audit`; square images.
    angles
        Degrees, from +x towards +y.

    Examples
    --------
    >>> images = torch.randn(4, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    >>> curve = layer_curves(nn.Sequential(nn.AvgPool2d(4, 1)), images, [45.0])["0"]
    >>> curve.similarity[45.0] > 0.9  # the mean over a square is nearly that over the turned square
    True
    """
    features = _checked(network, images)
    reference = _discs(features(_turned(images, 0)))
    back = features(_turned(_turned(images, OBLIQUE), -OBLIQUE))
    curves = {
        name: LayerCurve({}, _match(back[name], _turned(_turned(maps, OBLIQUE), -OBLIQUE)).own_mean)
        for name, maps in reference.items()
    }
    for angle in angles:
        moved = features(_turned(images, angle))
        for name, maps in reference.items():
            curves[name].similarity[angle] = _match(moved[name], _turned(maps, angle)).mean
    return curves


def _discs(features: Mapping[str, FeatureMaps]) -> dict[str, Tensor]:
    """The maps that can be compared inside a disc: square ones of a few pixels at least."""
    shapes = {name: layer.maps.shape[-2:] for name, layer in features.items()}
    return {name: features[name].maps for name, (h, w) in shapes.items() if h == w >= LEAST_SIZE}


def _match(first: FeatureMaps, second: Tensor) -> Match:
    return best_match(_inside(first.maps), _inside(second))


def _turned(maps: Float[Tensor, "n c h w"], angle: float) -> Float[Tensor, "n c h w"]:
    """Maps turned by an angle, each with its mean outside the disc."""
    inside = disc(maps.shape[-1], 1.0)
    mean = maps[..., inside].mean(-1)[..., None, None]
    moved = interpolate(maps - mean, Isometry(Fraction(angle) % 360, False))
    return torch.where(inside.to(maps.device), moved, 0.0) + mean


def _inside(maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "c n p"]:
    """The values inside the disc where maps are compared, standardised."""
    return standardised(maps[..., disc(maps.shape[-1], DISC)])
