"""What the values of a recipe must be, whatever drew them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lensym.errors import UsageError
from lensym.physics.psf import MoffatPSF
from lensym.simulation.distributions import Distribution
from lensym.simulation.files import read_psf, usable_galaxies
from lensym.simulation.parts import (
    VARIANTS,
    AlongMass,
    AxisRatio,
    CcdNoise,
    Components,
    FilePsf,
    GalaxySource,
    Lens,
    LinePopulation,
    Noiseless,
    Place,
    PointMassPopulation,
    PoissonSky,
    PolarPlace,
    PublishedCounts,
    SersicLight,
    SersicSource,
    SolitonPopulation,
    SubhaloPopulation,
    VortexPopulation,
)

if TYPE_CHECKING:
    from lensym.simulation.recipe import Recipe

_SMALLEST_IMAGE, _LARGEST_IMAGE = 16, 4096
"""Pixels a side below which the networks have nothing to work on, and above which an image is no cutout of a lens."""

Rule = tuple[str, Any, bool, str]
"""Key's path, its value, whether that is good, and what it must be."""


def check(recipe: Recipe) -> None:
    """Refuse values that no scene can have, by UsageError with the key's path, and files by InputError with theirs."""
    for rules in (_setting_rules, _lens_rules, _light_rules, _population_rules, _observation_rules):
        for key, value, good, rule in rules(recipe):
            if not good:
                shown = value.to_plain() if isinstance(value, Distribution) else value
                raise UsageError(f"{key} must be {rule}", repr(shown), "mend this key of the recipe")


def _setting_rules(recipe: Recipe) -> Iterator[Rule]:
    cosmology = recipe.cosmology
    yield _one_of(VARIANTS, "variant", recipe.variant)
    yield _above(0, "z_lens", recipe.z_lens)
    nearest = recipe.z_lens.high + recipe.z_gap
    behind = (
        recipe.z_source.high > nearest and recipe.z_gap >= 0 and (recipe.z_gap > 0 or recipe.z_source.low > nearest)
    )
    yield "z_source", recipe.z_source, behind, f"behind the lens at {recipe.z_lens.high:g}"
    yield _above(0, "cosmology.H0", cosmology.H0)
    yield "cosmology.Om0", cosmology.Om0, 0 < cosmology.Om0 <= 1, "above 0, to 1"
    yield _one_of(("angular", "luminosity"), "cosmology.distance", cosmology.distance)
    yield _one_of(("linear", "series"), "sersic", recipe.sersic)


def _lens_rules(recipe: Recipe) -> Iterator[Rule]:
    lenses = {"lens": recipe.lens} | {f"lens_of_class.{name}": lens for name, lens in recipe.lens_of_class.items()}
    for name in recipe.lens_of_class:
        yield _one_of(recipe.classes, "lens_of_class", name)
    for key, lens in lenses.items():
        yield from _one_lens(key, lens, recipe)


def _one_lens(key: str, lens: Lens, recipe: Recipe) -> Iterator[Rule]:
    strengths = {"theta_E": lens.theta_E, "mass": lens.mass, "velocity_dispersion": lens.velocity_dispersion}
    yield _exactly_one(key, strengths)
    for name, value in strengths.items():
        if value is not None:
            yield _above(0, f"{key}.{name}", value)
    yield f"{key}.slope", lens.slope, lens.slope.low > 1 and lens.slope.high < 3, "above 1 and below 3"
    yield from _ellipticity(f"{key}.ellipticity", lens.ellipticity)
    yield from _place(f"{key}.center", lens.center)
    if lens.z_source_convention is not None:
        good = lens.z_source_convention > recipe.z_lens.high
        yield f"{key}.z_source_convention", lens.z_source_convention, good, "behind the lens"


def _light_rules(recipe: Recipe) -> Iterator[Rule]:
    source = recipe.source
    if isinstance(source, GalaxySource):
        yield _above(0, "source.scale", source.scale)
        yield from _magnitudes("source", source.magnitude, recipe)
        yield from _place("source.center", source.center)
        if source.file is not None:
            usable_galaxies(source.file, recipe.channels)
    else:
        yield from _one_light("source", source, recipe)
        yield from _clumps(source)
    for k, light in enumerate(recipe.lens_light):
        yield from _one_light(f"lens_light[{k}]", light, recipe)
    if recipe.neighbours is not None:
        yield _number_of("neighbours.count", recipe.neighbours.count)
        yield from _one_light("neighbours.light", recipe.neighbours.light, recipe)


