"""What can be seen at all: how well the classes separate as one property of the survey or the sky changes.

At each grid point images are simulated anew and a network is trained anew: one that was trained elsewhere would
measure the shift between the two, not the information in the images.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lensym.conventions import names_in
from lensym.errors import UsageError, unknown_name
from lensym.simulation.recipe import Recipe, parse_recipe, require_recipe
from lensym.study.point import Say, Training, run_point

FACTORS: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0)
"""By which each property is multiplied."""

Plain = dict[str, Any]


def sensitivity(
    recipe: Recipe,
    out: str | Path,
    axes: Sequence[str] = (),
    factors: Sequence[float] = FACTORS,
    training: Training | None = None,
    workers: int | None = None,
    say: Say = lambda line: None,
) -> list[dict[str, Any]]:
    """Separability of a recipe's classes along each axis.

    Parameters
    ----------
    out
        Folder of the study; one that was begun is finished.
    axes
        Some of :data:`AXES`; if empty, all that the recipe has.
    factors
        By which each axis's property is multiplied.

    Returns
    -------
    A row for each axis and factor: ``axis``, ``factor``, ``value`` (the property itself, with its unit) and the figures
    of :func:`~lensym.study.point.run_point`.
    """
    axes = names_in(axes)
    _check(recipe, axes, factors)
    points = [(axis, factor) for axis in axes or _applicable(recipe, say) for factor in sorted(set(factors))]
    changed = [scaled(recipe, axis, factor) for axis, factor in points]  # all refusals come before any work
    rows = []
    for k, ((axis, factor), point) in enumerate(zip(points, changed, strict=True), start=1):
        value = describe(point, axis)
        say(f"{k} of {len(points)}: {axis} x {factor:g}, {value}")
        name = "unchanged" if factor == 1 else f"{axis}-{factor:g}"
        result = run_point(point, training or Training(), Path(out) / name, workers)
        rows.append({"axis": axis, "factor": factor, "value": value, **result})
    return rows


def _check(recipe: Recipe, axes: Sequence[str], factors: Sequence[float]) -> None:
    require_recipe(recipe)
    if len(recipe.classes) < 2:
        raise UsageError(
            "a recipe of two classes or more, to tell them apart",
            f"'{recipe.name}' ({recipe.variant}) with '{recipe.classes[0]}' alone",
            "choose another recipe or variant",
        )
    for axis in axes:
        if axis not in AXES:
            raise unknown_name("axis", axis, AXES)
    if not factors or min(factors) <= 0:
        raise UsageError("factors above 0", f"{list(factors)}", "for instance --factors 0.5 1 2")


def _applicable(recipe: Recipe, say: Say) -> list[str]:
    """The axes that the recipe has; the others are named with the reason."""
    axes = []
    for axis in AXES:
        try:
            scaled(recipe, axis, 1.5)
        except UsageError as error:
            say(f"without {axis}: {error}")
        else:
            axes.append(axis)
    return axes


def scaled(recipe: Recipe, axis: str, factor: float) -> Recipe:
    """The recipe with one property multiplied; the field of view stays as it is."""
    plain = recipe.to_dict()
    if factor != 1:
        AXES[axis](plain, factor)
    return parse_recipe(plain, recipe.name)


def _scale_mass(plain: Plain, factor: float) -> None:
    """All substructure heavier: its share of the lens's mass where the recipe states that, else its masses."""
    for population in plain["classes"].values():
        if "mass_fraction" in population:
            population["mass_fraction"] = multiplied(population["mass_fraction"], factor)
        elif "theta_E" in population:
            population["theta_E"] = multiplied(population["theta_E"], factor**0.5)
        else:
            for key in population.keys() & {"mass", "total_mass"}:
                population[key] = multiplied(population[key], factor)


def _scale_pixels(plain: Plain, factor: float) -> None:
    """Pixels larger and fewer; noise that is stated for a pixel goes with its area."""
    image, noise = plain["image"], plain["observation"]["noise"]
    image["size"] = 2 * round(image["size"] / factor / 2)
    image["pixel_scale"] *= factor
    for key, power in (("background_rms", 1), ("sky", 2)):
        if key in noise:
            noise[key] *= factor**power


def _scale_psf(plain: Plain, factor: float) -> None:
    psf = plain["observation"]["psf"]
    if "fwhm" not in psf:
        raise UsageError("a PSF with a width for the axis 'psf'", "one that is a file", "leave this axis out")
    psf["fwhm"] *= factor


def _scale_exposure(plain: Plain, factor: float) -> None:
    noise = plain["observation"]["noise"]
    keys = noise.keys() & {"exposure", "exposure_time"}
    if not keys:
        raise UsageError("a recipe with noise for the axis 'exposure'", "one without", "leave this axis out")
    for key in keys:
        noise[key] = multiplied(noise[key], factor)


AXES: Mapping[str, Callable[[Plain, float], None]] = {
    "mass": _scale_mass,
    "pixels": _scale_pixels,
    "psf": _scale_psf,
    "exposure": _scale_exposure,
}
"""What may change, and how a recipe's plain data are changed."""


def multiplied(value: Any, factor: float) -> Any:
    """A number or distribution in the form of a recipe's YAML, multiplied.

    >>> multiplied({"power_law": [1.0, 10.0, -1.9]}, 2)
    {'power_law': [2.0, 20.0, -1.9]}
    >>> multiplied({"log10_uniform": [3.0, 3.5]}, 10)
    {'log10_uniform': [4.0, 4.5]}
    """
    if not isinstance(value, dict):
        return float(value) * factor
    ((kind, numbers),) = value.items()
    if kind == "log10_uniform":
        return {kind: [n + math.log10(factor) for n in numbers]}
    scaled_numbers = len(numbers) - (kind == "power_law")  # the exponent stays
    return {kind: [n * factor for n in numbers[:scaled_numbers]] + numbers[scaled_numbers:]}


def describe(recipe: Recipe, axis: str) -> str:
    """The property of an axis in words, with its unit."""
    observation = recipe.observation
    if axis == "pixels":
        return f"{recipe.pixel_scale:.4g} arcsec a pixel"
    if axis == "psf":
        return f"{getattr(observation.psf, 'fwhm', float('nan')):.4g} arcsec FWHM"
    if axis == "exposure":
        noise = recipe.to_dict()["observation"]["noise"]
        value = noise.get("exposure_time", noise.get("exposure"))
        return f"exposure {_short(value)}"
    return "; ".join(
        f"{name} {key} {_short(population[key])}"
        for name, population in recipe.to_dict()["classes"].items()
        for key in ("mass_fraction", "theta_E", "total_mass", "mass")
        if key in population
    )


def _short(value: Any) -> str:
    """A number or distribution in few words."""
    if not isinstance(value, dict):
        return f"{float(value):.4g}"
    ((kind, numbers),) = value.items()
    return f"{kind}({', '.join(f'{float(n):.4g}' for n in numbers)})"
