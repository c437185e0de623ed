"""A recipe: everything that defines a simulated data set, read from one YAML and checked before any work."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from lensym.conventions import canonical_class
from lensym.errors import InputError, UsageError, unknown_name
from lensym.physics.cosmology import einstein_radius
from lensym.simulation.distributions import parse_distribution, parse_number
from lensym.simulation.parts import (
    POPULATIONS,
    Cosmology,
    Image,
    Lens,
    NoSubstructure,
    Observation,
    Population,
    Source,
)
from lensym.simulation.rules import check

T = TypeVar("T")


@dataclass(frozen=True)
class Recipe:
    """A whole recipe; ``plain`` is the checked YAML, as stored in a data set's manifest."""

    name: str
    title: str
    variant: str
    reference: str
    cosmology: Cosmology
    z_lens: float
    z_source: float
    lens: Lens
    source: Source
    populations: Mapping[str, Population]
    image: Image
    observation: Observation
    plain: Mapping[str, Any]

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of their labels."""
        return tuple(self.populations)

    @property
    def image_size(self) -> int:
        """Pixels a side."""
        return self.image.size

    @property
    def pixel_scale(self) -> float:
        """Arcsec per pixel."""
        return self.image.pixel_scale

    @property
    def dtype(self) -> str:
        """Type in which images are stored: counts."""
        return "uint16"

    def einstein_radius(self, mass: float) -> float:
        """Einstein radius in arcsec of a mass in this recipe's cosmology and redshifts."""
        return float(self._unit_radius * mass**0.5)

    @cached_property
    def _unit_radius(self) -> float:
        cosmology = self.cosmology
        return einstein_radius(
            1.0,
            self.z_lens,
            self.z_source,
            cosmology.H0,
            cosmology.Om0,
            cosmology.distance,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross a process boundary as plain data; read-only mappings cannot."""
        return parse_recipe, (self.to_dict(), self.name)

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain data, equal for equal recipes."""
        return dict(self.plain)


def available_recipes() -> tuple[str, ...]:
    """Names of the recipes in the package."""
    folder = importlib.resources.files("lensym.simulation") / "recipes"
    return tuple(sorted(p.name.removesuffix(".yaml") for p in folder.iterdir() if p.name.endswith(".yaml")))


def load_recipe(name_or_path: str | Path, variant: str = "published") -> Recipe:
    """Recipe by name, or from a YAML file of one's own.

    Raises UsageError for an unknown name, variant, key or value (with the key's path), InputError for a file that
    cannot be read.
    """
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"}:
        recipe = parse_recipe(_read_yaml(path), str(path))
    elif str(name_or_path) in available_recipes():
        resource = importlib.resources.files("lensym.simulation") / "recipes" / f"{name_or_path}.yaml"
        recipe = parse_recipe(yaml.safe_load(resource.read_text("utf-8")), str(name_or_path))
    else:
        raise unknown_name("recipe", str(name_or_path), available_recipes())
    if recipe.variant != variant:
        raise UsageError(
            f"a variant that recipe '{recipe.name}' has", f"'{variant}'", f"use --variant {recipe.variant}"
        )
    return recipe


def _read_yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise InputError("a readable recipe file", f"{path}: {error.strerror}", "check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = " ".join(str(error).split())
        raise InputError("a recipe in valid YAML", f"{path}: {line}", "mend the file") from None


def parse_recipe(data: Any, origin: str) -> Recipe:
    """Check plain data and build the recipe; every error names the key's path."""
    top = _section(data, origin, {f.name for f in fields(Recipe)} - {"plain", "populations"} | {"classes"})
    populations = _section(top["classes"], "classes", None)
    recipe = Recipe(
        **{key: str(top[key]) for key in ("name", "title", "variant", "reference")},
        cosmology=_build(Cosmology, top["cosmology"], "cosmology"),
        z_lens=parse_number(top["z_lens"], "z_lens"),
        z_source=parse_number(top["z_source"], "z_source"),
        lens=_build(Lens, top["lens"], "lens"),
        source=_build(Source, top["source"], "source"),
        populations=MappingProxyType(
            {canonical_class(k): _population(v, f"classes.{k}") for k, v in populations.items()}
        ),
        image=_build(Image, top["image"], "image"),
        observation=_build(Observation, top["observation"], "observation"),
        plain=MappingProxyType(data),
    )
    check(recipe)
    return recipe


def _section(data: Any, key: str, names: set[str] | None) -> dict[str, Any]:
    """A mapping with exactly ``names`` as keys (any keys where None)."""
    if not isinstance(data, dict) or not data:
        raise UsageError(f"{key} must be a mapping of keys to values", repr(data), "see a recipe of the package")
    if names is not None:
        for extra in sorted(map(str, data.keys() - names)):
            raise unknown_name(f"key in {key}", extra, names)
        for missing in sorted(names - data.keys()):
            raise UsageError(f"{key} needs the key '{missing}'", "none", "add it")
    return data


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "float": parse_number,
    "Distribution": parse_distribution,
    "str": lambda value, key: str(value),
}


def _whole(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError(f"{key} must be a whole number above 0", repr(value), "mend this key of the recipe")
    return value


_READERS["int"] = _whole


def _build(kind: type[T], data: Any, key: str) -> T:
    """Build one of a recipe's parts from a mapping of the same names."""
    types = {f.name: str(f.type) for f in fields(kind)}  # type: ignore[arg-type]
    yaml_names = {name.replace("1e_22", "1e-22"): name for name in types}
    section = _section(data, key, set(yaml_names))
    return kind(**{name: _READERS[types[name]](section[y], f"{key}.{y}") for y, name in yaml_names.items()})


def _population(data: Any, key: str) -> Population:
    section = dict(_section(data, key, None))
    kind = str(section.pop("population", "none"))
    if kind not in POPULATIONS:
        raise unknown_name(f"population in {key}", kind, POPULATIONS)
    if kind == "none":
        if section:
            raise UsageError(f"{key} with population none takes no other key", repr(section), "remove them")
        return NoSubstructure()
    population: Population = _build(POPULATIONS[kind], section, key)
    return population
