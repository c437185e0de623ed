"""Draw the substructure of one scene: perturbers, their total mass, and the columns of the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensym.physics.axion import soliton_in_arcsec
from lensym.physics.halos import tnfw_in_arcsec
from lensym.physics.perturbers import Lines, Perturbers, Solitons, TruncatedHalos
from lensym.physics.raytrace import MacroLens, PointMasses
from lensym.physics.substructure import mean_power_law, vortex_half_length, vortex_points
from lensym.simulation.distributions import Distribution
from lensym.simulation.draw import Draws, Setting
from lensym.simulation.parts import (
    LinePopulation,
    NoSubstructure,
    PointMassPopulation,
    Population,
    SolitonPopulation,
    SubhaloPopulation,
    VortexPopulation,
)

Column = NDArray[np.float64]


@dataclass(frozen=True)
class Substructure:
    """What was drawn: ``perturbers``, and the columns of the truth."""

    perturbers: tuple[Perturbers, ...]
    truth: dict[str, Any]


def draw_substructure(population: Population, lens: MacroLens, setting: Setting, draws: Draws) -> Substructure:
    """Perturbers of one image and their truth."""
    draw: Callable[..., Substructure] = _DRAWERS[type(population)]
    return draw(population, lens, setting, draws)


def _none(population: NoSubstructure, lens: MacroLens, setting: Setting, draws: Draws) -> Substructure:
    return Substructure((), {})


def _point_masses(population: PointMassPopulation, lens: MacroLens, setting: Setting, draws: Draws) -> Substructure:
    count = int(draws.one(population.count))
    squared, mass = _squared_radii(population, count, lens, setting, draws)
    radius = draws.many(population.place.radius, count) * (lens.theta_E if population.place.unit == "theta_E" else 1.0)
    angle = np.deg2rad(draws.many(population.place.angle, count))
    x, y = lens.x + radius * np.cos(angle), lens.y + radius * np.sin(angle)
    truth = {"subhalo_mass": mass, "subhalo_x": x, "subhalo_y": y}
    return Substructure((PointMasses(x, y, np.sqrt(squared)),), truth)


def _squared_radii(
    population: PointMassPopulation, count: int, lens: MacroLens, setting: Setting, draws: Draws
) -> tuple[Column, Column]:
    """Squares of the points' Einstein radii (arcsec^2), and their masses (solar masses)."""
    unit = setting.unit_radius**2
    if population.theta_E is not None:
        squared = draws.many(population.theta_E, count) ** 2
        return setting.scale * squared, squared / unit
    assert population.mass is not None  # the recipe was checked
    mass = draws.many(population.mass, count)
    if population.mass_fraction is not None and count:
        mass *= draws.one(population.mass_fraction) * (lens.theta_E / setting.scale) ** 2 / unit / mass.sum()
    return setting.scale * unit * mass, mass


def _vortex(population: VortexPopulation, lens: MacroLens, setting: Setting, draws: Draws) -> Substructure:
    truth = {}
    if population.log10_axion_mass is not None:
        truth["log10_axion_mass"] = draws.one(population.log10_axion_mass)
    angle = draws.one(population.angle)
    if population.length is not None:
        half_length = draws.one(population.length) / 2
    else:
        assert population.length_at_1e_22 is not None  # the recipe was checked
        half_length = vortex_half_length(truth["log10_axion_mass"], population.length_at_1e_22)
    along_x, along_y = _vortex_points(population, half_length, math.radians(angle))
    x, y = lens.x + along_x, lens.y + along_y
    squared = _vortex_strength(population, lens, setting, draws)
    if population.layout == "degrees":
        angle = (90 - angle) % 360  # counted from +y, as that generator's places are (y, x)
    truth |= {"vortex_angle": angle, "vortex_half_length": half_length, "vortex_mass": squared / setting.unit_radius**2}
    radii = np.full(population.points, math.sqrt(setting.scale * squared / population.points))
    return Substructure((PointMasses(x, y, radii),), truth)


def _vortex_points(population: VortexPopulation, half_length: float, angle: float) -> tuple[Column, Column]:
    if population.layout == "centred":
        return vortex_points(half_length, angle, population.points)
    # places are (y, x); the start is half a length away in the direction of as many degrees as the angle has radians
    start = math.radians(angle)
    along = 2 * half_length / population.points * np.arange(population.points)
    y, x = -half_length * math.cos(start), -half_length * math.sin(start)
    return np.asarray(x + along * math.sin(angle)), np.asarray(y + along * math.cos(angle))


def _vortex_strength(population: VortexPopulation, lens: MacroLens, setting: Setting, draws: Draws) -> float:
    """Square of the whole vortex's Einstein radius in arcsec^2, before the scene's scale."""
    if population.total_mass is not None:
        return setting.unit_radius**2 * draws.one(population.total_mass)
    if population.theta_E is not None:
        return population.points * draws.one(population.theta_E) ** 2
    assert population.mass_fraction is not None  # the recipe was checked
    return draws.one(population.mass_fraction) * (lens.theta_E / setting.scale) ** 2


