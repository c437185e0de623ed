"""lensym: dark matter substructure in strong gravitational lenses.

Five names are enough for a notebook, each imported when first used: ``simulate``, ``load`` and ``evaluate`` are
functions, ``models`` and ``symmetry`` are packages.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["evaluate", "load", "models", "simulate", "symmetry"]

if TYPE_CHECKING:
    from lensym import models, symmetry
    from lensym.apply.assess import evaluate
    from lensym.apply.predictor import load
    from lensym.simulation.memory import simulate

_HOMES = {
    "evaluate": "lensym.apply.assess",
    "load": "lensym.apply.predictor",
    "simulate": "lensym.simulation.memory",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in __all__:
        return importlib.import_module(f"lensym.{name}")
    raise AttributeError(f"module 'lensym' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
