"""equivarify: any network made equivariant, or invariant, by its orbit; here cnn, made invariant under D4.

Bao & Song 2019 (arXiv:1906.07172): a function f becomes the function ``x -> (f(g^-1 x) for all g)``, which turns with
the image in that its values are permuted. Their mean or maximum does not change. The weights are those of f, the cost
is that of f times the order of the group.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lensym.errors import SymmetryError, unknown_name
from lensym.models.classifier import Classifier
from lensym.models.cnn import PlainCNN, cnn
from lensym.models.registry import register
from lensym.symmetry import Group, dihedral
from lensym.symmetry.stamp import Stamped

REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": partial(torch.mean, dim=2),
    "max": partial(torch.amax, dim=2),
}


def orbit_of(
    function: Callable[[Tensor], Tensor], images: Float[Tensor, "n c h w"], group: Group
) -> Float[Tensor, "n f g ..."]:
    """Values (N, F, order) of all moved copies of square images, or maps (N, F, order, H, H), each moved back."""
    moved = torch.cat([group.transform(images, group.inverse(g)) for g in group.elements])
    together = function(moved)
    values = list(together.reshape(group.order, images.shape[0], *together.shape[1:]))
    if values[0].ndim == 4:
        values = [group.transform(value, g) for g, value in zip(group.elements, values, strict=True)]
    return torch.stack(values, dim=2)


class Equivarify(Stamped):
    """A module of images that turns with them.

    Parameters
    ----------
    net
        Any module from images (N, C, S, S) to vectors (N, F) or to maps (N, F, H, H).
    group
        A group that maps the pixel grid onto itself.
    reduce
        ``"mean"`` or ``"max"`` over the group: vectors (N, F) that do not change, or maps (N, F, H, H) that turn with
        the image. None: F regular fields, (N, F * order) or (N, F * order, H, H).

    Examples
    --------
    >>> from lensym.symmetry import assert_equivariant
    >>> flat = nn.Sequential(nn.Flatten(), nn.Linear(64, 3))
    >>> assert_equivariant(Equivarify(flat, dihedral(4), "mean"), dihedral(4), torch.rand(2, 1, 8, 8))
    """

    def __init__(self, net: nn.Module, group: Group, reduce: str | None = "mean") -> None:
        super().__init__()
        group.require_grid()
        if reduce not in {None, *REDUCTIONS}:
            raise unknown_name("reduction", str(reduce), REDUCTIONS)
        self.net, self.group, self.reduce = net, group, reduce

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n ..."]:
        """What ``reduce`` says."""
        if images.shape[-1] != images.shape[-2]:
            raise SymmetryError("square images", str(tuple(images.shape)), "cut them to squares")
        orbit = orbit_of(self.net, images, self.group)
        return orbit.flatten(1, 2) if self.reduce is None else REDUCTIONS[self.reduce](orbit)

    def made_for(self) -> str:
        """Group and reduction."""
        return f"{self.group}, reduce={self.reduce}"

    def fingerprint(self) -> bytes:
        """Those and the angle of the group's axis."""
        return f"{self.made_for()} {self.group.angle_of_axis:.12f}".encode()

    def extra_repr(self) -> str:
        """Group and reduction."""
        return self.made_for()


class EquivarifiedCNN(Classifier):
    """The mean of a plain network's features over the eight images of an image."""

    def __init__(self, plain: PlainCNN) -> None:
        super().__init__(plain.image_size, plain.channels, plain.classes, plain.feature_count)
        self._resampling = 8 * plain.resampling_flop
        plain.register_module("head", nn.Identity())  # its features are asked for
        self.orbit = Equivarify(plain, dihedral(4), "mean")

    @property
    def resampling_flop(self) -> int:
        """Those of the plain network, for every element."""
        return self._resampling

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """The features of the plain network, averaged."""
        features: Tensor = self.orbit(images)
        return features


@register("equivarify", group="D4", exact=True, reference="Bao & Song 2019, arXiv:1906.07172")
def equivarify(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """The plain network cnn made invariant."""
    return EquivarifiedCNN(cnn(image_size, channels, classes, width))
