"""angular_ensemble: networks that were shown different ranges of angles, joined by a classifier of their answers.

Gao, Li, Lu & Lin 2019 (doi:10.1145/3341162.3349330): each member is trained on images turned by angles of a range of
its own, neighbouring ranges overlap, and a meta-classifier takes the logits of all. There it was fitted on the images
that the members had learned by heart; here a fifth of the training images, chosen by their content and never shown to
the members, is for the meta-classifier alone.

Exactly invariant under C4: the members' ranges cover a quarter turn, the other three are the same members on the image
turned back by quarter turns, and the meta-classifier is averaged over the four ways to number the quarters. Between
these angles the invariance is what the members have learned. Lenses have no upright orientation, so on them the ranges
hold the same images, and the members differ by what they were shown.

One loop trains everything: in each step one member, drawn at random, learns from its images and the meta-classifier
from its own, past which no gradient reaches the members.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.models.classifier import Classifier
from lensym.models.cnn import cnn
from lensym.models.registry import register
from lensym.models.width import scaled
from lensym.symmetry.mask import disc

MEMBERS = 4
QUARTERS = 4
MEMBER_WIDTH = 0.5
OVERLAP = 1.0
"""Half the width of a member's range in units of the distance of two members' middles: neighbours share a half."""
ONE_IN = 5
"""One in so many training images is for the meta-classifier."""
_HASH = 2654435761
"""Knuth's multiplicative hash."""


class AngularEnsemble(Classifier):
    """See the module's description."""

    def __init__(self, image_size: int, channels: int, classes: int, member_width: float, hidden: int) -> None:
        super().__init__(image_size, channels, classes, features=hidden)
        self.members = nn.ModuleList(cnn(image_size, channels, classes, member_width) for _ in range(MEMBERS))
        self.meta = nn.Linear(QUARTERS * MEMBERS * classes, hidden)
        self.register_buffer("disc", disc(image_size, image_size), persistent=False)
        self.disc: Tensor

    @property
    def resampling_flop(self) -> int:
        """The members' own, for four quarter turns."""
        return QUARTERS * sum(cast(Classifier, member).resampling_flop for member in self.members)

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n k"]:
        """Logits; while training those of one member, or of the meta-classifier for the images that are its own."""
        if not self.training:
            return super().forward(images)
        self.check_shape(images)
        held = held_out(images)
        if (~held).sum() < 2:  # too few for a member's normalisation
            held = torch.ones_like(held)
        logits = images.new_zeros(len(images), self.classes)
        if held.any():
            logits[held] = super().forward(images[held]).to(logits.dtype)
        if not held.all():
            logits[~held] = self._of_one_member(images[~held]).to(logits.dtype)
        return logits

    def _of_one_member(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n k"]:
        """Logits of a member drawn at random, for the images turned by angles of its range."""
        number = int(torch.randint(MEMBERS, ()))
        logits: Tensor = self.members[number](self._seen(turned(images, angles_of(number, len(images)).to(images))))
        return logits

    def _seen(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """The disc that is inside the image at every angle."""
        return images * self.disc.to(images.dtype)

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """The meta-classifier's hidden layer, averaged over the numbering of the quarters, (N, hidden)."""
        followed = not self.training and torch.is_grad_enabled()  # in use, the answer follows the image
        with torch.set_grad_enabled(followed), _evaluating(self.members):
            answers = self.answers(images)
        turns = [answers.roll(quarter, dims=1).flatten(1) for quarter in range(QUARTERS)]
        return torch.stack([F.relu(self.meta(turn)) for turn in turns]).mean(dim=0)

    def answers(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n q m k"]:
        """Logits of each member for the image turned back by each number of quarter turns."""
        quarters = [torch.rot90(self._seen(images), quarter, dims=(2, 3)) for quarter in range(QUARTERS)]
        return torch.stack([torch.stack([m(q) for m in self.members], dim=1) for q in quarters], dim=1)


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """In evaluation mode, so that images that are not to be learned from do not enter running statistics either."""
    training = module.training
    module.eval()
    yield
    module.train(training)


def angles_of(member: int, count: int) -> Float[Tensor, " n"]:
    """Angles in radians, drawn from the range of a member."""
    return (math.pi / 2 / MEMBERS) * (member + OVERLAP * (2 * torch.rand(count) - 1))


def held_out(images: Float[Tensor, "n c h w"]) -> Bool[Tensor, " n"]:
    """Whether an image is for the meta-classifier: a function of its pixels' bits, wherever they are in the image.

    An image has the same part in every epoch, however it is turned and whatever batch it comes in.
    """
    kind = torch.int64 if images.dtype == torch.float64 else torch.int32
    bits: Int[Tensor, " n"] = images.contiguous().view(kind).flatten(1).sum(dim=1, dtype=torch.int64)
    # mixed, and its upper half taken: the lower bits of round numbers are all zero
    return ((bits * _HASH) >> 32).remainder(ONE_IN) == 0


def turned(images: Float[Tensor, "n c h w"], angles: Float[Tensor, " n"]) -> Float[Tensor, "n c h w"]:
    """Images turned about their centres, from +x towards +y, by angles in radians; interpolated bilinearly."""
    c, s, zero = angles.cos(), angles.sin(), torch.zeros_like(angles)
    # where each pixel comes from: turned the other way
    rows = torch.stack([torch.stack([c, s, zero], dim=1), torch.stack([-s, c, zero], dim=1)], dim=1).to(images.dtype)
    grid = F.affine_grid(rows, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


@register("angular_ensemble", group="C4", exact=True, reference="Gao et al. 2019, doi:10.1145/3341162.3349330")
def angular_ensemble(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """Four members of half the width of cnn."""
    (hidden,) = scaled((32,), width)
    return AngularEnsemble(image_size, channels, classes, MEMBER_WIDTH * width, hidden)
