"""egnn: an E(n)-equivariant graph network on the brightest points of the image.

Satorras, Hoogeboom & Welling 2021 (arXiv:2102.09844), equations 3 to 6: messages know the distance of two points and
their features, never where they are; they change the features and move the points along the lines between them. Every
map of the plane onto itself that keeps distances leaves the features as they are. On the cloud that is exact for any
angle; that a turned image gives the turned cloud is exact for D4.

Other than there: the points are pixels, joined within a radius instead of all with all; features are the flux,
logarithmic where it is bright, and its Laplacian; the squared distance enters as log(1 + d^2), and a point moves by
multiples of the difference over sqrt(1 + d^2); messages are summed
in units of the largest number of neighbours. A node at the centre of the image, joined to all points, tells how far
they are from the lens; without it the network is invariant under translations too. Lengths are in units of the
radius, a fraction of the image, since the network does not know how many arcsec a pixel has.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lensym.models.classifier import Classifier
from lensym.models.points import PointCloud, offsets, point_cloud
from lensym.models.registry import register
from lensym.models.width import scaled

POINTS = 256
LAYERS = 4
RADIUS = 1 / 32
"""Distance within which points are joined, in units of the image's size; at least 2 px."""
FIRST_MOVES = 1e-3
"""Gain of the fresh weights that move points, as small as in the authors' program."""


class EquivariantLayer(nn.Module):
    """Messages along edges, which change features and move points.

    Parameters
    ----------
    hidden
        Length of a feature vector.
    neighbours
        Number in whose units messages are summed.
    moves
        Whether points move; the last layer's would not be seen.
    """

    def __init__(self, hidden: int, neighbours: int, moves: bool) -> None:
        super().__init__()
        self.neighbours = neighbours
        # one linear layer of (receiver, sender, distance), the first two parts of which are computed once a point
        self.receiver, self.sender = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden, bias=False)
        self.distance = nn.Linear(1, hidden, bias=False)
        self.message = nn.Sequential(nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU())
        self.update = nn.Sequential(nn.Linear(2 * hidden, hidden), nn.SiLU(), nn.Linear(hidden, hidden))
        self.move = _mover(hidden) if moves else None

    def forward(
        self, features: Float[Tensor, "p h"], place: Float[Tensor, "p 2"], edges: Int[Tensor, "2 e"]
    ) -> tuple[Float[Tensor, "p h"], Float[Tensor, "p 2"]]:
        """Features and places."""
        receiver, sender = edges
        difference = place[receiver] - place[sender]
        square = difference.square().sum(dim=1, keepdim=True)
        known = self.receiver(features)[receiver] + self.sender(features)[sender]
        messages = self.message(known + self.distance(square.log1p()))
        if self.move is not None:
            moves = difference / (1 + square).sqrt() * self.move(messages)
            place = place + torch.zeros_like(place).index_add(0, receiver, moves.to(place.dtype)) / self.neighbours
        received = torch.zeros_like(features).index_add(0, receiver, messages.to(features.dtype)) / self.neighbours
        return features + self.update(torch.cat([features, received], dim=1)), place


def _mover(hidden: int) -> nn.Sequential:
    """From a message to how far it moves its receiver."""
    last = nn.Linear(hidden, 1, bias=False)
    nn.init.xavier_uniform_(last.weight, gain=FIRST_MOVES)
    return nn.Sequential(nn.Linear(hidden, hidden), nn.SiLU(), last)


class EGNN(Classifier):
    """See the module's description.

    Parameters
    ----------
    image_size, channels, classes
        Of the images and the answer.
    hidden
        Length of a point's feature vector.
    centre
        Whether there is a node at the centre of the image.
    """

    shapes_depend_on_values = True

    def __init__(self, image_size: int, channels: int, classes: int, hidden: int, centre: bool = True) -> None:
        super().__init__(image_size, channels, classes, features=(2 + centre) * hidden)
        self.radius = max(2.0, RADIUS * image_size)
        self.embed = nn.Linear(2 * channels, hidden)
        self.centre = nn.Parameter(torch.randn(hidden)) if centre else None
        neighbours = len(offsets(self.radius)[0])
        self.layers = nn.ModuleList(EquivariantLayer(hidden, neighbours, k < LAYERS - 1) for k in range(LAYERS))

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Mean and maximum over the points, and the centre's features."""
        cloud = point_cloud(images, POINTS, self.radius, self.brightness)
        features, place, edges = self._nodes(cloud, len(images))
        for layer in self.layers:
            features, place = layer(features, place, edges)
        points = len(cloud.image)
        readout = _mean_and_maximum(features[:points], cloud.image, len(images))
        return torch.cat([readout, features[points:]], dim=1) if self.centre is not None else readout

    def _nodes(self, cloud: PointCloud, images: int) -> tuple[Tensor, Tensor, Tensor]:
        """Features, places and edges of the points and, behind them, of the node at the centre of each image."""
        features = self.embed(cloud.features)
        if self.centre is None:
            return features, cloud.place, cloud.edges
        points = len(cloud.image)
        point, centre = torch.arange(points, device=cloud.image.device), points + cloud.image
        edges = torch.cat([cloud.edges, torch.stack([point, centre]), torch.stack([centre, point])], dim=1)
        place = torch.cat([cloud.place, cloud.place.new_zeros(images, 2)])
        return torch.cat([features, self.centre.expand(images, -1)]), place, edges


def _mean_and_maximum(features: Float[Tensor, "p h"], image: Int[Tensor, " p"], images: int) -> Float[Tensor, "n d"]:
    """Over the points of each image, (N, 2 h); zero where there is none."""
    zeros = features.new_zeros(images, features.shape[1])
    count = torch.bincount(image, minlength=images).clamp(min=1)[:, None]
    mean = zeros.index_add(0, image, features) / count
    largest = zeros.scatter_reduce(0, image[:, None].expand_as(features), features, "amax", include_self=False)
    return torch.cat([mean, largest], dim=1)


@register("egnn", group="D4", exact=True, reference="Satorras et al. 2021, arXiv:2102.09844")
def egnn(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The network with a node at the lens."""
    (hidden,) = scaled((32,), width)
    return EGNN(image_size, channels, classes, hidden)
