"""One orientation for all eight of an image: a fit in it leaves the same, to the last bit, however the image came."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from jaxtyping import Float64

from lensym.physics.raytrace import MacroLens, SersicSource
from lensym.simulation.smooth.scene import SmoothScene

Image = Float64[np.ndarray, "h w"]
Profile = TypeVar("Profile", MacroLens, SersicSource)

_ACROSS = 0.4
"""Weight of y beside that of x in what is largest in the chosen orientation; any but 0 and 1 tells all eight apart."""


@dataclass(frozen=True)
class Orientation:
    """Quarter turns of an image by `numpy.rot90`, after which it is mirrored along x or not."""

    turns: int
    mirrored: bool

    def seen(self, image: Image) -> Image:
        """The image in this orientation."""
        turned = np.rot90(image, self.turns)
        return np.ascontiguousarray(turned[:, ::-1] if self.mirrored else turned)

    def back(self, image: Image) -> Image:
        """An image in this orientation as it came."""
        return np.ascontiguousarray(np.rot90(image[:, ::-1] if self.mirrored else image, -self.turns))

    def scene_back(self, scene: SmoothScene) -> SmoothScene:
        """A scene in this orientation as it came."""
        light = None if scene.light is None else self._profile_back(scene.light, "center_x", "center_y")
        source = self._profile_back(scene.source, "center_x", "center_y")
        lens = self._profile_back(scene.lens, "x", "y")
        spin = self._spin_back(lens.gamma1, lens.gamma2)
        return replace(scene, lens=replace(lens, gamma1=spin[0], gamma2=spin[1]), source=source, light=light)

    def _profile_back(self, profile: Profile, x_name: str, y_name: str) -> Profile:
        x, y = getattr(profile, x_name), getattr(profile, y_name)
        if self.mirrored:
            x = -x
        for _ in range(self.turns):
            x, y = -y, x  # rot90 takes a point (x, y) to (y, -x)
        e1, e2 = self._spin_back(profile.e1, profile.e2)
        return replace(profile, e1=e1, e2=e2, **{x_name: x, y_name: y})

    def _spin_back(self, first: float, second: float) -> tuple[float, float]:
        """What turns by twice the angle: a quarter turn changes both signs, a mirror the second."""
        sign = -1 if self.turns % 2 else 1
        return sign * first, -sign * second if self.mirrored else sign * second


ALL = tuple(Orientation(turns, mirrored) for mirrored in (False, True) for turns in range(4))
"""The eight, that as it came first."""


def chosen(image: Image) -> Orientation:
    """The orientation in which the light lies farthest to the right, and above the middle.

    The eight numbers that are compared are the same eight, bit by bit, for all copies of an image.
    """
    y, x = (np.arange(n) - (n - 1) / 2 for n in image.shape)
    weight = x + _ACROSS * y[:, None]
    return ALL[int(np.argmax([float((one.seen(image) * weight).sum()) for one in ALL]))]
