"""cnn: the control. Blocks and inputs like lensnet's, a fifth more of its cost, on pixels, without symmetry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.models.classifier import Classifier
from lensym.models.registry import register
from lensym.models.width import scaled

KERNEL = 5


class RadialChannels(nn.Module):
    """Input channels on the pixel grid: the image, the image less its mean over rings about the centre, the radius."""

    def __init__(self, image_size: int) -> None:
        super().__init__()
        axis = np.arange(image_size) - (image_size - 1) / 2
        radius = np.hypot(axis[:, None], axis[None, :])
        ring = np.rint(radius).astype(np.int64).reshape(-1)
        self.rings = int(ring.max()) + 1
        self.register_buffer("ring", torch.from_numpy(ring), persistent=False)
        self.register_buffer("count", torch.from_numpy(np.bincount(ring).astype(np.float64)), persistent=False)
        self.register_buffer("radius", torch.from_numpy(2 * radius / radius.max() - 1), persistent=False)
        self.ring: Tensor
        self.count: Tensor
        self.radius: Tensor

    @property
    def flop(self) -> int:
        """Operations for one channel of one image: one addition and one subtraction a pixel."""
        return 2 * self.ring.numel()

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d h w"]:
        """Channels (N, 2 C + 1, H, W)."""
        n, c, h, w = images.shape
        flat = images.flatten(2)
        total = torch.zeros(n, c, self.rings, dtype=images.dtype, device=images.device)
        total = total.index_add(2, self.ring, flat) / self.count.clamp(min=1).to(images.dtype)
        residual = (flat - total.index_select(2, self.ring)).reshape(n, c, h, w)
        return torch.cat([images, residual, self.radius.to(images.dtype).expand(n, 1, h, w)], dim=1)


class SeparableBlock(nn.Module):
    """Depthwise convolution, then a pointwise one, normalisation and ReLU; residual where shapes agree."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.spatial = nn.Conv2d(inputs, inputs, KERNEL, stride, KERNEL // 2, groups=inputs, bias=False)
        self.mix = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.residual = inputs == outputs and stride == 1

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d i j"]:
        """Feature maps."""
        y = F.relu(self.norm(self.mix(self.spatial(x))))
        return x + y if self.residual else y


class PlainCNN(Classifier):
    """A residual separable convolutional network with global mean and maximum pooling."""

    def __init__(self, image_size: int, channels: int, classes: int, widths: Sequence[int], depths: Sequence[int]):
        super().__init__(image_size, channels, classes, features=2 * widths[-1])
        self.inputs = RadialChannels(image_size)
        layers: list[nn.Module] = [
            nn.Conv2d(2 * channels + 1, widths[0], KERNEL, 4, KERNEL // 2, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        ]
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            if stage:
                layers.append(SeparableBlock(widths[stage - 1], width, stride=2))
            layers += [SeparableBlock(width, width) for _ in range(depth)]
        self.body = nn.Sequential(*layers)

    @property
    def resampling_flop(self) -> int:
        """The ring means of every channel."""
        return self.inputs.flop * self.channels

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """Features (N, 2 * widths[-1])."""
        views = self.inputs(self.brightness(images))
        maps = self.body(views.contiguous(memory_format=torch.channels_last))
        return torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)


@register("cnn", group="C1", exact=True, reference="control, lensym")
def cnn(image_size: int, channels: int, classes: int, width: float = 1.0) -> PlainCNN:
    """The control, which costs a fifth more than lensnet."""
    return PlainCNN(image_size, channels, classes, widths=scaled((42, 82, 160), width), depths=(2, 2, 2))
