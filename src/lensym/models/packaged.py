"""Weights that come with the package."""

from __future__ import annotations

import importlib.resources
import os
from pathlib import Path

from lensym.errors import unknown_name
from lensym.models.heads import ANOMALY, CLASSIFY, REGRESS
from lensym.models.model_config import CONFIG, ModelConfig, read_config

USUAL = {CLASSIFY: "lensnet", REGRESS: "lensnet-mass", ANOMALY: "anomaly-residual"}
"""Weights in the package by the task that they are taken for where nobody chooses others."""


def packaged_models() -> tuple[str, ...]:
    """Names of the networks whose weights come with the package."""
    return tuple(_packaged_folders())


def packaged_configs() -> dict[str, ModelConfig]:
    """What the folder of each of them says, by its name."""
    return {name: read_config(folder) for name, folder in _packaged_folders().items()}


def usual_model(task: str) -> str:
    """Name of the packaged weights for a task; an unknown one is refused with the nearest."""
    if task not in USUAL:
        raise unknown_name("task", task, USUAL)
    return USUAL[task]


def model_folder(name_or_folder: str | Path) -> Path:
    """Folder of packaged weights by their name, or one's own as given.

    Raises UsageError where there is neither.
    """
    name, packaged = str(name_or_folder), _packaged_folders()
    if name not in packaged and not (os.sep in name or Path(name).exists()):
        raise unknown_name("model", name, packaged)
    return packaged.get(name, Path(name))


def _packaged_folders() -> dict[str, Path]:
    weights = Path(str(importlib.resources.files("lensym"))) / "weights"
    return {path.parent.name: path.parent for path in sorted(weights.glob(f"*/{CONFIG}"))}
