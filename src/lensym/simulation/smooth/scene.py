"""The free numbers of a smooth scene: their names, their bounds, and the scene that they make."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from lensym.physics.raytrace import MacroLens, SersicSource
from lensym.simulation.parts import PublishedCounts, SersicLight
from lensym.simulation.recipe import Recipe
from lensym.simulation.scene import Scene

Numbers = Float64[np.ndarray, " p"]
Bounds = dict[str, tuple[float, float]]

_SHAPE: Bounds = {
    "ln_R_sersic": (math.log(0.05), math.log(3.0)),
    "n_sersic": (0.4, 8.0),
    "e1": (-0.6, 0.6),
    "e2": (-0.6, 0.6),
}
_SOURCE: Bounds = {"center_x": (-1.5, 1.5), "center_y": (-1.5, 1.5), **_SHAPE}
_LENS: Bounds = {
    "theta_E": (0.4, 2.4),
    "gamma1": (-0.35, 0.35),
    "gamma2": (-0.35, 0.35),
    "e1": (-0.5, 0.5),
    "e2": (-0.5, 0.5),
}
_SLOPE: Bounds = {"slope": (1.5, 2.5)}
FARTHEST_PLACE = 0.3
"""Arcsec from the middle of the image in x and y, within which a free place of the lens is looked for."""
_PLACE: Bounds = dict.fromkeys(("x", "y"), (-FARTHEST_PLACE, FARTHEST_PLACE))
_BRIGHTNESS: Bounds = {"ln_brightness": (-math.inf, math.inf)}
_FACTOR = math.log(20)
"""Of a brightness, above and below the one that a fit begins at."""


@dataclass(frozen=True)
class SmoothScene:
    """A smooth lens, its source and its own light, and the exposure in seconds where it is free (1 elsewhere)."""

    lens: MacroLens
    source: SersicSource
    light: SersicSource | None
    exposure: float


class FreeNumbers:
    """Which numbers are free for a recipe's images; with ``free_place`` the lens's place, also where it is the middle.

    Attributes
    ----------
    counts
        Whether the last number is the exposure, for a source of known brightness; else it is the source's brightness.
    lens
        Free numbers of the lens.
    names
        Of all numbers, in their order: of the source, the lens, the lens light, the brightness.
    low, high
        Their bounds.
    """

    def __init__(self, recipe: Recipe, free_place: bool = False) -> None:
        self.counts = isinstance(recipe.observation.noise, PublishedCounts)
        self._slope = recipe.lens.slope.quantile(0.5)
        self._known_amplitude = _known_amplitude(recipe) if self.counts else 1.0
        free_place = free_place or not recipe.lens.center.is_middle
        lens = _LENS | ({} if recipe.lens.slope.is_constant else _SLOPE) | (_PLACE if free_place else {})
        groups = {"source": _SOURCE, "lens": lens, "light": _SHAPE | _BRIGHTNESS if recipe.lens_light else {}}
        bounds = {f"{group} {name}": pair for group, named in groups.items() for name, pair in named.items()}
        bounds["ln_exposure" if self.counts else "source ln_brightness"] = _BRIGHTNESS["ln_brightness"]
        self.lens, self._groups = tuple(lens), groups
        self.names = tuple(bounds)
        self.low, self.high = np.array(list(bounds.values())).T
        self._reach = np.where(np.isfinite(self.low), np.inf, _FACTOR)

    def bounds(self, begun: Numbers) -> tuple[Numbers, Numbers]:
        """Lowest and highest numbers for a fit that begins at some: brightnesses have bounds about those alone."""
        return np.maximum(self.low, begun - self._reach), np.minimum(self.high, begun + self._reach)

    def of(self, scene: Scene) -> Numbers:
        """The numbers of a drawn scene of one band, brightnesses left at 0."""
        parts = {"source": scene.source[0], "lens": (scene.lens,), "light": scene.foreground[0]}
        return np.array(
            [_number(parts[group][0], name) for group, named in self._groups.items() for name in named] + [0.0]
        )

    def scene(self, numbers: Numbers) -> SmoothScene:
        """The scene that free numbers make."""
        left = iter(numbers.tolist())
        source, lens, light = ({name: next(left) for name in named} for named in self._groups.values())
        brightness = math.exp(next(left))
        macro = MacroLens(**({"slope": self._slope} | lens))
        galaxy = sersic_of(source, self._known_amplitude if self.counts else brightness)
        of_lens = None
        if light:
            of_lens = sersic_of(light | {"center_x": macro.x, "center_y": macro.y}, math.exp(light["ln_brightness"]))
        return SmoothScene(macro, galaxy, of_lens, brightness if self.counts else 1.0)


def _number(profile: object, name: str) -> float:
    if name == "ln_brightness":
        return 0.0
    plain = name.removeprefix("ln_")
    value = float(getattr(profile, plain))
    return value if plain == name else math.log(value)


def sersic_of(numbers: dict[str, float], amplitude: float) -> SersicSource:
    """A profile from its free numbers; place and ellipticity are 0 where they are missing."""
    return SersicSource(
        amplitude,
        math.exp(numbers["ln_R_sersic"]),
        numbers["n_sersic"],
        numbers.get("e1", 0.0),
        numbers.get("e2", 0.0),
        numbers.get("center_x", 0.0),
        numbers.get("center_y", 0.0),
    )


def typical_shape(part: SersicLight) -> dict[str, float]:
    """Size and profile in the middle of what a recipe draws."""
    return {"ln_R_sersic": math.log(part.R_sersic.quantile(0.5)), "n_sersic": part.n_sersic.quantile(0.5)}


def _known_amplitude(recipe: Recipe) -> float:
    assert isinstance(recipe.source, SersicLight)
    assert recipe.source.amplitude is not None  # the recipe was checked
    return recipe.source.amplitude.quantile(0.5)
