"""Draw the numbers of one scene: redshifts, lens, light, exposure. The order is part of a data set's definition."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.physics.cosmology import (
    FlatLambdaCDM,
    deflection_ratio,
    einstein_radius,
    isothermal_einstein_radius,
)
from lensym.physics.mass import axis_ratio_and_angle
from lensym.physics.raytrace import MacroLens
from lensym.simulation.distributions import Distribution
from lensym.simulation.parts import (
    AlongMass,
    AxisRatio,
    Components,
    Cosmology,
    Lens,
    Place,
    PolarPlace,
    ShearComponents,
    ShearVector,
)
from lensym.simulation.recipe import Recipe

_LARGEST_ELLIPTICITY = 0.8
"""Drawn ellipticities of a normal distribution's far tail are cut here: an axis ratio of 1/9."""


class Draws:
    """Uniform random numbers of one image, taken one after the other.

    A constant takes its number too, so that fixing one value moves no other draw.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator
        self._numbers = self._stream()

    def _stream(self) -> Iterator[float]:
        while True:
            yield from self.generator.random(64).tolist()

    def one(self, distribution: Distribution) -> float:
        """A draw."""
        u = next(self._numbers)
        return distribution.values[0] if distribution.kind == "constant" else distribution.quantile(u)

    def many(self, distribution: Distribution, count: int) -> NDArray[np.float64]:
        """``count`` draws."""
        return distribution.quantiles(self.generator.random(count))

    def uniform(self, count: int) -> NDArray[np.float64]:
        """``count`` uniform numbers in [0, 1)."""
        return self.generator.random(count)


@dataclass(frozen=True)
class Setting:
    """Redshifts of a scene and what follows from them.

    ``unit_radius`` is the Einstein radius in arcsec of one solar mass; ``scale`` the factor on every deflection whose
    strength was stated for another source redshift.
    """

    cosmology: FlatLambdaCDM
    z_lens: float
    z_source: float
    unit_radius: float
    scale: float


def draw_setting(recipe: Recipe, lens: Lens, draws: Draws) -> Setting:
    """Redshifts, the source at least ``z_gap`` behind the lens."""
    z_lens, z_source = draws.one(recipe.z_lens), draws.one(recipe.z_source)
    z_source = _behind(z_source, z_lens + recipe.z_gap, recipe.z_source)
    return _setting(recipe.cosmology, z_lens, z_source, lens.z_source_convention)


def _behind(z: float, nearest: float, distribution: Distribution) -> float:
    """A source redshift drawn too near, moved to the same share of the range that is far enough."""
    low, high = distribution.low, distribution.high
    if low >= nearest or high == low:
        return z
    return nearest + (z - low) / (high - low) * (high - nearest)


@lru_cache(maxsize=8)
def _setting(parts: Cosmology, z_lens: float, z_source: float, convention: float | None) -> Setting:
    cosmology = FlatLambdaCDM(parts.H0, parts.Om0)
    distance: Any = parts.distance  # the recipe was checked
    radius = einstein_radius(1.0, z_lens, z_source, parts.H0, parts.Om0, distance)
    scale = deflection_ratio(z_lens, z_source, convention, cosmology) if convention else 1.0
    return Setting(cosmology, z_lens, z_source, radius, scale)


def draw_lens(lens: Lens, setting: Setting, draws: Draws) -> MacroLens:
    """The smooth lens; its strength is for the scene's own source."""
    e1, e2 = draw_ellipticity(lens.ellipticity, draws)
    gamma1, gamma2 = _draw_shear(lens.shear, draws)
    theta_E = _strength(lens, setting, draws)
    slope = draws.one(lens.slope)
    x, y = draw_position(lens.center, theta_E, draws)
    a3, a4 = draws.one(lens.a3), draws.one(lens.a4)
    s = setting.scale
    theta_E *= s ** (1 / (slope - 1))  # a power law's deflection goes as theta_E^(slope - 1)
    return MacroLens(theta_E, e1, e2, s * gamma1, s * gamma2, slope, x, y, theta_E * a3, theta_E * a4)


def _strength(lens: Lens, setting: Setting, draws: Draws) -> float:
    """Einstein radius in arcsec."""
    if lens.theta_E is not None:
        return draws.one(lens.theta_E)
    if lens.mass is not None:
        return float(setting.unit_radius * math.sqrt(draws.one(lens.mass)))
    assert lens.velocity_dispersion is not None  # the recipe was checked
    speed, z_source = draws.one(lens.velocity_dispersion), lens.z_source_convention or setting.z_source
    return float(isothermal_einstein_radius(speed, setting.z_lens, z_source, setting.cosmology))


def draw_ellipticity(
    shape: Components | AxisRatio | AlongMass, draws: Draws, lens: MacroLens | None = None
) -> tuple[float, float]:
    """Ellipticity (e1, e2); ``lens`` is the one that an ellipticity along the mass follows."""
    if isinstance(shape, Components):
        e1, e2 = draws.one(shape.e1), draws.one(shape.e2)
        if shape.e1.is_constant and shape.e2.is_constant:
            return e1, e2
        modulus = math.hypot(e1, e2)
        shrink = min(1.0, _LARGEST_ELLIPTICITY / modulus) if modulus > 0 else 1.0
        return e1 * shrink, e2 * shrink
    if isinstance(shape, AxisRatio):
        q, angle = draws.one(shape.q), math.radians(draws.one(shape.angle))
        modulus = (1 - q) / (1 + q)
    else:
        assert lens is not None  # the recipe was checked
        modulus, angle = math.hypot(lens.e1, lens.e2), axis_ratio_and_angle(lens.e1, lens.e2)[1]
        angle += math.radians(draws.one(shape.angle_to_mass))
    return modulus * math.cos(2 * angle), modulus * math.sin(2 * angle)


def _draw_shear(shear: ShearComponents | ShearVector, draws: Draws) -> tuple[float, float]:
    if isinstance(shear, ShearComponents):
        return draws.one(shear.gamma1), draws.one(shear.gamma2)
    gamma, angle = draws.one(shear.gamma), math.radians(draws.one(shear.angle))
    return gamma * math.cos(2 * angle), gamma * math.sin(2 * angle)


def draw_position(place: Place | PolarPlace, theta_E: float, draws: Draws) -> tuple[float, float]:
    """A place (x, y) in arcsec."""
    if isinstance(place, Place):
        return draws.one(place.x), draws.one(place.y)
    radius = draws.one(place.radius) * (theta_E if place.unit == "theta_E" else 1.0)
    angle = math.radians(draws.one(place.angle))
    return radius * math.cos(angle), radius * math.sin(angle)
