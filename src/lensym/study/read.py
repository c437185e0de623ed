"""A STUDY.yaml read and checked whole, before any work."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from lensym.errors import UsageError, unknown_name
from lensym.models.normalise import Brightness
from lensym.models.packaged import model_folder
from lensym.models.registry import create, entry
from lensym.simulation.recipe import load_recipe
from lensym.simulation.yaml_text import read_yaml
from lensym.study.plan import OPTIONS, Study, StudyModel, StudyRecipe
from lensym.train.options import TrainOptions

T = TypeVar("T")

REQUIRED = ("recipes", "models", "sizes")
KEYS = (*REQUIRED, "seeds", "epochs", "presentations", "val", "test", "turned")
SEEDS, VAL, TEST = [0], 200, 2000
"""What is taken where the YAML does not say: seeds, validation and test images a class."""

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,59}")
_MEND = "mend this key of the study"


def read_study(path: str | Path) -> Study:
    """Study of a YAML file.

    Raises
    ------
    InputError
        For a file that cannot be read, or is no valid YAML.
    UsageError
        For an unknown key, recipe, model or option, an impossible value, an empty list, or a thing twice; also for a
        network that does not take a recipe's images.
    """
    return parse_study(read_yaml(Path(path).read_text, "study", f"'{path}'"))


def parse_study(data: Any) -> Study:
    """Study of plain data, checked as `read_study` says."""
    if not isinstance(data, dict):
        raise UsageError("a study as a mapping of keys to values", _shown(data), "see configs/study_small.yaml")
    for key in data:
        if key not in KEYS:
            raise unknown_name("key of a study", str(key), KEYS)
    for key in REQUIRED:
        if key not in data:
            raise UsageError(f"a study needs the key '{key}'", "none", "add it")
    epochs, presentations = (_count(key, data[key]) if key in data else None for key in ("epochs", "presentations"))
    if (epochs is None) == (presentations is None):
        got = "neither" if epochs is None else "both"
        raise UsageError("one of the keys 'epochs' and 'presentations'", got, "say for how long each run trains")
    study = Study(
        recipes=_parts(data, "recipes", _recipe),
        models=_parts(data, "models", _model),
        sizes=tuple(sorted(_numbers("sizes", data["sizes"], _count))),
        seeds=_numbers("seeds", data.get("seeds", SEEDS), _seed),
        epochs=epochs,
        presentations=presentations,
        val=_count("val", data.get("val", VAL)),
        test=_count("test", data.get("test", TEST), least=2),
        turned=_typed("turned", data.get("turned", True), bool),
    )
    _require_fitting(study)
    return study


@dataclass(frozen=True)
class _Part:
    """An entry of the lists ``recipes`` and ``models``: a name, or a mapping with a name and more."""

    key: str
    name: str
    rest: dict[str, Any]

    def label(self, default: str) -> str:
        """The label that is given, or ``default``."""
        label = self.rest.get("label", default)
        if not isinstance(label, str) or not _LABEL.fullmatch(label):
            raise UsageError(
                f"{self.key}.label of at most 60 letters, digits, '_', '.', '+' and '-'", _shown(label), _MEND
            )
        return label

    def require_known(self, known: Iterable[str]) -> None:
        """Refuse a key that is not among ``known``."""
        for key in self.rest:
            if key not in known:
                raise unknown_name(f"key in {self.key}", str(key), known)


def _parts(data: dict[str, Any], key: str, build: Callable[[_Part], T]) -> tuple[T, ...]:
    """The entries of a list, each built; two of one label are refused."""
    name_key = "name" if key == "recipes" else "model"
    built = [build(_part(f"{key}[{i}]", value, name_key)) for i, value in enumerate(_filled(key, data[key]))]
    _require_single(f"a label of its own for each of the {key}", [getattr(part, "label", "") for part in built])
    return tuple(built)


def _part(key: str, value: Any, name_key: str) -> _Part:
    whole = {name_key: value} if isinstance(value, str) else value
    if not isinstance(whole, dict) or not isinstance(whole.get(name_key), str):
        raise UsageError(f"{key} must be a name, or a mapping with the key '{name_key}'", _shown(value), _MEND)
    return _Part(key, whole[name_key], {k: v for k, v in whole.items() if k != name_key})


def _recipe(part: _Part) -> StudyRecipe:
    part.require_known(("variant", "set", "label"))
    variant = _typed(f"{part.key}.variant", part.rest.get("variant", "published"), str)
    changes = part.rest.get("set", {})
    if not isinstance(changes, dict):
        raise UsageError(
            f"{part.key}.set must be a mapping", _shown(changes), "for instance set: {observation.psf.fwhm: 0.3}"
        )
    recipe = load_recipe(part.name, variant, [f"{key}={json.dumps(value)}" for key, value in changes.items()])
    if len(recipe.classes) < 2:
        raise UsageError(
            f"{part.key} of two classes or more, to tell them apart", f"'{recipe.classes[0]}' alone", "choose another"
        )
    name = Path(part.name).stem
    return StudyRecipe(part.label(name if recipe.variant == "published" else f"{name}-{recipe.variant}"), recipe)


def _model(part: _Part) -> StudyModel:
    entry(part.name)
    part.require_known((*OPTIONS, "label"))
    types = get_type_hints(TrainOptions)
    options = {k: _typed(f"{part.key}.{k}", v, types[k]) for k, v in part.rest.items() if k != "label"}
    if options.get("init"):
        options["init"] = _init(options["init"])
    return StudyModel(part.label(part.name), TrainOptions(model=part.name, **options), "epochs" in options)


def _init(name: str) -> str:
    """First weights by a name or a path that is the same for every process."""
    folder = model_folder(name)
    return str(folder.resolve()) if str(folder) == name else name


def _filled(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise UsageError(f"{key} must be a list of one entry or more", _shown(value), _MEND)
    return value


def _numbers(key: str, value: Any, check: Callable[[str, Any], int]) -> tuple[int, ...]:
    numbers = [check(f"{key}[{i}]", number) for i, number in enumerate(_filled(key, value))]
    _require_single(f"each of the {key} once", numbers)
    return tuple(numbers)


def _require_single(needed: str, found: Sequence[Any]) -> None:
    for value in found:
        if found.count(value) > 1:
            raise UsageError(needed, f"'{value}' {found.count(value)} times", "leave one out, or give it a label")


def _count(key: str, value: Any, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UsageError(f"{key} must be a whole number of at least {least}", _shown(value), _MEND)
    return value


def _seed(key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
        raise UsageError(f"{key} must be a whole number from 0 to 2^32 - 1", _shown(value), _MEND)
    return value


def _typed(key: str, value: Any, kind: type[T]) -> T:
    """The value, if it is of its type; a whole number will do for any number."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        words = {bool: "true or false", str: "a text", int: "a whole number", float: "a number"}
        raise UsageError(f"{key} must be {words[kind]}", _shown(value), _MEND)
    return value


def _require_fitting(study: Study) -> None:
    """Refuse a network that does not take a recipe's images, by making each once."""
    for model in study.models:
        for part in study.recipes:
            recipe, o = part.recipe, model.options
            brightness = Brightness(o.stretch, 1.0 if o.normalise == "train" else None)
            create(o.model, recipe.image_size, recipe.channels, len(recipe.classes), o.width, brightness)


def _shown(value: Any) -> str:
    """A value in few words."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
