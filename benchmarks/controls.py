"""Controls that show where lensnet's gain comes from, in the registry.

Importing this module registers ``lensnet_broken``, which differs from ``lensnet`` in its symmetry alone, and
``cnn_d4``, the plain cnn whose logits are averaged over the eight elements of D4 once it is trained.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from lensym.models.classifier import Classifier
from lensym.models.cnn import PlainCNN, cnn
from lensym.models.equivarify import Equivarify
from lensym.models.lensnet import USUAL, LensNet, body, pooled_over_plane
from lensym.models.polar import CircularConv, polar_views
from lensym.models.registry import register
from lensym.models.width import scaled
from lensym.symmetry import dihedral


class BrokenLensNet(LensNet):
    """lensnet that knows the angle: zeros beyond both ends of it, a channel that holds it, no average over reversals.

    The channel adds the filters of one input to the first layer, one in a hundred of all parameters.
    """

    def __init__(self, image_size: int, channels: int, classes: int, width: float) -> None:
        super().__init__(image_size, channels, classes, USUAL, width)
        self.body = body(2 * channels + 2, scaled(USUAL.widths, width), USUAL)
        for part in self.body.modules():
            if isinstance(part, CircularConv):
                part.padding, part.wrap = (part.wrap, part.wrap), 0

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Features (N, 2 * widths[-1]), which change when the image is turned."""
        samples = self.brightness.stretched(self.polar(self.brightness.scaled(images)))
        n, _, r, a = samples.shape
        angle = torch.linspace(-1, 1, a, dtype=samples.dtype, device=samples.device).expand(n, 1, r, a)
        return pooled_over_plane(self._mapped(torch.cat([polar_views(samples, self.polar.radius), angle], dim=1)))


class AveragedCNN(Classifier):
    """A plain network whose features, and so logits, are averaged over D4 in evaluation, but not while training."""

    def __init__(self, plain: PlainCNN) -> None:
        super().__init__(plain.image_size, plain.channels, plain.classes, plain.head.in_features)
        plain.register_module("head", torch.nn.Identity())  # its features are asked for
        self._resampling = 8 * plain.resampling_flop
        self.orbit = Equivarify(plain, dihedral(4), "mean")

    @property
    def resampling_flop(self) -> int:
        """Those of the plain network, for every element."""
        return self._resampling

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """The plain network's features, or their mean."""
        features: Tensor = (self.orbit.net if self.training else self.orbit)(images)
        return features


@register("lensnet_broken", group="C1", exact=True, reference="control, lensym")
def lensnet_broken(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """lensnet without its symmetry."""
    return BrokenLensNet(image_size, channels, classes, width)


@register("cnn_d4", group="D4", exact=True, reference="control, lensym")
def cnn_d4(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """cnn with its logits averaged over D4; at width 1/3 its eight passes cost what one of cnn's does."""
    return AveragedCNN(cnn(image_size, channels, classes, width))
