"""red_nn: which class, and how it is turned, from oriented responses that are turned back.

Rodriguez Salas, Dokladal & Dokladalova 2019 (RED-NN, hal-02170933). One steerable filter bank answers in N
orientations, and the k-th answer is turned back by k / N of a turn, so that turning the image only permutes the
answers, cyclically. A predictor that all orientations share looks at each with its neighbours and gives N x classes
numbers: the largest one says the class and, by its orientation, how the image is turned.

Exactly invariant under C4, since N is divisible by four; by multiples of 360 / N degrees up to interpolation.

Other than there: the filter bank is learned, band-limited (circular harmonics) instead of Gabor filters, the predictor
sees three neighbouring orientations instead of all, and the features are those of the orientation that wins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lensym.errors import SymmetryError
from lensym.models.bilinear import bilinear_points
from lensym.models.blocks import Halving, activated, halvings
from lensym.models.classifier import Classifier
from lensym.models.registry import register
from lensym.models.width import scaled
from lensym.symmetry import FieldSequential, SteerableConv, cyclic, regular_type, trivial_type
from lensym.symmetry.mask import disc

ORIENTATIONS = 16
FILTER = 9
"""Pixels a side of the oriented filters."""
TURNED_SIZE = 40
"""Largest size in pixels of the maps that are turned back."""
GRID = 4
"""Pixels a side of the map of each orientation that the dense layer sees."""


class TurnBack(nn.Module):
    """Turn the k-th of N maps by -k / N of a turn about the centre, in the sense from +x towards +y, within a disc.

    Parameters
    ----------
    size
        Pixels a side.
    orientations
        N, divisible by 4, so that what a quarter turn permutes is interpolated alike.
    """

    index: Tensor
    weight: Tensor

    def __init__(self, size: int, orientations: int) -> None:
        super().__init__()
        if orientations % 4:
            below = orientations // 4 * 4
            raise SymmetryError(
                "a number of orientations divisible by 4", str(orientations), f"use {below or 4} or {below + 4}"
            )
        self.size, self.orientations = size, orientations
        y, x = np.indices((size, size)) - (size - 1) / 2
        angles = np.arange(orientations)[:, None, None] * 2 * math.pi / orientations
        c, s = np.cos(angles), np.sin(angles)
        index, weight = bilinear_points(size, c * x - s * y, s * x + c * y)
        inside = disc(size, size).numpy().ravel()
        self.register_buffer("index", torch.from_numpy(index.reshape(4, orientations, -1)), persistent=False)
        weight = weight.reshape(4, orientations, -1) * inside
        self.register_buffer("weight", torch.from_numpy(weight), persistent=False)

    @property
    def flop(self) -> int:
        """Operations for one field of one image: four multiply-adds a pixel of every orientation."""
        return 8 * self.orientations * self.size**2

    def forward(self, maps: Float[Tensor, "n f o s s"]) -> Float[Tensor, "n f o s s"]:
        """The maps, each turned back."""
        flat = maps.flatten(3)
        parts = [
            flat.gather(3, index.expand_as(flat)) * weight
            for index, weight in zip(self.index, self.weight.to(maps.dtype), strict=True)
        ]
        return torch.stack(parts).sum(dim=0).view_as(maps)


class Predictor(nn.Module):
    """The shared predictor: maps of one orientation and its two neighbours to a vector.

    It sees each map as it lies, not only what is somewhere in it: turned back, the maps have a common orientation.
    """

    def __init__(self, fields: int, widths: Sequence[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        *maps, hidden = widths
        for before, width in zip([3 * fields, *maps], maps, strict=False):
            layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            layers += [nn.AvgPool2d(2, ceil_mode=True)]
        layers += [nn.AdaptiveAvgPool2d(GRID), nn.Flatten(), nn.Linear(maps[-1] * GRID**2, hidden), nn.ReLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, maps: Float[Tensor, "n f o s s"]) -> Float[Tensor, "n o d"]:
        """A vector for each orientation."""
        n, _, orientations = maps.shape[:3]
        neighbours = torch.cat([maps.roll(1, dims=2), maps, maps.roll(-1, dims=2)], dim=1)
        vectors: Tensor = self.layers(neighbours.transpose(1, 2).flatten(0, 1))
        return vectors.view(n, orientations, vectors.shape[1])


class REDNN(Classifier):
    """See the module's description."""

    def __init__(self, image_size: int, channels: int, classes: int, fields: int, widths: Sequence[int]) -> None:
        super().__init__(image_size, channels, classes, features=widths[-1])
        group = cyclic(ORIENTATIONS)
        image, oriented = trivial_type(group, channels), regular_type(group, fields)
        halved = halvings(image_size, TURNED_SIZE)
        bank = activated(SteerableConv(image, oriented, FILTER, padding=FILTER // 2, bias=False))
        self.bank = FieldSequential(bank, *(Halving(oriented) for _ in range(halved)))
        self.turn_back = TurnBack(math.ceil(image_size / 2**halved), ORIENTATIONS)
        self.predictor = Predictor(fields, widths)
        self.fields = fields

    @property
    def resampling_flop(self) -> int:
        """Every field's maps, turned back."""
        return self.turn_back.flop * self.fields

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """The vector (N, widths[-1]) of the orientation that has the largest logit of all."""
        vectors = self.oriented_features(images)
        winner = self.head(vectors).amax(dim=2).argmax(dim=1)
        return vectors[torch.arange(images.shape[0], device=images.device), winner]

    def oriented_features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n o f"]:
        """A vector for each orientation, which turning the image by 360 / N degrees moves to the next."""
        maps = self.bank(self.brightness(images))
        turned = self.turn_back(maps.unflatten(1, (self.fields, ORIENTATIONS)))
        vectors: Tensor = self.predictor(turned)
        return vectors

    def oriented_logits(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n o k"]:
        """Logits of every orientation and class, (N, orientations, classes).

        To learn orientations, train on images whose angles are known, with the right class at that orientation as the
        answer; the paper's upright images, all of orientation 0, were not enough for simulated vortices.
        """
        self.check_shape(images)
        logits: Tensor = self.head(self.oriented_features(images))
        return logits

    def orientation(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, " n"]:
        """Angle in degrees, 0 to 360, from +x towards +y, by which each image is turned from what is upright.

        A network that was trained on classes alone has found an upright of its own, so that its angles are right but
        for a constant; those of a straight string are defined modulo 180.
        """
        winner: Int[Tensor, " n"] = self.oriented_logits(images).amax(dim=2).argmax(dim=1)
        return winner * (360 / ORIENTATIONS)


@register("red_nn", group="C4", exact=True, reference="Rodriguez Salas et al. 2019, hal-02170933")
def red_nn(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The network of sixteen orientations."""
    fields, *widths = scaled((8, 32, 32, 64, 64), width)
    return REDNN(image_size, channels, classes, fields, widths)
