"""Channels of a layer that are moved copies of one another, shown by their answers to one image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from lensym.symmetry.audit import LayerEquivariance
from lensym.symmetry.features import FeatureFunction, features_of
from lensym.symmetry.group import Group
from lensym.symmetry.matching import Match

LAYERS, CHANNELS = 3, 3
"""Layers shown, and channels of each."""

LEAST_SIZE = 8
"""Pixels a side of maps on which anything can be seen."""


@dataclass(frozen=True)
class Orbits:
    """Some channels of one layer and, for each element of the group, what answers as they do.

    Parameters
    ----------
    layer
        Its name.
    channels
        The channels (R,).
    partners, correlation
        For each channel and element (R, G): the channel that answers to the moved image as this one does to the image,
        and the correlation of their answers over all images and places.
    maps
        Those answers to one image, moved back (R, G, H, W): alike, where a channel and its partner are moved copies.
    """

    layer: str
    channels: NDArray[np.int64]
    partners: NDArray[np.int64]
    correlation: NDArray[np.float64]
    maps: Float[np.ndarray, "r g h w"]


def find_orbits(
    network: nn.Module | FeatureFunction,
    layers: Sequence[LayerEquivariance],
    images: Float[Tensor, "n c h w"],
    group: Group,
) -> tuple[Orbits, ...]:
    """Orbits of the most telling channels of a few convolutions, by their answers to the first image."""
    features = features_of(network) if isinstance(network, nn.Module) else network
    moved = [features(group.transform(images, g)) for g in group.elements]
    sizes = {name: layer.maps.shape[-2:] for name, layer in moved[0].items()}
    return tuple(
        _orbits(layer, [answers[layer.layer].maps[0] for answers in moved], group) for layer in _shown(layers, sizes)
    )


def _shown(layers: Sequence[LayerEquivariance], sizes: dict[str, torch.Size]) -> list[LayerEquivariance]:
    """The first, some in between and the last convolution with maps large enough to look at."""
    fit = [layer for layer in layers if layer.channels > 1 and min(sizes[layer.layer]) >= LEAST_SIZE]
    found = [layer for layer in fit if "Conv" in layer.kind] or fit
    places = np.linspace(0, len(found) - 1, min(LAYERS, len(found)))
    return [found[int(place)] for place in np.rint(places)]


def _orbits(layer: LayerEquivariance, answers: Sequence[Tensor], group: Group) -> Orbits:
    matches = [layer.matches[group.label(g)] for g in group.elements]
    partners = np.stack([match.partner for match in matches], axis=1)
    correlation = np.stack([match.correlation for match in matches], axis=1)
    channels = _telling(matches)
    back = [group.transform(maps, group.inverse(g)) for maps, g in zip(answers, group.elements, strict=True)]
    maps = torch.stack([maps[torch.from_numpy(partners[channels, k])] for k, maps in enumerate(back)], dim=1)
    return Orbits(layer.layer, channels, partners[channels], correlation[channels], maps.cpu().numpy())


def _telling(matches: Sequence[Match]) -> NDArray[np.int64]:
    """Channels that change most under the group and are yet answered by others, each of an orbit of its own."""
    gain = np.mean([match.correlation * (match.correlation - np.abs(match.own)) for match in matches], axis=0)
    partners = np.stack([match.partner for match in matches], axis=1)
    chosen: list[int] = []
    for channel in np.argsort(-gain):
        if len(chosen) < CHANNELS and not np.isin(partners[channel], partners[chosen]).any():
            chosen.append(int(channel))
    return np.array(chosen)