def _clumps(source: SersicSource) -> Iterator[Rule]:
    if source.clumps is not None:
        fraction = source.clumps.flux_fraction
        yield _number_of("source.clumps.count", source.clumps.count)
        yield "source.clumps.flux_fraction", fraction, 0 <= fraction.low <= fraction.high <= 1, "from 0 to 1"
        yield _above(0, "source.clumps.R_sersic", source.clumps.R_sersic)


def _one_light(key: str, light: SersicLight, recipe: Recipe) -> Iterator[Rule]:
    yield _above(0, f"{key}.R_sersic", light.R_sersic)
    yield _above(0.2, f"{key}.n_sersic", light.n_sersic)
    yield from _ellipticity(f"{key}.ellipticity", light.ellipticity)
    yield from _place(f"{key}.center", light.center)
    yield _exactly_one(key, {"amplitude": light.amplitude, "magnitude": light.magnitude})
    if light.amplitude is not None:
        yield _above(0, f"{key}.amplitude", light.amplitude)
        yield f"{key}.amplitude", light.amplitude, recipe.channels == 1, "a magnitude for each band instead"
    if light.magnitude is not None:
        yield from _magnitudes(key, light.magnitude, recipe)


def _magnitudes(key: str, magnitudes: tuple[Distribution, ...], recipe: Recipe) -> Iterator[Rule]:
    plain = [m.to_plain() for m in magnitudes]
    yield f"{key}.magnitude", plain, len(magnitudes) == recipe.channels, f"a list of {recipe.channels}, one a band"
    zero_point = recipe.observation.zero_point
    yield "observation.zero_point", zero_point, zero_point is not None, "given, where there are magnitudes"


def _population_rules(recipe: Recipe) -> Iterator[Rule]:
    for name, population in recipe.populations.items():
        key = f"classes.{name}"
        if isinstance(population, PointMassPopulation):
            yield from _point_masses(key, population)
        elif isinstance(population, VortexPopulation):
            yield from _vortex(key, population)
        elif isinstance(population, SubhaloPopulation | SolitonPopulation | LinePopulation):
            yield from _field(key, population)


def _point_masses(key: str, population: PointMassPopulation) -> Iterator[Rule]:
    yield _number_of(f"{key}.count", population.count)
    yield from _place(f"{key}.place", population.place)
    yield _exactly_one(key, {"mass": population.mass, "theta_E": population.theta_E})
    both = population.mass_fraction is None or population.mass is not None
    yield f"{key}.mass_fraction", population.mass_fraction, both, "given with mass, and only with it"
    for name in ("mass", "theta_E", "mass_fraction"):
        value = getattr(population, name)
        if value is not None:
            yield _above(0, f"{key}.{name}", value)


def _vortex(key: str, population: VortexPopulation) -> Iterator[Rule]:
    strengths = {k: getattr(population, k) for k in ("total_mass", "theta_E", "mass_fraction")}
    yield _exactly_one(key, strengths)
    for name, value in strengths.items():
        if value is not None:
            yield _above(0, f"{key}.{name}", value)
    lengths = {"length": population.length, "length_at_1e-22": population.length_at_1e_22}
    yield _exactly_one(key, lengths)
    for name, value in lengths.items():
        if value is not None:
            yield _above(0, f"{key}.{name}", value)
    both = (population.length_at_1e_22 is None) == (population.log10_axion_mass is None)
    yield f"{key}.log10_axion_mass", population.log10_axion_mass, both, "given with length_at_1e-22, and only with it"
    yield _one_of(("centred", "degrees"), f"{key}.layout", population.layout)


def _field(key: str, population: SubhaloPopulation | SolitonPopulation | LinePopulation) -> Iterator[Rule]:
    fraction = population.mass_fraction
    yield f"{key}.mass_fraction", fraction, 0 < fraction.low <= fraction.high < 1, "above 0 and below 1"
    yield _above(0, f"{key}.extent", population.extent)
    if isinstance(population, LinePopulation):
        yield _above(0, f"{key}.length_kpc_at_1e-22", population.length_kpc_at_1e_22)
        yield _above(0, f"{key}.mass_extent", population.mass_extent)
    if population.mass is not None:
        good = population.mass.kind == "power_law" and population.mass.low > 0
        yield f"{key}.mass", population.mass, good, "a power_law of masses above 0"
    if isinstance(population, SubhaloPopulation):
        yield _one_of(("tnfw", "point"), f"{key}.profile", population.profile)
        yield _above(0, f"{key}.truncation", population.truncation)


