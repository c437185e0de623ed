"""p4cnn and p4mcnn: group-equivariant convolutional networks for the square's symmetries.

Cohen & Welling 2016 (arXiv:1602.07576). A lifting convolution takes the image to orientations, group convolutions
follow, and the largest value over the group (coset pooling) makes the features invariant. As in the paper every
feature of the group has one bias and one scale of its batch normalisation. p4cnn is their network for rotated digits:
seven layers of 3 px filters with 10 features in each of the four orientations, the cost of a plain network of 20 times
sqrt(4) channels. p4mcnn has reflections too and 20 / sqrt(8), that is 7 features, as the paper scales them.

Other than there: all convolutions are padded; the one pooling behind the second layer becomes as many blurred
halvings as the image's size asks for; and instead of a last filter as large as the map, the mean and the maximum over
the plane feed a linear layer, since a filter there would see how the map is turned.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from lensym.models.blocks import Halving, activated, halvings, mean_and_maximum
from lensym.models.classifier import Classifier
from lensym.models.registry import register
from lensym.models.width import scaled
from lensym.symmetry import (
    FieldDropout,
    FieldModule,
    FieldSequential,
    Group,
    GroupConv,
    GroupPool,
    LiftingConv,
    cyclic,
    dihedral,
    regular_type,
    trivial_type,
)

KERNEL = 3
LAYERS = 7
DROPOUT = 0.1
FINAL_SIZE = 14
"""Largest size of the last map in pixels."""
HALVED_AFTER = (2, 4, 6, 1, 3, 5)
"""Layers behind which the map is halved, in the order in which larger images call for them; the paper's is 2."""


class GroupCNN(Classifier):
    """See the module's description."""

    def __init__(self, image_size: int, channels: int, classes: int, group: Group, fields: int) -> None:
        super().__init__(image_size, channels, classes, features=2 * fields)
        halved = HALVED_AFTER[: halvings(image_size, FINAL_SIZE)]
        hidden = regular_type(group, fields)
        # the normalisation behind each convolution has its bias
        lifting = LiftingConv(trivial_type(group, channels), hidden, KERNEL, padding=KERNEL // 2, bias=False)
        layers: list[FieldModule] = [activated(lifting)]
        for layer in range(1, LAYERS):
            if layer in halved:
                layers.append(Halving(hidden))
            conv = GroupConv(hidden, hidden, KERNEL, padding=KERNEL // 2, bias=False)
            layers += [FieldDropout(hidden, DROPOUT), activated(conv)]
        self.body = FieldSequential(*layers, GroupPool(hidden))

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Mean and maximum over the plane of what is largest over the group, (N, 2 fields)."""
        x = self.brightness(images).contiguous(memory_format=torch.channels_last)
        return mean_and_maximum(self.body(x))


@register("p4cnn", group="C4", exact=True, reference="Cohen & Welling 2016, arXiv:1602.07576")
def p4cnn(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The network of the paper's rotated digits."""
    (fields,) = scaled((10,), width)
    return GroupCNN(image_size, channels, classes, cyclic(4), fields)


@register("p4mcnn", group="D4", exact=True, reference="Cohen & Welling 2016, arXiv:1602.07576")
def p4mcnn(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The same with reflections."""
    (fields,) = scaled((7,), width)
    return GroupCNN(image_size, channels, classes, dihedral(4), fields)
