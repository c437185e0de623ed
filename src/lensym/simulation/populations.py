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
    """What was drawn: ``perturbers``, and their mass inside the Einstein radius in units of the lens's there."""

    perturbers: tuple[Perturbers, ...]
    truth: dict[str, Any]
    share_inside: float = 0.0


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
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    truth = {"subhalo_mass": mass, "subhalo_x": x, "subhalo_y": y}
    return Substructure((PointMasses(x, y, np.sqrt(squared)),), truth, _share(squared, x, y, lens))


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
    x, y = _vortex_points(population, half_length, math.radians(angle))
    squared = _vortex_strength(population, lens, setting, draws)
    truth |= {"vortex_angle": angle, "vortex_half_length": half_length, "vortex_mass": squared / setting.unit_radius**2}
    radii = np.full(population.points, math.sqrt(setting.scale * squared / population.points))
    return Substructure((PointMasses(x, y, radii),), truth, _share(radii**2, x, y, lens))


def _vortex_points(population: VortexPopulation, half_length: float, angle: float) -> tuple[Column, Column]:
    if population.layout == "centred":
        return vortex_points(half_length, angle, population.points)
    # the start is half a length away in the direction of as many degrees as the angle has radians
    start = math.radians(angle)
    along = 2 * half_length / population.points * np.arange(population.points)
    x, y = -half_length * math.cos(start), -half_length * math.sin(start)
    return np.asarray(x + along * math.cos(angle)), np.asarray(y + along * math.sin(angle))


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
    squared = setting.unit_radius**2 * mass
    truth = _field_truth(fraction, mass, x, y)
    share = _share(squared, x, y, lens)
    if population.profile == "point":
        return Substructure((PointMasses(x, y, np.sqrt(squared)),), truth, share)
    tau = np.full_like(mass, population.truncation)
    Rs, alpha_Rs, _ = tnfw_in_arcsec(mass, tau, setting.z_lens, setting.z_source, setting.cosmology)
    return Substructure((TruncatedHalos(x, y, Rs, alpha_Rs, population.truncation),), truth, share)


def _solitons(population: SolitonPopulation, lens: MacroLens, setting: Setting, draws: Draws) -> Substructure:
    fraction, log10_mass = draws.one(population.mass_fraction), draws.one(population.log10_axion_mass)
    mass, x, y = _field(fraction, population.mass, population.extent, lens, setting, draws)
    shape = soliton_in_arcsec(mass, log10_mass, setting.z_lens, setting.z_source, setting.cosmology)
    truth = {"log10_axion_mass": log10_mass} | _field_truth(fraction, mass, x, y)
    return Substructure((Solitons(x, y, *shape),), truth, _share(setting.unit_radius**2 * mass, x, y, lens))


def _field(
    fraction: float, mass_function: Distribution, extent: float, lens: MacroLens, setting: Setting, draws: Draws
) -> tuple[Column, Column, Column]:
    """Masses and places of subhalos, uniform in area inside ``extent`` Einstein radii of the lens's centre.

    Their number is Poisson's, its mean such that they hold ``fraction`` of the lens's mass there on average.
    """
    expected = fraction * _mass_inside(extent, lens, setting) / mean_power_law(*mass_function.values)
    count = int(draws.one(Distribution("poisson", (expected,))))
    mass = draws.many(mass_function, count)
    radius = extent * lens.theta_E * np.sqrt(draws.uniform(count))
    angle = 2 * math.pi * draws.uniform(count)
    return mass, lens.x + radius * np.cos(angle), lens.y + radius * np.sin(angle)


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
    kpc = population.length_kpc_at_1e_22 * 10 ** (-22 - log10_mass)
    length = kpc / setting.cosmology.kpc_per_arcsec(setting.z_lens)
    angle = draws.one(population.angle)
    u, turn = draws.uniform(2)
    radius = population.extent * lens.theta_E * math.sqrt(u)
    x, y = lens.x + radius * math.cos(2 * math.pi * turn), lens.y + radius * math.sin(2 * math.pi * turn)
    squared = setting.unit_radius**2 * mass
    line = Lines(*(np.array([v]) for v in (x, y, length, math.radians(angle), math.sqrt(squared))))
    truth = {
        "mass_fraction": fraction,
        "substructure_mass": mass,
        "log10_axion_mass": log10_mass,
        "vortex_angle": angle,
        "vortex_half_length": length / 2,
        "vortex_x": x,
        "vortex_y": y,
    }
    return Substructure((line,), truth, fraction_of_line_inside(x, y, length, angle, lens) * squared / lens.theta_E**2)


def fraction_of_line_inside(x: float, y: float, length: float, angle: float, lens: MacroLens) -> float:
    """Share of a line (centre and length in arcsec, angle in degrees) that lies inside the Einstein circle."""
    along_x, along_y = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    dx, dy = x - lens.x, y - lens.y
    nearest = dx * along_x + dy * along_y
    discriminant = nearest**2 - (dx**2 + dy**2 - lens.theta_E**2)
    if discriminant <= 0:
        return 0.0
    first, last = -nearest - math.sqrt(discriminant), -nearest + math.sqrt(discriminant)
    return max(0.0, min(last, length / 2) - max(first, -length / 2)) / length


def _mass_inside(extent: float, lens: MacroLens, setting: Setting) -> float:
    """The smooth lens's mass in solar masses inside ``extent`` Einstein radii: ``M(< r) ~ r^(3 - slope)``."""
    return float(extent ** (3 - lens.slope) * (lens.theta_E / setting.unit_radius) ** 2)


def _share(squared: Column, x: Column, y: Column, lens: MacroLens) -> float:
    """Mass of points inside the Einstein radius in units of the lens's mass there, from their squared radii."""
    inside = np.hypot(x - lens.x, y - lens.y) < lens.theta_E
    return float(squared[inside].sum() / lens.theta_E**2)


_DRAWERS: dict[type[Any], Callable[..., Substructure]] = {
    NoSubstructure: _none,
    PointMassPopulation: _point_masses,
    VortexPopulation: _vortex,
    SubhaloPopulation: _subhalos,
    LinePopulation: _line,
    SolitonPopulation: _solitons,
}
