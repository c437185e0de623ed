"""Data sets that several benchmarks make; one that is there already is left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lensym.data.residual import fit_to_folder
from lensym.simulation.recipe import Recipe
from lensym.simulation.run import simulate_to_folder
from lensym.simulation.turned import turn_data_set

FIT = "+fit"
"""Behind a network's name: it sees what smooth lenses leave of the images too."""


def simulated(
    recipe: Recipe, folder: Path, counts: Mapping[str, int], seed: int, classes: tuple[str, ...] | None = None
) -> Path:
    """A data set of so many images of each class in each split."""
    total = sum(counts.values())
    split = {name: count / total for name, count in counts.items()}
    simulate_to_folder(recipe, folder, total, split, seed, classes=classes, workers=1)
    return folder


def fitted(folder: Path) -> Path:
    """The data set with what smooth lenses leave of its images."""
    out = folder.with_name(f"{folder.name}_fitted")
    fit_to_folder(folder, out, workers=1)
    return out


def turned(folder: Path) -> Path:
    """The data set with each scene turned by an angle of its own."""
    out = folder.with_name(f"{folder.name}_turned")
    turn_data_set(folder, out, workers=1)
    return out
