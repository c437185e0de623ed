"""The registry of networks: a family registers itself, and everything else finds it by name."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from torch.nn import Module

from lensym.errors import SymmetryError, UsageError, require_count, unknown_name
from lensym.models.classifier import Classifier
from lensym.models.normalise import USUAL, Brightness

Build = Callable[[int, int, int, float], Classifier]
"""From image size, channels, classes and the factor on the widths to a network with random weights."""

B = TypeVar("B", bound=Build)

FAMILIES: tuple[str, ...] = (
    "alexnet",
    "angular_ensemble",
    "cnn",
    "e2_wrn",
    "e2cnn",
    "egnn",
    "equivariant_transformer",
    "equivarify",
    "gcnn",
    "harmonic",
    "lensnet",
    "radial_profile",
    "red_nn",
    "resnet18",
    "steerable_d4",
    "symmetry_dynamics",
    "vit_tiny",
)
"""Modules of this folder that hold networks. A new family is one file and its name here."""

_FAMILIES_IN = "lensym.models."


@dataclass(frozen=True)
class Entry:
    """One network of the registry."""

    name: str
    build: Build
    group: str
    exact: bool
    reference: str


@dataclass(frozen=True)
class ModelRow:
    """What ``lensym models`` shows of a network; costs in GFLOP for one image, None where 64 px are refused."""

    name: str
    group: str
    exact: bool
    parameters: int
    gflop_64: float | None
    gflop_150: float
    reference: str


_ENTRIES: dict[str, Entry] = {}


def register(name: str, *, group: str, exact: bool, reference: str) -> Callable[[B], B]:
    """Register the decorated builder ``(image_size, channels, classes, width) -> Classifier`` under ``name``.

    ``group`` is the group of the invariance; ``exact`` whether it holds to rounding for all of its elements, and not
    only for those that map the pixel grid onto itself. A builder may be registered again where it was defined anew, as
    in a notebook.

    Raises
    ------
    UsageError
        For a name that another builder has, or a group that there is not.
    """
    if not re.fullmatch(r"[CD][1-9]\d*|SO2|O2", group):
        known = "the name of a group: C and a number (turns), D and a number (reflections too), SO2 or O2"
        raise UsageError(known, f"'{group}'", "write for instance D4, or C1 where there is no symmetry")

    def add(build: B) -> B:
        _require_free(name, build)
        _ENTRIES[name] = Entry(name, build, group, exact, reference)
        return build

    return add


def _require_free(name: str, build: Build) -> None:
    """Refuse a name that another builder has."""
    if not _origin(build)[0].startswith(_FAMILIES_IN):
        _load_families()  # a name of the package is taken, whether or not it was asked for already
    taken = _origin(_ENTRIES[name].build) if name in _ENTRIES else _origin(build)
    if taken != _origin(build):
        raise UsageError("a name that no network has", f"'{name}', which is {'.'.join(taken)}", "choose another name")


def _origin(build: Build) -> tuple[str, str]:
    """Module and qualified name of a builder; code that is in no module is as a script's."""
    return getattr(build, "__module__", None) or "__main__", getattr(build, "__qualname__", repr(build))


@cache
def _load_families() -> None:
    for family in FAMILIES:
        importlib.import_module(_FAMILIES_IN + family)


def available() -> tuple[str, ...]:
    """Names of all networks."""
    _load_families()
    return tuple(sorted(_ENTRIES))


def entry(name: str) -> Entry:
    """Registry entry of a network; an unknown name is refused with the nearest one."""
    if name not in available():
        raise unknown_name("model", name, available())
    return _ENTRIES[name]


def create(
    name: str,
    image_size: int = 150,
    channels: int = 1,
    classes: int = 3,
    width: float = 1.0,
    brightness: Brightness = USUAL,
) -> Classifier:
    """A network with random weights: images (N, channels, image_size, image_size) to logits (N, classes).

    ``width`` is a factor on the number of features of every layer; 1 is the published network. ``brightness`` says what
    unit and stretch the network takes its images in.
    Raises UsageError for an unknown name or impossible numbers, SymmetryError for a size the group does not allow.
    """
    image_size = require_count("image_size", image_size, least=16)
    channels, classes = require_count("channels", channels), require_count("classes", classes, least=2)
    if not 0 < width < math.inf:
        raise UsageError("a width above 0", str(width), "1 is the published network, 0.5 has half as many features")
    network: Module = entry(name).build(image_size, channels, classes, width)
    if not isinstance(network, Classifier):  # a builder of a user's own
        got = f"'{name}', whose builder returns {type(network).__name__}"
        raise UsageError("a network that is a lensym.models.classifier.Classifier", got, "derive it from that class")
    for part in network.modules():  # a network may be made of others
        if isinstance(part, Classifier):
            if not part.heeds_brightness and brightness != USUAL:
                raise UsageError("a network that takes a stretch and a unit", f"'{name}'", "leave them as they are")
            part.brightness = brightness
    return network


def describe() -> list[ModelRow]:
    """One row a network: group, parameters, cost at 64 and 150 px, reference."""
    return [_row(entry(name)) for name in available()]


@cache
def _row(e: Entry) -> ModelRow:
    """Counting the costs of all networks takes seconds."""
    from lensym.models.cost import gflop, parameters

    network = e.build(150, 1, 3, 1.0)
    try:
        small = gflop(e.build(64, 1, 3, 1.0))
    except SymmetryError:
        small = None
    return ModelRow(e.name, e.group, e.exact, parameters(network), small, gflop(network), e.reference)
