"""A recipe: everything that defines a simulated data set, read from one YAML and checked before any work."""

from __future__ import annotations

import copy
import hashlib
import importlib.resources
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from lensym.conventions import canonical_class, names_in
from lensym.errors import UsageError, require_kind, unknown_name
from lensym.physics.instruments import named_instrument
from lensym.simulation.distributions import Distribution
from lensym.simulation.parts import (
    VARIANTS,
    Cosmology,
    GalaxySource,
    Image,
    Lens,
    Neighbours,
    Observation,
    Population,
    PublishedCounts,
    SersicLight,
    SersicSource,
)
from lensym.simulation.rules import check
from lensym.simulation.schema import build, field_name, mapping
from lensym.simulation.yaml_text import parse_yaml, read_yaml

Part = TypeVar("Part")


@dataclass(frozen=True)
class Recipe:
    """A whole recipe.

    Parameters
    ----------
    quirks
        What the published generator does and should not, a sentence each.
    z_gap
        Least distance in redshift from lens to source.
    compensated
        Whether the smooth lens gives up the mass that substructure adds inside its Einstein radius.
    sersic
        Constant of the Sersic profile: ``linear`` (lenstronomy's) or ``series`` (PyAutoLens's).
    populations
        Substructure of each class, in the order of the labels; ``classes`` in the YAML.
    lens_of_class
        Smooth lenses of classes that have one of their own.
    plain
        The checked YAML, as stored in a data set's manifest.
    """

    name: str
    title: str
    variant: str
    reference: str
    cosmology: Cosmology
    z_lens: Distribution
    z_source: Distribution
    lens: Lens
    source: SersicSource | GalaxySource
    populations: dict[str, Population]
    image: Image
    observation: Observation
    quirks: tuple[str, ...] = ()
    z_gap: float = 0.0
    compensated: bool = False
    sersic: str = "linear"
    lens_light: tuple[SersicLight, ...] = ()
    neighbours: Neighbours | None = None
    lens_of_class: dict[str, Lens] = field(default_factory=dict)
    plain: Mapping[str, Any] = field(default_factory=dict, metadata={"yaml": False})

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of their labels."""
        return tuple(self.populations)

    @property
    def image_size(self) -> int:
        """Pixels a side."""
        return self.image.size

    @property
    def channels(self) -> int:
        """Bands of an image."""
        return self.image.bands

    @property
    def pixel_scale(self) -> float:
        """Arcsec per pixel."""
        return self.image.pixel_scale

    @property
    def dtype(self) -> str:
        """Type in which images are stored: counts as whole numbers, all else as they are."""
        return "uint16" if isinstance(self.observation.noise, PublishedCounts) else "float32"

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross a process boundary as plain data; read-only mappings cannot."""
        return parse_recipe, (self.to_dict(), self.name)

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain data, equal for equal recipes."""
        return copy.deepcopy(dict(self.plain))

    def digest(self) -> str:
        """Sha256 of the recipe as plain data, whatever the order of its keys but that of the classes."""
        plain = [self.to_dict(), list(self.classes)]
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def available_recipes() -> tuple[str, ...]:
    """Names of the recipes in the package."""
    names = {path.name.split(".")[0] for path in _folder().iterdir() if ".yaml" in path.name}
    return tuple(sorted(names - {_BASE, _STRESS}))


def load_recipe(name_or_path: str | Path | Recipe, variant: str = "published", changes: Iterable[str] = ()) -> Recipe:
    """Recipe by name and variant, or from a YAML file of one's own, which states its variant itself, as a recipe does.

    Parameters
    ----------
    changes
        Values to put in place of the recipe's, each ``key.path=value`` with the value in YAML. A recipe that was loaded
        already has its instrument's numbers, so that another instrument is for a name or a file.

    Raises
    ------
    UsageError
        For an unknown name, variant, key or value, with the key's path.
    InputError
        For a file that cannot be read.
    """
    data, origin = _plain(name_or_path, variant)
    for change in names_in(changes):
        _apply(mapping(data, origin), change)
    recipe = parse_recipe(data, origin)
    if isinstance(name_or_path, Recipe):
        _require_same_instrument(name_or_path, recipe)
    return recipe


def require_recipe(recipe: object) -> None:
    """Refuse what is no recipe, such as the name of one."""
    require_kind("a recipe", recipe, Recipe, "load it: lensym.simulation.recipe.load_recipe(name)")


def _plain(source: str | Path | Recipe, variant: str) -> tuple[Any, str]:
    """Plain data of a recipe, and what they are called in errors."""
    if isinstance(source, Recipe):
        return source.to_dict(), source.name
    require_kind("a recipe, its name or its YAML file", source, (str, Path), "see lensym recipes for the names")
    path = Path(source)
    if path.suffix in {".yaml", ".yml"}:
        return read_yaml(path.read_text, "recipe", str(path)), str(path)
    return _packaged(str(source), variant), str(source)


def _require_same_instrument(loaded: Recipe, changed: Recipe) -> None:
    """Refuse another instrument where the first one's numbers stand in the recipe already, and win."""
    before, after = loaded.observation.instrument, changed.observation.instrument
    if after != before:
        remedy = "give the recipe's name or file instead, or change psf, zero_point and noise"
        raise UsageError(f"the instrument of '{loaded.name}' as it was loaded, {before}", f"{after}", remedy)


