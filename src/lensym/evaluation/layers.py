"""What each layer of a network knows of rotations and reflections: rows for a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from lensym.errors import UsageError
from lensym.evaluation.orbits import Orbits, find_orbits
from lensym.symmetry.audit import LayerCurve, LayerEquivariance, layer_audit, layer_curves
from lensym.symmetry.features import FeatureFunction
from lensym.symmetry.group import dihedral

Network = nn.Module | FeatureFunction

ANGLES: tuple[float, ...] = tuple(22.5 * k for k in range(1, 9))
"""Angles of the curves in degrees."""


@dataclass(frozen=True)
class LayerRow:
    """One layer: mean correlation over the turns and over the reflections, and what they are to be compared with.

    Parameters
    ----------
    layer, kind, channels
        Its name, its class, and its channels that are not constant.
    turns, reflections
        Mean correlation of features of moved images with moved features, of the channels that match best.
    own
        The mean over turns of each channel with itself: what no other channel has to stand in for.
    chance
        That of the best-matching channels between different images.
    shuffled
        The mean over turns where the filters' pixels are in random order; not a number if that was not asked.
    """

    layer: str
    kind: str
    channels: int
    turns: float
    reflections: float
    own: float
    chance: float
    shuffled: float


@dataclass(frozen=True)
class LayersAudit:
    """What a network's layers know of D4 and of the angle, and some channels that are copies of one another."""

    name: str
    rows: tuple[LayerRow, ...]
    curves: dict[str, LayerCurve]
    orbits: tuple[Orbits, ...]


def audit_layers(
    network: Network,
    images: Float[Tensor, "n c h w"],
    name: str = "network",
    control: Network | None = None,
    angles: Sequence[float] = ANGLES,
) -> LayersAudit:
    """Audit every layer under the elements of D4 and over the angle (degrees).

    Parameters
    ----------
    network
        Any module that takes images (N, C, H, W), or a function that gives the maps of its layers.
    images
        Square images; some tens make a stable figure.
    name
        What to call it.
    control
        The network with the pixels of its filters shuffled (:func:`~lensym.symmetry.probe.shuffled`).

    Raises
    ------
    UsageError
        If no layer gives maps that turn with the image.
    """
    group = dihedral(4)
    layers = layer_audit(network, images, group)
    if not layers:
        raise UsageError(
            "a network with feature maps on the pixel grid, to compare its layers",
            f"'{name}'",
            "audit another model, or only its answers",
        )
    beside = {} if control is None else {layer.layer: layer for layer in layer_audit(control, images, group)}
    rows = tuple(_row(layer, beside) for layer in layers)
    return LayersAudit(
        name, rows, layer_curves(network, images, angles), find_orbits(network, layers, images[:2], group)
    )


def _row(layer: LayerEquivariance, beside: Mapping[str, LayerEquivariance]) -> LayerRow:
    """The layer's row; the identity, which is 1 for every layer, is left out of the means."""
    control = beside.get(layer.layer)
    return LayerRow(
        layer.layer,
        layer.kind,
        layer.channels,
        _mean(layer.similarity, reflected=False),
        _mean(layer.similarity, reflected=True),
        _mean({name: match.own_mean for name, match in layer.matches.items()}, reflected=False),
        float(np.mean([value for name, value in layer.chance.items() if name != "e"])),
        _mean(control.similarity, reflected=False) if control else float("nan"),
    )


def _mean(values: Mapping[str, float], reflected: bool) -> float:
    """Mean over the elements with a reflection, or over those without but the identity."""
    return float(np.mean([v for name, v in values.items() if name != "e" and ("s" in name) == reflected]))
