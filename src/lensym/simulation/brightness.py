"""Draw what shines: the source with its clumps, the lens galaxy, neighbours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from lensym.physics.light import sersic_amplitude, sersic_b, sersic_total_flux, spiral_galaxy
from lensym.physics.raytrace import MacroLens, PictureSource, SersicSource
from lensym.simulation.draw import Draws, draw_ellipticity, draw_position
from lensym.simulation.files import draw_picture
from lensym.simulation.parts import Clumps, GalaxySource, SersicLight
from lensym.simulation.recipe import Recipe

Light = SersicSource | PictureSource
"""Anything with a surface brightness."""

Bands = tuple[tuple[Light, ...], ...]

PROCEDURAL_SIZE = 256
"""Pixels a side of a procedural galaxy, as those of Galaxy10 DECaLS."""


def draw_source(recipe: Recipe, lens: MacroLens, draws: Draws) -> tuple[Bands, dict[str, Any]]:
    """The source's lights in each band, and their truth."""
    part = recipe.source
    if isinstance(part, GalaxySource):
        return _draw_galaxy(part, recipe, lens, draws)
    lights, truth = _draw_sersic(part, recipe, lens, draws, "source")
    if part.clumps is None:
        return tuple((light,) for light in lights), truth
    bands, more = _with_clumps(lights, part.clumps, draws)
    return bands, truth | more


def _draw_galaxy(part: GalaxySource, recipe: Recipe, lens: MacroLens, draws: Draws) -> tuple[Bands, dict[str, Any]]:
    """A picture of a galaxy of the user's file, or one drawn by a procedure, with the magnitude of each band."""
    magnitudes = [draws.one(m) for m in part.magnitude]
    angle = draws.one(part.angle)
    x, y = draw_position(part.center, lens.theta_E, draws)
    x, y = lens.x + x, lens.y + y
    truth = {"source_x": x, "source_y": y, "source_angle": angle}
    truth |= {_band("source_magnitude", k): m for k, m in enumerate(magnitudes)}
    if part.file is None:
        planes = [spiral_galaxy(PROCEDURAL_SIZE, draws.generator)] * recipe.channels
    else:
        number, planes = draw_picture(part.file, recipe.channels, draws)
        truth["source_galaxy"] = number
    zero_point = recipe.observation.zero_point
    assert zero_point is not None  # the recipe was checked
    bands = []
    for plane, magnitude in zip(planes, magnitudes, strict=True):
        amplitude = 10 ** (-0.4 * (magnitude - zero_point)) / (plane.sum() * part.scale**2)
        bands.append((PictureSource(amplitude * plane, part.scale, math.radians(angle), x, y),))
    return tuple(bands), truth


def _band(name: str, k: int) -> str:
    """Column of band ``k``: the first has the plain name."""
    return f"{name}_{k + 1}" if k else name


def draw_foreground(recipe: Recipe, lens: MacroLens, draws: Draws) -> tuple[Bands, dict[str, Any]]:
    """Lights in front of the lens or beside it, in each band, and their truth."""
    bands: Bands = ((),) * recipe.channels
    truth: dict[str, Any] = {}
    for k, part in enumerate(recipe.lens_light):
        name = "light" if len(recipe.lens_light) == 1 else f"light{k + 1}"
        lights, columns = _draw_sersic(part, recipe, lens, draws, name)
        bands, truth = _added(bands, lights), truth | columns
    if recipe.neighbours is not None:
        count = int(draws.one(recipe.neighbours.count))
        for _ in range(count):
            lights, _ = _draw_sersic(recipe.neighbours.light, recipe, lens, draws, "neighbour")
            bands = _added(bands, lights)
        truth["neighbours"] = count
    return bands, truth


def _added(bands: Bands, lights: Iterable[Light]) -> Bands:
    return tuple((*band, light) for band, light in zip(bands, lights, strict=True))


def _draw_sersic(
    part: SersicLight, recipe: Recipe, lens: MacroLens, draws: Draws, name: str
) -> tuple[tuple[SersicSource, ...], dict[str, float]]:
    """One profile in each band, its place counted from the lens's, and the truth under ``name``."""
    radius, n = draws.one(part.R_sersic), draws.one(part.n_sersic)
    e1, e2 = draw_ellipticity(part.ellipticity, draws, lens)
    x, y = draw_position(part.center, lens.theta_E, draws)
    x, y = lens.x + x, lens.y + y
    truth = {"x": x, "y": y, "R_sersic": radius, "n_sersic": n, "e1": e1, "e2": e2}
    radius, factor = series_to_linear(radius, n) if recipe.sersic == "series" else (radius, 1.0)
    if part.amplitude is not None:
        truth["amplitude"] = draws.one(part.amplitude)
        brightness = [factor * truth["amplitude"]]
    else:
        assert part.magnitude is not None  # the recipe was checked
        assert recipe.observation.zero_point is not None
        magnitudes = [draws.one(m) for m in part.magnitude]
        truth |= {_band("magnitude", k): m for k, m in enumerate(magnitudes)}
        fluxes = [10 ** (-0.4 * (m - recipe.observation.zero_point)) for m in magnitudes]
        brightness = [sersic_amplitude(flux, radius, n) for flux in fluxes]
    lights = tuple(SersicSource(value, radius, n, e1, e2, x, y) for value in brightness)
    return lights, {f"{name}_{key}": value for key, value in truth.items()}


def _with_clumps(smooth: Sequence[SersicSource], clumps: Clumps, draws: Draws) -> tuple[Bands, dict[str, Any]]:
    """Part of each band's light moved into the same round spots about the source's centre."""
    count, fraction = int(draws.one(clumps.count)), draws.one(clumps.flux_fraction)
    truth = {"source_clumps": count, "source_clump_fraction": fraction if count else 0.0}
    if not count:
        return tuple((light,) for light in smooth), truth
    spots = [_spot(smooth[0], draws.one(clumps.R_sersic), *draws.uniform(2)) for _ in range(count)]
    bands = []
    for light in smooth:
        flux = sersic_total_flux(light.amplitude, light.R_sersic, light.n_sersic)
        knots = [
            replace(spot, amplitude=sersic_amplitude(fraction * flux / count, spot.R_sersic, 1.0)) for spot in spots
        ]
        bands.append((replace(light, amplitude=light.amplitude * (1 - fraction)), *knots))
    return tuple(bands), truth


def _spot(host: SersicSource, radius: float, u: float, turn: float) -> SersicSource:
    """A round spot at a place that is normally distributed about the host's centre, half of them inside its radius."""
    distance, angle = host.R_sersic * math.sqrt(-math.log1p(-u) / math.log(2)), 2 * math.pi * turn
    x, y = host.center_x + distance * math.cos(angle), host.center_y + distance * math.sin(angle)
    return SersicSource(1.0, radius, 1.0, 0.0, 0.0, x, y)


def series_to_linear(R_sersic: float, n_sersic: float) -> tuple[float, float]:
    """Radius, and factor on the amplitude, with which the linear constant gives the profile of the series one.

    The profile ``exp(-b ((r / R)^(1/n) - 1))`` with another ``b`` is itself at another radius. The series is Ciotti &
    Bertin 1999, eq. 18, as PyAutoLens has it.
    """
    n, linear = n_sersic, sersic_b(n_sersic)
    series = 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n**2) + 131 / (1148175 * n**3)
    series -= 2194697 / (30690717750 * n**4)
    return R_sersic * (linear / series) ** n, math.exp(series - linear)