def _observation_rules(recipe: Recipe) -> Iterator[Rule]:
    yield _at_least(_SMALLEST_IMAGE, "image.size", recipe.image_size)
    yield "image.size", recipe.image_size, recipe.image_size <= _LARGEST_IMAGE, f"at most {_LARGEST_IMAGE}"
    yield _above(0, "image.pixel_scale", recipe.pixel_scale)
    yield from _psf_rules(recipe)
    noise = recipe.observation.noise
    if isinstance(noise, PublishedCounts):
        yield _above(0, "observation.noise.exposure", noise.exposure)
        yield _at_least(0, "observation.noise.background_rms", noise.background_rms)
        yield "observation.scaled", True, not recipe.observation.scaled, "false, where counts are stored"
    elif isinstance(noise, PoissonSky):
        yield _above(0, "observation.noise.exposure", noise.exposure)
        yield _at_least(0, "observation.noise.sky", noise.sky)
    elif isinstance(noise, Noiseless):
        yield _above(0, "observation.noise.factor", noise.factor)
    else:
        yield from _ccd_rules(noise, recipe)


def _psf_rules(recipe: Recipe) -> Iterator[Rule]:
    psf = recipe.observation.psf
    if isinstance(psf, FilePsf):
        yield _fits_in("observation.psf.file", psf.file, read_psf(psf.file).width(recipe.pixel_scale), recipe)
        return
    yield _above(0, "observation.psf.fwhm", psf.fwhm)
    yield _above(0, "observation.psf.truncation", psf.truncation)
    if isinstance(psf, MoffatPSF):
        yield _above(1, "observation.psf.beta", psf.beta)
    yield _fits_in("observation.psf.fwhm", psf.fwhm, psf.width(recipe.pixel_scale), recipe)


def _fits_in(key: str, value: Any, width: int, recipe: Recipe) -> Rule:
    return (
        key,
        value,
        width <= recipe.image_size,
        f"of a PSF no wider than {recipe.image_size} px; it is {width} px wide",
    )


def _ccd_rules(noise: CcdNoise, recipe: Recipe) -> Iterator[Rule]:
    yield _above(0, "observation.noise.gain", noise.gain)
    yield _at_least(0, "observation.noise.read_noise", noise.read_noise)
    yield _above(0, "observation.noise.exposure_time", noise.exposure_time)
    zero_point = recipe.observation.zero_point
    yield "observation.zero_point", zero_point, zero_point is not None, "given, where the noise is a CCD's"


def _exactly_one(key: str, values: dict[str, Any]) -> Rule:
    given = [name for name, value in values.items() if value is not None]
    return key, ", ".join(given) or "none of them", len(given) == 1, f"given exactly one of {', '.join(values)}"


def _above(bound: float, key: str, value: float | Distribution) -> Rule:
    return key, value, _lowest(value) > bound, f"above {bound:g}"


def _at_least(bound: float, key: str, value: float | Distribution) -> Rule:
    return key, value, _lowest(value) >= bound, f"{bound:g} or more"


def _number_of(key: str, count: Distribution) -> Rule:
    whole = not count.is_constant or count.low % 1 == 0  # what is drawn is cut to a whole number
    return key, count, whole and count.low >= 0, "a whole number, 0 or more"


def _lowest(value: float | Distribution) -> float:
    return value.low if isinstance(value, Distribution) else value


def _one_of(names: tuple[str, ...], key: str, value: str) -> Rule:
    return key, value, value in names, " or ".join(map(repr, names))


def _place(key: str, place: Place | PolarPlace) -> Iterator[Rule]:
    if isinstance(place, PolarPlace):
        yield _at_least(0, f"{key}.radius", place.radius)
        yield _one_of(("arcsec", "theta_E"), f"{key}.unit", place.unit)


def _ellipticity(key: str, shape: Components | AxisRatio | AlongMass) -> Iterator[Rule]:
    if isinstance(shape, AxisRatio):
        yield f"{key}.q", shape.q, 0 < shape.q.low <= shape.q.high <= 1, "above 0, to 1"
    elif isinstance(shape, Components):
        if "normal" in (shape.e1.kind, shape.e2.kind):
            return  # a far draw is cut
        largest = math.hypot(*(max(abs(e.low), abs(e.high)) for e in (shape.e1, shape.e2)))
        shown = (shape.e1.to_plain(), shape.e2.to_plain())
        yield f"{key}.e1, {key}.e2", shown, largest < 1, "an ellipticity with a modulus below 1"