def _subhalos(population: SubhaloPopulation, lens: MacroLens, setting: Setting, draws: Draws) -> Substructure:
    fraction = draws.one(population.mass_fraction)
    mass, x, y = _field(fraction, population.mass, population.extent, lens, setting, draws)
    truth = _field_truth(fraction, mass, x, y)
    if population.profile == "point":
        return Substructure((PointMasses(x, y, setting.unit_radius * np.sqrt(mass)),), truth)
    tau = np.full_like(mass, population.truncation)
    Rs, alpha_Rs, _ = tnfw_in_arcsec(mass, tau, setting.z_lens, setting.z_source, setting.cosmology)
    return Substructure((TruncatedHalos(x, y, Rs, alpha_Rs, population.truncation),), truth)


def _solitons(population: SolitonPopulation, lens: MacroLens, setting: Setting, draws: Draws) -> Substructure:
    fraction, log10_mass = draws.one(population.mass_fraction), draws.one(population.log10_axion_mass)
    mass, x, y = _field(fraction, population.mass, population.extent, lens, setting, draws)
    shape = soliton_in_arcsec(mass, log10_mass, setting.z_lens, setting.z_source, setting.cosmology)
    truth = {"log10_axion_mass": log10_mass} | _field_truth(fraction, mass, x, y)
    return Substructure((Solitons(x, y, *shape),), truth)


def _field(
    fraction: float, mass_function: Distribution, extent: float, lens: MacroLens, setting: Setting, draws: Draws
) -> tuple[Column, Column, Column]:
    """Masses and places of subhalos, uniform in area inside ``extent`` Einstein radii of the lens's centre.

    They hold ``fraction`` of the lens's mass there on average.
    """
    mass = _masses(fraction * _mass_inside(extent, lens, setting), mass_function, draws)
    radius = extent * lens.theta_E * np.sqrt(draws.uniform(len(mass)))
    angle = 2 * math.pi * draws.uniform(len(mass))
    return mass, lens.x + radius * np.cos(angle), lens.y + radius * np.sin(angle)


def _masses(expected: float, mass_function: Distribution, draws: Draws) -> Column:
    """Masses of a Poisson number of subhalos, which are ``expected`` together on average (solar masses)."""
    mean_number = expected / mean_power_law(*mass_function.values)
    return draws.many(mass_function, int(draws.one(Distribution("poisson", (mean_number,)))))


def _field_truth(fraction: float, mass: Column, x: Column, y: Column) -> dict[str, Any]:
    return {
        "mass_fraction": fraction,
        "substructure_mass": float(mass.sum()),
        "subhalo_count": len(mass),
        "subhalo_mass": mass,
        "subhalo_x": x,
        "subhalo_y": y,
    }


def _line(population: LinePopulation, lens: MacroLens, setting: Setting, draws: Draws) -> Substructure:
    fraction, log10_mass = draws.one(population.mass_fraction), draws.one(population.log10_axion_mass)
    mass = fraction * _mass_inside(population.mass_extent, lens, setting)
    if population.mass is not None:
        mass = float(_masses(mass, population.mass, draws).sum())
    kpc = population.length_kpc_at_1e_22 * 10 ** (-22 - log10_mass)
    length = kpc / setting.cosmology.kpc_per_arcsec(setting.z_lens)
    angle = draws.one(population.angle)
    u, turn = draws.uniform(2)
    radius = population.extent * lens.theta_E * math.sqrt(u)
    x, y = lens.x + radius * math.cos(2 * math.pi * turn), lens.y + radius * math.sin(2 * math.pi * turn)
    theta_E = setting.unit_radius * math.sqrt(mass)
    line = Lines(*(np.array([v]) for v in (x, y, length, math.radians(angle), theta_E)))
    truth = {
        "mass_fraction": fraction,
        "substructure_mass": mass,
        "log10_axion_mass": log10_mass,
        "vortex_angle": angle,
        "vortex_half_length": length / 2,
        "vortex_x": x,
        "vortex_y": y,
    }
    return Substructure((line,), truth)


def _mass_inside(extent: float, lens: MacroLens, setting: Setting) -> float:
    """The smooth lens's mass in solar masses inside ``extent`` Einstein radii: ``M(< r) ~ r^(3 - slope)``."""
    return float(extent ** (3 - lens.slope) * (lens.theta_E / setting.unit_radius) ** 2)


_DRAWERS: dict[type[Any], Callable[..., Substructure]] = {
    NoSubstructure: _none,
    PointMassPopulation: _point_masses,
    VortexPopulation: _vortex,
    SubhaloPopulation: _subhalos,
    LinePopulation: _line,
    SolitonPopulation: _solitons,
}