_BASE, _STRESS = "base", "stress"
"""What the physical recipes share; what a stress set changes in each of them."""


def _folder() -> Any:
    return importlib.resources.files("lensym.simulation") / "recipes"


def _packaged(name: str, variant: str) -> Any:
    if name not in available_recipes():
        raise unknown_name("recipe", name, available_recipes())
    if variant not in VARIANTS:
        raise unknown_name("variant", variant, VARIANTS)
    if variant == _STRESS:
        changes = _part(_STRESS)
        return _merged(_packaged(name, "physical"), changes) | {"classes": changes["classes"]}
    data = _part(f"{name}.{variant}")
    return _merged(_part(f"{_BASE}.{variant}"), data) if data.pop("base", None) else data


def _part(name: str) -> Any:
    """Plain data of a file of the package."""
    return read_yaml((_folder() / f"{name}.yaml").read_text, "recipe", name)


def _merged(base: Any, own: Any) -> Any:
    """``own`` over ``base``, mapping by mapping; a population or profile of another kind replaces the whole."""
    if not (isinstance(base, dict) and isinstance(own, dict)) or own.get("kind", base.get("kind")) != base.get("kind"):
        return own
    return base | {key: _merged(base.get(key), value) for key, value in own.items()}


def _apply(data: dict[str, Any], change: str) -> None:
    """Put one ``key.path=value`` into plain data."""
    path, equals, text = change.partition("=")
    *sections, name = path.strip().split(".")
    if not equals or not name:
        raise UsageError("a change of the form key.path=value", f"'{change}'", "for instance lens.theta_E=1.3")
    for section in sections:
        inner = data.setdefault(_spelling(data, section), {})
        if not isinstance(inner, dict):
            raise UsageError(f"a key that has keys below it in '{path}'", f"'{section}', a value", "shorten the path")
        data = inner
    try:
        data[_spelling(data, name)] = parse_yaml(text)
    except yaml.YAMLError:
        raise UsageError(f"a value in YAML for {path}", f"'{text}'", "quote it for the shell") from None


def _spelling(data: dict[str, Any], name: str) -> str:
    """The key as it stands in the data already, with ``-`` or ``_``."""
    return next((key for key in data if field_name(str(key)) == field_name(name)), name)


def _with_instrument(observation: dict[str, Any]) -> dict[str, Any]:
    """Plain data of an observation with what the named instrument stands for."""
    if observation.get("instrument") is None:
        return observation
    found = asdict(named_instrument(str(observation["instrument"])))
    noise = {key: found[key] for key in ("read_noise", "gain", "sky_brightness", "exposure_time", "exposures")}
    named = {"psf": found["psf"], "zero_point": found["zero_point"], "noise": {"kind": "ccd"} | noise}
    psf = observation.get("psf")
    if isinstance(psf, dict) and not psf.keys() <= found["psf"].keys():
        del named["psf"]  # one of another form, that shares no key or only some
    merged: dict[str, Any] = _merged(named, observation)
    return merged


def parse_recipe(data: Any, origin: str) -> Recipe:
    """Check plain data and build the recipe; every error names the key's path."""
    top = dict(mapping(data, origin))
    if not top.get("classes"):
        raise UsageError("a recipe needs the key 'classes', with one class or more", "none", "add it")
    if "populations" in top:
        raise unknown_name("key of a recipe", "populations", top)
    if isinstance(top.get("observation"), dict):
        top["observation"] = _with_instrument(top["observation"])
    plain = copy.deepcopy(top)
    populations = top.pop("classes")
    recipe = build(Recipe, top | {"populations": populations}, "")
    recipe = replace(
        recipe,
        populations=_by_class("classes", recipe.populations),
        lens_of_class=_by_class("lens_of_class", recipe.lens_of_class),
        plain=MappingProxyType(plain),
    )
    check(recipe)
    return recipe


def _by_class(key: str, parts: dict[str, Part]) -> dict[str, Part]:
    """Parts under the names that lensym has for their classes."""
    named = {canonical_class(name): part for name, part in parts.items()}
    if len(named) < len(parts):
        raise UsageError(f"each class of {key} once", ", ".join(parts), "leave out one name of the same class")
    return named
