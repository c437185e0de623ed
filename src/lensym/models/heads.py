"""Heads that answer other questions than the class: a number or an axis, each with its variance."""

from __future__ import annotations

from torch import nn

from lensym.errors import UsageError
from lensym.models.classifier import AxisHead, Classifier
from lensym.models.normalise import USUAL, Brightness
from lensym.models.registry import available, create, entry

CLASSIFY, REGRESS, ANOMALY = "classify", "regress", "anomaly"
TASKS = (CLASSIFY, REGRESS, ANOMALY)
"""What a network can be trained for."""

NUMBER_OUTPUTS, AXIS_OUTPUTS = 2, 3
"""Mean and logarithm of the variance; cos 2 phi, sin 2 phi and the logarithm of the variance of each of them."""


def create_regressor(
    name: str,
    image_size: int,
    channels: int,
    axis: bool,
    width: float = 1.0,
    brightness: Brightness = USUAL,
) -> Classifier:
    """A network with random weights for a number, outputs (N, 2), or for an axis, outputs (N, 3).

    An axis turns with the image: the network's encoder has vectors that do, or no symmetry at all.

    Raises
    ------
    UsageError
        If an axis is asked of a network that has only invariant features.
    """
    network = create(name, image_size, channels, NUMBER_OUTPUTS, width, brightness)
    if axis:
        network.head = _axis_head(network, name)
    return network


def _axis_head(network: Classifier, name: str) -> nn.Module:
    if network.vector_count:
        return AxisHead(network.feature_count, network.vector_count)
    if entry(name).group == "C1":
        return nn.Linear(network.feature_count, AXIS_OUTPUTS)
    turning = [other for other in available() if entry(other).group == "C1"]
    raise UsageError(
        "a network with features that turn with the image, for an angle",
        f"'{name}', whose features are all invariant under {entry(name).group}",
        f"choose lensnet, which turns exactly, or one without symmetry: {', '.join(turning)}",
    )
