"""Does the answer change when the image is turned or mirrored?

The elements of a group that map the pixel grid onto itself are applied exactly, here, by numpy alone: the audit does
not rely on the code that it audits. Angles between need interpolation, whose own effect is shown as a floor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped
from numpy.typing import NDArray
from scipy import ndimage

from lensym.errors import InputError, unknown_name

LogitsFunction = Callable[[np.ndarray], np.ndarray]
"""From images (N, C, H, W) to logits (N, K)."""

TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
"""Largest relative change of the logits, by precision, of a network that is called invariant."""

ANGLES: tuple[float, ...] = tuple(15.0 * k for k in range(13))
"""Angles of the curve in degrees."""

_GROUPS = {f"{kind}{n}": (n, kind == "D") for kind in "CD" for n in (1, 2, 4)}
_SPLINE_ORDER = 3


@dataclass(frozen=True)
class GroupAudit:
    """Change of one network's logits under each element of a group.

    Parameters
    ----------
    network
        Its name.
    group
        C1, C2, C4, D1, D2 or D4.
    precision
        float32 or float64: what the network computes in.
    n
        Number of images.
    changes
        For each element ``max |change of the logits| / max(1, max |logit|)``, over all images and classes.
    """

    network: str
    group: str
    precision: str
    n: int
    changes: dict[str, float]

    @property
    def worst(self) -> float:
        """The largest change."""
        return max(self.changes.values())

    @property
    def invariant(self) -> bool:
        """Whether no change exceeds the precision's tolerance."""
        return self.worst <= TOLERANCE[self.precision]


@dataclass(frozen=True)
class RotationCurve:
    """How one network answers to a rotation by each angle.

    Parameters
    ----------
    change
        Root mean square change of the logits, as a share of their root mean square spread over the images: 0 for an
        invariant network, 1 when a rotated image differs as much as another image differs from the average.
    floor
        The same for images turned there and back: no rotation is left in them, only the interpolation.
    flipped
        Share of the images whose likeliest class changes.
    """

    change: tuple[float, ...]
    floor: tuple[float, ...]
    flipped: tuple[float, ...]


@dataclass(frozen=True)
class Audit:
    """What happened to each network's answers; the audited network comes first, its controls after it."""

    group: tuple[GroupAudit, ...]
    angles: tuple[float, ...]
    curves: dict[str, RotationCurve]


