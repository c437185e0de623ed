"""Which parts of an image decide the answer: two maps that turn and mirror with the image, for any network.

Both explain the log-odds of one class against the others, averaged over the eight turned and mirrored copies of the
image. A map of an average over a group turns with the image whatever the network is, exactly, up to rounding.

The gradient is that of Simonyan et al. 2014 (arXiv:1312.6034), the occlusion that of Zeiler & Fergus 2014
(arXiv:1311.2901, section 4.2), with smooth windows that add up to one in place of a grey square.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy import ndimage
from torch import Tensor

from lensym.errors import require_count
from lensym.symmetry.group import Group, dihedral

Logits = Callable[[Tensor], Tensor]
"""From images (N, C, H, W) to logits (N, K), differentiable."""

WINDOWS = 13
"""Places of a window along each side."""

_GRAIN = 1 / 75
"""Width of the smoothing of the gradient, as a share of the image: below it is the network's own sampling."""

_BATCH = 64


@dataclass(frozen=True)
class Explanation:
    """What one image's answer hangs on.

    Parameters
    ----------
    target
        Number of the class that is explained.
    log_odds
        Of it against all others together, averaged over the copies of the image.
    evidence
        (H, W): by how much the log-odds fall when what is there is smoothed away; negative where it speaks against
        the class.
    sensitivity
        (H, W): by how much the log-odds change, in either sense, for each unit that a pixel there changes by.
    """

    target: int
    log_odds: float
    evidence: Float[np.ndarray, "h w"]
    sensitivity: Float[np.ndarray, "h w"]


def explain(
    network: Logits,
    image: Float[Tensor, "c s s"],
    target: int | None = None,
    invariant: bool = False,
    windows: int = WINDOWS,
) -> Explanation:
    """Explain the answer on an image: the likeliest class, or class number ``target``.

    The network is asked 8 ``windows**2`` times, with the detail smoothed away at as many places along each side. Of a
    network that is ``invariant`` under D4 one copy says what all eight do, in an eighth of the time.

    >>> def brightness_of_the_middle(x):
    ...     return torch.stack([x[..., 12:20, 12:20].sum((1, 2, 3)), x.sum((1, 2, 3)) * 0], dim=1)
    >>> found = explain(brightness_of_the_middle, torch.eye(32, dtype=torch.float64)[None], target=0)
    >>> round(found.log_odds, 9), bool(found.sensitivity[16, 16] > 100 * found.sensitivity[2, 2])
    (8.0, True)
    """
    windows = require_count("windows", windows, least=2)
    group = dihedral(4)
    elements = group.grid_elements[:1] if invariant else group.grid_elements
    copies = torch.stack([group.transform(image, g) for g in elements])
    if target is None:
        with torch.no_grad():
            target = int(network(copies).log_softmax(1).mean(0).argmax())
    whole, gradient = _gradient(network, group, copies, target)
    evidence = whole - _occluded(network, group, copies, target, windows)
    return Explanation(target, whole, evidence.cpu().double().numpy(), _smooth(gradient.cpu().double().numpy()))


def _log_odds(logits: Float[Tensor, "n k"], target: int) -> Float[Tensor, " n"]:
    """Of a class against all others together."""
    others = torch.cat([logits[:, :target], logits[:, target + 1 :]], dim=1)
    return logits[:, target] - others.logsumexp(1)


def _back(maps: Float[Tensor, "g *c s s"], group: Group) -> Float[Tensor, "*c s s"]:
    """The average of maps of the copies, each turned back."""
    turned = [group.transform(each, group.inverse(g)) for each, g in zip(maps, group.grid_elements, strict=False)]
    return torch.stack(turned).mean(0)


def _gradient(network: Logits, group: Group, copies: Tensor, target: int) -> tuple[float, Tensor]:
    """The log-odds, and the length over the channels of their gradient."""
    with torch.enable_grad():
        seen = copies.detach().requires_grad_()
        odds = _log_odds(network(seen), target)
        (gradients,) = torch.autograd.grad(odds.sum(), seen)
    return float(odds.detach().mean()), _back(gradients, group).norm(dim=0)


def _occluded(network: Logits, group: Group, copies: Tensor, target: int, places: int) -> Float[Tensor, "s s"]:
    """Log-odds with what is at a pixel smoothed away, window by window, and between the windows' middles smoothly."""
    size = copies.shape[-1]
    spacing = (size - 1) / (places - 1)
    windows = _windows(size, spacing, places).to(copies)
    maps = []
    for copy in copies:
        without = _without_detail(copy, spacing / 4)
        odds = torch.cat([_odds_without(network, copy, without, part, target) for part in torch.split(windows, _BATCH)])
        maps.append((odds[:, None, None] * windows).sum(0))
    return _back(torch.stack(maps), group)


def _odds_without(network: Logits, image: Tensor, smooth: Tensor, windows: Tensor, target: int) -> Float[Tensor, " n"]:
    with torch.no_grad():
        return _log_odds(network(image + windows[:, None] * (smooth - image)), target)


def _windows(size: int, spacing: float, places: int) -> Float[Tensor, "n s s"]:
    """Bumps of cos^2 on a square grid that is centred on the image; their sum is 1 everywhere."""
    middles = torch.arange(places, dtype=torch.float64)[:, None] - (places - 1) / 2
    distance = (torch.arange(size, dtype=torch.float64) - (size - 1) / 2) / spacing - middles
    bumps = torch.where(distance.abs() < 1, torch.cos(distance * torch.pi / 2) ** 2, 0.0)
    return torch.einsum("iy,jx->ijyx", bumps, bumps).flatten(0, 1)


def _without_detail(image: Float[Tensor, "c s s"], width: float) -> Float[Tensor, "c s s"]:
    """The image blurred by ``width`` pixels."""
    blurred = ndimage.gaussian_filter(image.cpu().numpy(), (0, width, width), mode="nearest")
    return torch.from_numpy(blurred).to(image)


def _smooth(values: Float[np.ndarray, "s s"]) -> Float[np.ndarray, "s s"]:
    found: Float[np.ndarray, "s s"] = ndimage.gaussian_filter(values, _GRAIN * len(values), mode="nearest")
    return found
