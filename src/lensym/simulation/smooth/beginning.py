"""Where a fit begins: at round smooth lenses whose coarse images are most like the one to fit."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from lensym.physics.observe import average_down
from lensym.physics.raytrace import pixel_axis
from lensym.physics.smooth import plane_slopes
from lensym.simulation.parts import SersicLight
from lensym.simulation.recipe import Recipe
from lensym.simulation.smooth.scene import FreeNumbers, Numbers, sersic_of, typical_shape

_RADII = (0.6, 0.75, 0.9, 1.05, 1.2, 1.35, 1.5, 1.65, 1.85)
_DISTANCES = (0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.9, 1.1)
_ANGLES = 12
"""Einstein radii, and distances of the source in arcsec at evenly spaced angles, that a fit may begin at."""

_FAINTEST = 1e-3
"""Least brightness begun at, as a part of the one that would make the brightest coarse pixel alone."""


class Beginnings:
    """Round smooth lenses with a source as the recipe's are in size and profile, without noise.

    ``side`` pixels a side are compared, averages of ``coarse`` x ``coarse`` of them.
    """

    def __init__(self, recipe: Recipe, free: FreeNumbers, side: int, coarse: int) -> None:
        self._coarse, self._area, self._counts = coarse, recipe.pixel_scale**2, free.counts
        axis = pixel_axis(side, recipe.pixel_scale)
        assert isinstance(recipe.source, SersicLight)  # the recipe was checked
        shape = {f"source {name}": value for name, value in typical_shape(recipe.source).items()}
        self._light = np.zeros((0, (side // coarse) ** 2))
        if recipe.lens_light:
            of_light = typical_shape(recipe.lens_light[0])
            shape |= {f"light {name}": value for name, value in of_light.items()}
            light = sersic_of(of_light, 1.0)
            self._light = self._coarsened(self._area * light.brightness(*np.meshgrid(axis, axis)))[None]
        images, numbers = [], []
        for radius in _RADII:
            named = shape | {"lens theta_E": radius, "lens slope": 2.0}
            beta, _ = plane_slopes(axis, free.scene(_numbers(free, named)).lens, ())
            for x, y in _places():
                numbers.append(_numbers(free, named | {"source center_x": x, "source center_y": y}))
                brightness = free.scene(numbers[-1]).source.brightness(beta[0], beta[1])
                images.append(self._coarsened(self._area * brightness))
        self._images, self._numbers = np.stack(images), np.stack(numbers)
        self._alone = _without(self._images, self._light)
        self._alone /= np.linalg.norm(self._alone, axis=1, keepdims=True)

    def nearest(self, middle: Float64[np.ndarray, "h w"], count: int = 1) -> list[Numbers]:
        """Numbers to begin at for the middle of an image: of ``count`` Einstein radii, the one most alike first."""
        data = self._coarsened(middle)
        alike = (self._alone @ _without(data[None], self._light)[0]).reshape(len(_RADII), -1)
        places = alike.argmax(axis=1) + np.arange(len(_RADII)) * alike.shape[1]
        order = np.argsort(-alike.max(axis=1), kind="stable")[:count]
        return [self._begun(data, place) for place in places[order].tolist()]

    def _begun(self, data: Float64[np.ndarray, " n"], place: int) -> Numbers:
        """Numbers of one of the lenses, as bright as the data are."""
        parts = np.stack([*self._light, self._images[place]], axis=1)
        scales = np.linalg.lstsq(parts, data, rcond=None)[0]
        begun: Numbers = self._numbers[place].copy()
        begun[-len(scales) :] = np.log(np.maximum(scales, _FAINTEST * np.abs(data).max() / parts.max(axis=0)))
        if self._counts and len(scales) > 1:
            begun[-2] -= begun[-1]  # the exposure brightens the lens light too
        return begun

    def _coarsened(self, image: Float64[np.ndarray, "h w"]) -> Float64[np.ndarray, " n"]:
        coarse: Float64[np.ndarray, " n"] = average_down(image, self._coarse).ravel()
        return coarse


def _numbers(free: FreeNumbers, named: dict[str, float]) -> Numbers:
    """Numbers in their order, 0 where no value is given."""
    return np.array([named.get(name, 0.0) for name in free.names])


def _places() -> list[tuple[float, float]]:
    angles = [2 * math.pi * k / _ANGLES for k in range(_ANGLES)]
    return [(0.0, 0.0), *((r * math.cos(a), r * math.sin(a)) for r in _DISTANCES for a in angles)]


def _without(rows: Float64[np.ndarray, "t n"], light: Float64[np.ndarray, "l n"]) -> Float64[np.ndarray, "t n"]:
    """Rows without the part of them that the lens light explains."""
    for one in light:
        rows = rows - np.outer(rows @ one, one) / (one @ one)
    return rows.copy()