def audit(
    networks: Mapping[str, LogitsFunction],
    images: Shaped[np.ndarray, "n c h w"],
    group: str = "D4",
    precision: str = "float32",
    angles: Sequence[float] = ANGLES,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Audit:
    """Audit networks under ``group``, element by element, and over ``angles`` (degrees).

    ``progress`` is called with the parts that are done, each network's elements and each angle, and their number.

    >>> images = np.random.default_rng(0).random((4, 1, 8, 8))
    >>> def brightness(x):
    ...     return np.stack([x.mean((1, 2, 3)), x.max((1, 2, 3))], 1)
    >>> audit({"brightness": brightness}, images, precision="float64", angles=[0.0, 90.0]).group[0].invariant
    True
    """
    done = iter(range(1, len(networks) + len(angles) + 1))

    def part() -> None:
        progress(next(done), len(networks) + len(angles))

    elements = []
    for name, logits in networks.items():
        elements.append(group_audit(logits, images, name, group, precision))
        part()
    return Audit(tuple(elements), tuple(angles), rotation_curves(networks, images, angles, part))


def group_audit(
    logits: LogitsFunction,
    images: Shaped[np.ndarray, "n c h w"],
    network: str = "network",
    group: str = "D4",
    precision: str = "float32",
) -> GroupAudit:
    """Change of the logits under each element of ``group``, exactly on the grid."""
    _check_images(images, at_least=1)
    reference = logits(images)
    scale = max(1.0, float(np.abs(reference).max()))
    changes = {
        name: float(np.abs(logits(turned) - reference).max()) / scale for name, turned in group_orbit(images, group)
    }
    return GroupAudit(network, group, precision, len(images), changes)


def group_orbit(images: np.ndarray, group: str) -> Iterator[tuple[str, np.ndarray]]:
    """Every element's name and what it makes of the images.

    An element reverses y if it has a flip, then turns by quarter turns from +x towards +y.

    >>> [name for name, _ in group_orbit(np.zeros((1, 1, 2, 2)), "D2")]
    ['identity', 'turn 180°', 'flip', 'flip, turn 180°']
    """
    if group not in _GROUPS:
        raise unknown_name("group on the pixel grid", group, _GROUPS)
    order, has_flips = _GROUPS[group]
    for flip in (False, True)[: 1 + has_flips]:
        flipped = images[..., ::-1, :] if flip else images
        for quarter in range(0, 4, 4 // order):
            parts = ["flip"] * flip + [f"turn {90 * quarter}°"] * (quarter > 0)
            turned = np.rot90(flipped, quarter, axes=(-1, -2))
            yield ", ".join(parts) or "identity", np.ascontiguousarray(turned)


def grid_subgroup(group: str) -> str:
    """The largest subgroup that maps the pixel grid onto itself.

    >>> grid_subgroup("D4"), grid_subgroup("C8"), grid_subgroup("D6"), grid_subgroup("SO2")
    ('D4', 'C4', 'D2', 'C4')
    """
    if group in {"SO2", "O2"}:
        return "C4" if group == "SO2" else "D4"
    return f"{group[0]}{math.gcd(int(group[1:]), 4)}"


def rotation_curves(
    networks: Mapping[str, LogitsFunction],
    images: Shaped[np.ndarray, "n c h w"],
    angles: Sequence[float] = ANGLES,
    each: Callable[[], None] = lambda: None,
) -> dict[str, RotationCurve]:
    """Each network's answers to rotations by ``angles`` (degrees), all networks seeing the same pixels.

    ``each`` is called after each angle.

    Images are turned about their centre by cubic splines. Outside the largest disc that fits, reference and rotated
    images alike hold the mean of what was there, because a rotation brings in corners that nobody observed.
    """
    _check_images(images, at_least=2)
    pixels = images.astype(np.float32)
    references = {name: logits(_disc(pixels)) for name, logits in networks.items()}
    rows: dict[str, list[tuple[float, float, float]]] = {name: [] for name in networks}
    for angle in angles:
        turned = _rotate(pixels, angle)
        back = _disc(_rotate(turned, -angle))
        turned = _disc(turned)
        for name, logits in networks.items():
            rows[name].append(_compare(references[name], logits(turned), logits(back)))
        each()
    return {name: RotationCurve(*zip(*row, strict=True)) for name, row in rows.items()}


def _compare(reference: np.ndarray, turned: np.ndarray, back: np.ndarray) -> tuple[float, float, float]:
    flipped = float((turned.argmax(1) != reference.argmax(1)).mean())
    return relative_change(reference, turned), relative_change(reference, back), flipped


def relative_change(reference: Float[np.ndarray, "n k"], other: Float[np.ndarray, "n k"]) -> float:
    """Root mean square change of logits in units of their root mean square spread over the images.

    What all logits of an image have in common is left out: it does not matter to a softmax.
    """
    a, b = (z.astype(np.float64) - z.mean(1, keepdims=True) for z in (reference, other))
    spread = np.sqrt(((a - a.mean(0)) ** 2).mean())
    return float(np.sqrt(((b - a) ** 2).mean()) / max(spread, np.finfo(float).tiny))


def _rotate(images: np.ndarray, angle: float) -> NDArray[np.float32]:
    """Turn by ``angle`` degrees from +x towards +y about the centre; exact at multiples of 90."""
    quarters, rest = divmod(angle, 90)
    turned = np.rot90(images, int(quarters) % 4, axes=(-1, -2))
    if rest == 0:
        return np.ascontiguousarray(turned)
    flat = [
        ndimage.rotate(plane, -rest, reshape=False, order=_SPLINE_ORDER, mode="nearest")
        for plane in turned.reshape(-1, *turned.shape[-2:])
    ]
    return np.stack(flat).reshape(turned.shape)


def _disc(images: Float[np.ndarray, "n c h w"]) -> NDArray[np.float32]:
    """Replace what lies outside the largest disc by its mean, for each image and channel."""
    axis = np.arange(images.shape[-1]) - (images.shape[-1] - 1) / 2
    outside = np.hypot(axis[:, None], axis) > axis[-1]
    fill = images[..., outside].mean(-1)[..., None, None]
    return np.where(outside, fill, images)


def _check_images(images: np.ndarray, at_least: int) -> None:
    if images.ndim != 4 or images.shape[-1] != images.shape[-2] or len(images) < at_least:
        raise InputError(
            f"at least {at_least} square images (N, C, H, W)",
            f"an array of shape {images.shape}",
            "cut the images to squares about the lens",
        )
