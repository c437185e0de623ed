"""The feature maps inside a network: what each layer gives for some images."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.symmetry.module import FieldLayer


@dataclass(frozen=True)
class FeatureMaps:
    """What one layer gives, and the name of its class."""

    kind: str
    maps: Float[Tensor, "n c h w"]


FeatureFunction = Callable[[Tensor], Mapping[str, FeatureMaps]]
"""From images (N, C, H, W) to the maps of each layer by its name, in the order of computing."""


def features_of(module: nn.Module) -> FeatureFunction:
    """The function that gives the feature maps of every layer of a copy of the module, in evaluation mode.

    Layers are the modules that have no modules inside, and those of this package. The second call of a layer ends with
    ``#2``; a layer whose output is no feature map is left out.

    Examples
    --------
    >>> features = features_of(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU()))(torch.zeros(2, 1, 8, 8))
    >>> {name: (layer.kind, tuple(layer.maps.shape)) for name, layer in features.items()}
    {'0': ('Conv2d', (2, 4, 6, 6)), '1': ('ReLU', (2, 4, 6, 6))}
    """
    frozen = copy.deepcopy(module).eval()

    def features(images: Tensor) -> dict[str, FeatureMaps]:
        return _record(frozen, images.to(next(frozen.parameters(), images)))

    return features


def _record(module: nn.Module, images: Tensor) -> dict[str, FeatureMaps]:
    found: dict[str, FeatureMaps] = {}

    def record(name: str, layer: nn.Module, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and len(output) == len(images):
            calls = sum(key.partition("#")[0] == name for key in found)
            # an activation in place would write over what is kept
            found[f"{name}#{calls + 1}" if calls else name] = FeatureMaps(type(layer).__name__, output.clone())

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
