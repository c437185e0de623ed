"""vit_tiny: a small vision transformer, on patches of pixels, without symmetry.

Dosovitskiy et al. 2021 (arXiv:2010.11929), in the smallest size of Touvron et al. 2021 (DeiT-Ti, arXiv:2012.12877):
12 blocks of 192 numbers a patch and 3 heads. There are at most 16 patches a side, whose size follows from the image's;
zeros fill the last ones up, evenly on both sides.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from lensym.models.classifier import Classifier
from lensym.models.registry import register
from lensym.models.width import scaled

PATCHES = 16
"""Most patches a side."""
HEAD = 64
"""Numbers a head."""
DEPTH, HEADS, EXPANSION = 12, 3, 4


class Attention(nn.Module):
    """Self-attention of several heads."""

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_heads = nn.Linear(size, 3 * size)
        self.join = nn.Linear(size, size)

    def forward(self, x: Float[Tensor, "n t d"]) -> Float[Tensor, "n t d"]:
        """Every token, changed by what it attends to."""
        n, tokens, size = x.shape
        heads = self.to_heads(x).view(n, tokens, 3, self.heads, size // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(query, key, value)
        joined: Tensor = self.join(attended.transpose(1, 2).reshape(n, tokens, size))
        return joined


class Block(nn.Module):
    """Attention, then a dense layer, each on normalised tokens and added to them."""

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(size), Attention(size, heads)
        self.norm2 = nn.LayerNorm(size)
        self.dense = nn.Sequential(nn.Linear(size, EXPANSION * size), nn.GELU(), nn.Linear(EXPANSION * size, size))

    def forward(self, x: Float[Tensor, "n t d"]) -> Float[Tensor, "n t d"]:
        """Tokens."""
        x = x + self.attention(self.norm1(x))
        x = x + self.dense(self.norm2(x))
        return x


class VisionTransformer(Classifier):
    """See the module's description.

    Parameters
    ----------
    image_size, channels, classes
        Of the images and the answer.
    heads
        Heads of each block, of 64 numbers each.
    depth
        Number of blocks.
    """

    def __init__(self, image_size: int, channels: int, classes: int, heads: int, depth: int) -> None:
        size = HEAD * heads
        super().__init__(image_size, channels, classes, features=size)
        patch = math.ceil(image_size / PATCHES)
        side = math.ceil(image_size / patch)
        self.missing = side * patch - image_size
        self.embed = nn.Conv2d(channels, size, patch, patch)
        self.answer = nn.Parameter(torch.zeros(1, 1, size))
        self.places = nn.Parameter(torch.zeros(1, side**2 + 1, size))
        self.blocks = nn.Sequential(*(Block(size, heads) for _ in range(depth)), nn.LayerNorm(size))
        self._initialise()

    def _initialise(self) -> None:
        """Truncated normal weights of deviation 0.02, as in the second paper."""
        weights = [module.weight for module in self.modules() if isinstance(module, nn.Linear)]
        for weight in (*weights, self.answer, self.places):
            nn.init.trunc_normal_(weight, std=0.02)

    def features(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n f"]:
        """What the blocks make of the answer's token, (N, 64 heads)."""
        low, high = self.missing // 2, self.missing - self.missing // 2
        x = F.pad(self.brightness(images), (low, high, low, high))
        patches = self.embed(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.answer.expand(images.shape[0], -1, -1), patches], dim=1) + self.places
        features: Tensor = self.blocks(tokens)[:, 0]
        return features


@register("vit_tiny", group="C1", exact=True, reference="Dosovitskiy et al. 2021, arXiv:2010.11929")
def vit_tiny(image_size: int, channels: int, classes: int, width: float = 1.0) -> Classifier:
    """ViT-tiny; a narrower one has fewer heads and blocks."""
    heads, depth = scaled((HEADS, DEPTH), width)
    return VisionTransformer(image_size, channels, classes, heads, depth)
