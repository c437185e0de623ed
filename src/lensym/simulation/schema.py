"""From plain data to a recipe's parts: every key known, every value of its type, every error with the key's path."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from lensym.errors import UsageError, unknown_name
from lensym.simulation.distributions import Distribution, number, parse_distribution

T = TypeVar("T")

_YAML_NAMES = {"populations": "classes"}
"""Fields that have another name in the YAML."""


def build(kind: type[T], data: Any, key: str) -> T:
    """Build a dataclass from a mapping of its fields' names.

    A field is a number, a whole number, a text, a switch, a distribution, another dataclass, one of several dataclasses
    (the first that has all of the keys, or the one that ``kind`` names), a list of these, or any of these or nothing.
    A key may have ``-`` for the ``_`` of a field's name. Fields whose metadata say ``yaml: False`` are no keys.
    """
    hints = get_type_hints(kind)
    known = {f.name: f for f in fields(kind) if f.metadata.get("yaml", True)}  # type: ignore[arg-type]
    section = {field_name(name): value for name, value in mapping(data, key).items()}
    if len(section) < len(data):
        raise UsageError(f"each key of {key or 'a recipe'} once", repr(list(data)), "keep one spelling, '-' or '_'")
    for extra in section.keys() - known.keys():
        names = (_YAML_NAMES.get(name, name) for name in known)
        raise unknown_name(f"key in {key}" if key else "key of a recipe", extra, names)
    for name, field in known.items():
        if name not in section and field.default is MISSING and field.default_factory is MISSING:
            raise UsageError(f"{key or 'a recipe'} needs the key '{name}'", "none", "add it")
    return kind(**{name: _read(hints[name], value, _path(key, name)) for name, value in section.items()})


def field_name(key: str) -> str:
    """Name of the field that a key of the YAML stands for."""
    return key.replace("-", "_")


def mapping(data: Any, key: str) -> dict[str, Any]:
    """A mapping with names as keys."""
    if not isinstance(data, dict) or not all(isinstance(name, str) for name in data):
        raise UsageError(
            f"{key or 'a recipe'} must be a mapping of keys to values", repr(data), "see a recipe of the package"
        )
    return data


def _path(key: str, name: str) -> str:
    name = _YAML_NAMES.get(name, name)
    return f"{key}.{name}" if key else name


def _read(hint: Any, value: Any, key: str) -> Any:
    """The value as the type ``hint`` says it must be."""
    if get_origin(hint) in (Union, types.UnionType):
        return _read_one_of(get_args(hint), value, key)
    if get_origin(hint) is tuple:
        return _read_list(get_args(hint)[0], value, key)
    if get_origin(hint) is dict:
        return {name: _read(get_args(hint)[1], entry, _path(key, name)) for name, entry in mapping(value, key).items()}
    if is_dataclass(hint) and hint is not Distribution:
        return build(hint, value, key)  # type: ignore[arg-type]
    return _SCALARS[hint](value, key)


def _read_one_of(choices: Iterable[Any], value: Any, key: str) -> Any:
    """One of several types: nothing, or the dataclass whose keys these are."""
    kinds = [choice for choice in choices if choice is not type(None)]
    if value is None and len(kinds) < len(tuple(choices)):
        return None
    if len(kinds) == 1:
        return _read(kinds[0], value, key)
    data = mapping(value, key)
    named = {choice.kind: choice for choice in kinds if hasattr(choice, "kind")}
    if "kind" in data:
        if data["kind"] not in named:
            raise unknown_name(f"{key}.kind", str(data["kind"]), named)
        return build(named[data["kind"]], {k: v for k, v in data.items() if k != "kind"}, key)
    fitting = [choice for choice in kinds if data and _fits(data, choice)] or _nearest(data, kinds)
    if not fitting:
        sets = " or ".join("(" + ", ".join(f.name for f in fields(choice)) + ")" for choice in kinds)
        needed = f"needs a kind, one of {', '.join(named)}" if named else f"must have the keys {sets}"
        raise UsageError(f"{key} {needed}", repr(value), "mend this key of the recipe")
    return build(fitting[0], data, key)


def _fits(data: dict[str, Any], choice: Any) -> bool:
    """Whether every key is one of the dataclass's fields."""
    return len(_shared(data, choice)) == len(data)


def _nearest(data: dict[str, Any], choices: Iterable[Any]) -> list[Any]:
    """The one dataclass that has more of the keys than any other, which can say what is wrong with the rest."""
    shared = [(len(_shared(data, choice)), choice) for choice in choices]
    most = max(count for count, _ in shared)
    nearest = [choice for count, choice in shared if count == most > 0]
    return nearest if len(nearest) == 1 else []


def _shared(data: dict[str, Any], choice: Any) -> set[str]:
    """Keys that are fields of the dataclass."""
    return {key for key in data if field_name(key) in {f.name for f in fields(choice)}}


def _read_list(item: Any, value: Any, key: str) -> tuple[Any, ...]:
    """A list; a bare value stands for a list of one."""
    if not isinstance(value, list):
        return (_read(item, value, key),)
    return tuple(_read(item, entry, f"{key}[{i}]") for i, entry in enumerate(value))


def _whole(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError(f"{key} must be a whole number above 0", repr(value), "mend this key of the recipe")
    return value


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{key} must be a text", repr(value), "mend this key of the recipe")
    return value


def _switch(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{key} must be true or false", repr(value), "mend this key of the recipe")
    return value


_SCALARS: dict[Any, Any] = {
    Distribution: parse_distribution,
    float: number,
    int: _whole,
    str: _text,
    bool: _switch,
}
